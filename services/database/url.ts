/**
 * The meaning of a database URL, as in libpq: `postgres://user:password@host:port/database?sslmode=require`, or a Unix
 * socket by `?host=/folder`. PG* variables of the environment play no part. A parameter that would be ignored is
 * refused, because its author relies on it.
 */
import { readFileSync } from 'node:fs'
import { systemName } from './postgres/nameless.ts'
import { startError } from './start-error.ts'

export type TlsOptions = { rejectUnauthorized: boolean; ca?: string }

export type DatabaseAddress = {
  /** A host name or address, or the folder of a Unix socket, which starts with a slash. */
  host: string
  port: number
  user: string
  password: string
  database: string
  tls: false | TlsOptions
}

const known = new Set(['host', 'port', 'user', 'password', 'dbname', 'sslmode', 'sslrootcert'])
/**
 * Parameters that tell libpq what Mesher decides itself, or that do not change what is stored. Hosting providers put
 * them into their URLs.
 */
const ignored = new Set(['application_name', 'connect_timeout', 'channel_binding', 'gssencmode', 'keepalives'])

export function parseDatabaseUrl(text: string): DatabaseAddress {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw refused('it is not a URL like postgres://user:password@host:5432/database')
  }
  for (const name of url.searchParams.keys()) {
    if (!known.has(name) && !ignored.has(name)) throw refused(`its parameter ${name} is not supported`)
  }
  const parameter = (name: string, otherwise: string): string =>
    url.searchParams.get(name) ?? decodeURIComponent(otherwise)

  const host = parameter('host', url.hostname).replace(/^\[(.*)\]$/, '$1') || 'localhost'
  if (host.includes(',')) throw refused('it names several hosts; name the primary, or a proxy in front of them')
  const port = Number(parameter('port', url.port) || 5432)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw refused('its port is not a number from 1 to 65535')
  const user = parameter('user', url.username) || (systemName() ?? '')
  if (user === '') throw refused('it names no user, and the one that runs Mesher has no name')
  return {
    host,
    port,
    user,
    password: parameter('password', url.password),
    database: parameter('dbname', url.pathname.slice(1)) || user,
    tls: tlsOf(host, url.searchParams.get('sslmode'), url.searchParams.get('sslrootcert'))
  }
}

/** The URL of a database behind a Unix socket. */
export function socketUrl({
  socketFolder,
  port,
  user,
  database
}: {
  socketFolder: string
  port: number
  user: string
  database: string
}): string {
  const portPart = port === 5432 ? '' : `:${port}`
  return `postgres://${encodeURIComponent(user)}@localhost${portPart}/${encodeURIComponent(database)}?host=${encodeURIComponent(socketFolder).replaceAll('%2F', '/')}`
}

/** The same server and user, another database. */
export function urlOfDatabase(url: string, database: string): string {
  const changed = new URL(url)
  changed.searchParams.delete('dbname')
  changed.pathname = `/${encodeURIComponent(database)}`
  return changed.href
}

/**
 * As in libpq, `require` encrypts and verifies nothing, unless a root certificate is given. There is no fallback to
 * plain text.
 */
function tlsOf(host: string, mode: string | null, rootFile: string | null): DatabaseAddress['tls'] {
  if (host.startsWith('/') || mode === 'disable' || mode === null) return false
  const ca = rootFile === null || rootFile === 'system' ? {} : { ca: readRoot(rootFile) }
  if (mode === 'require') return { rejectUnauthorized: rootFile !== null, ...ca }
  if (mode === 'verify-full') return { rejectUnauthorized: true, ...ca }
  throw refused(`its sslmode ${mode} is not supported: say disable, require or verify-full`)
}

function readRoot(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw refused(`its sslrootcert cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
  }
}

function refused(why: string, cause?: unknown): Error {
  return startError(
    'database_refused',
    `The URL of the database cannot be used: ${why}.`,
    'Correct DATABASE_URL (or --database-url).',
    cause
  )
}
