/**
 * Connections to PostgreSQL by postgres.js, with everything decided that it leaves open: sockets without Nagle's delay, a
 * deadline on every statement and on waiting for a lock, silent notices, ids as numbers. Addresses are URLs as libpq
 * knows them, Unix sockets included (`postgres://user@localhost/name?host=/folder`).
 */
import { connect as connectSocket, type Socket } from 'node:net'
import postgres from 'postgres'
import { parseDatabaseUrl, type DatabaseAddress } from './database-url.ts'

export type Sql = postgres.Sql

export type ConnectOptions = {
  url: string
  /** Most connections that are open at once; they are opened when needed. */
  max: number
  /** Shown in pg_stat_activity and in the server's log. */
  applicationName?: string
  /** The server cancels what takes longer (57014); 0 waits for ever. */
  statementTimeoutMs?: number
  /** The server cancels what waits longer for a lock (55P03); 0 waits for ever. */
  lockTimeoutMs?: number
}

const connectTimeoutS = 10
const backoffSMax = 2

export function connect ({ url, max, applicationName = 'mesher', statementTimeoutMs = 30_000, lockTimeoutMs = 10_000 }: ConnectOptions): Sql {
  const address = parseDatabaseUrl(url)
  const { host, port, user, password, database, tls } = address
  const options = {
    host,
    port,
    user,
    password,
    database,
    max,
    ssl: tls,
    connect_timeout: connectTimeoutS,
    backoff: (retries: number) => (0.5 + Math.random() / 2) * Math.min(0.02 * 2 ** Math.min(retries, 10), backoffSMax),
    onnotice: () => {},
    socket: () => openSocket(address),
    types: integerTypes,
    connection: {
      application_name: applicationName,
      statement_timeout: statementTimeoutMs,
      lock_timeout: lockTimeoutMs,
      TimeZone: 'UTC'
    }
  }
  return postgres(options)
}

/** Our ids and counts are far below 2^53; a number that is not would be wrong silently, so it is an error. */
const integerTypes: Record<string, postgres.PostgresType> = {
  bigint: {
    to: 20,
    from: [20],
    serialize: (value: unknown) => String(value),
    parse: (text: string) => {
      const value = Number(text)
      if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is too large for a number`)
      return value
    }
  }
}

/**
 * Answers at once with a socket that is still connecting: a factory that waits and fails would cost postgres.js one of its
 * connections for good, each time.
 */
function openSocket ({ host, port }: DatabaseAddress): Socket {
  if (host.startsWith('/')) return connectSocket({ path: `${host}/.s.PGSQL.${port}` })
  const socket = connectSocket({ host, port, noDelay: true, keepAlive: true })
  // postgres.js names the host to TLS by this.
  return Object.assign(socket, { host, port })
}
