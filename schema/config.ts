/**
 * Every setting of Mesher, in one table: name, flag, variable, default, what is allowed, meaning. Reading the settings,
 * the help of the commands and docs/configuration.md all come from it. A flag beats its variable; an empty variable
 * counts as not set; a secret may also be in a file named by its variable with _FILE. Bad values are reported all at
 * once.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import path from 'node:path'
import * as v from 'valibot'
import { backupSettings } from './config-backup.ts'
import { clusterSettings } from './config-cluster.ts'
import { outgoingSettings } from './config-outgoing.ts'
import { byteSize, hostName, httpAddress, networks, postgresUrl, share, wholeNumber, yesOrNo } from './config-values.ts'
import { logLevels } from './log.ts'
import { nearest } from './nearest.ts'
import { commandNames, type Setting } from './setting.ts'
import { transportNames } from './transports.ts'

const databaseCommands = commandNames.filter(name => name !== 'spool' && name !== 'upgrade-data')

export const settings = {
  port: {
    schema: wholeNumber(0, 65_535),
    flag: '--port',
    env: 'MESHER_PORT',
    default: '8080',
    allowed: 'a whole number from 0 to 65535; 0 takes a free port',
    description: 'TCP port for everything: ingestion, health and metrics.',
    secret: false,
    usedBy: ['start', 'project', 'send', 'doctor', 'tail', 'processes']
  },
  host: {
    schema: hostName,
    flag: '--host',
    env: 'MESHER_HOST',
    default: '0.0.0.0',
    allowed: 'an IP address or a host name',
    description:
      'Address to listen on. The default is every IPv4 address; `::` is every address, IPv4 too; `127.0.0.1` lets ' +
      'only this machine in.',
    secret: false,
    usedBy: ['start', 'project', 'send', 'doctor', 'tail', 'processes']
  },
  data: {
    schema: v.pipe(
      v.string(),
      v.minLength(1),
      v.transform(text => path.resolve(text))
    ),
    flag: '--data',
    env: 'MESHER_DATA',
    default: './data',
    allowed: 'the path of a folder',
    description: 'Folder for the embedded PostgreSQL and the spool. It is made when it does not exist.',
    secret: false,
    usedBy: commandNames
  },
  databaseUrl: {
    schema: v.nullable(postgresUrl),
    flag: '--database-url',
    env: 'DATABASE_URL',
    default: null,
    allowed: 'a URL like postgres://user:password@host:5432/database',
    description:
      'The PostgreSQL (15 or later) to use. Without it Mesher runs its own, embedded one in the data folder. ' +
      'Prefer the variable: other users of a machine see flags.',
    secret: true,
    usedBy: databaseCommands
  },
  databaseConnections: {
    schema: wholeNumber(8, 1_000),
    flag: '--database-connections',
    env: 'MESHER_DATABASE_CONNECTIONS',
    default: '20',
    allowed: 'a whole number from 8 to 1000',
    description:
      'Most connections to PostgreSQL that a node opens: three for writing events, one or two for leases, the rest ' +
      'in equal parts for the API and for all else. What finds them in use waits. A backup that servers make takes ' +
      'two more. Each worker is a node.',
    secret: false,
    usedBy: ['start']
  },
  publicUrl: {
    schema: v.nullable(httpAddress),
    flag: '--public-url',
    env: 'MESHER_PUBLIC_URL',
    default: null,
    allowed:
      'a URL like https://errors.example.com or https://example.com/errors, whose path does not begin with a name of ' +
      'Mesher itself (api, assets, healthz, ingest, metrics, otlp, readyz, v1)',
    description:
      'What people and applications call Mesher by; DSNs, links and cookies have it, and pages may change things ' +
      'from there alone. Set it behind a proxy. With a path, Mesher is below that path, whether the proxy takes it ' +
      'off or not. Without the setting, the address that each request came to is taken.',
    secret: false,
    usedBy: ['start', 'project']
  },
  nodeName: {
    schema: v.nullable(v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/))),
    flag: '--node-name',
    alias: '--name',
    env: 'MESHER_NODE_NAME',
    default: null,
    allowed: '1 to 63 letters, digits, dots, dashes and underscores, the first a letter or digit',
    description:
      'Name of this node: its part of the spool and its batches bear it, and other nodes know it by it, so no two ' +
      'nodes of a cluster may share one. Without it the name is made of the host name and the path of the data ' +
      'folder, so it stays the same from start to start. Workers are called after it, with `-1` and so on behind.',
    secret: false,
    usedBy: ['start']
  },
  transport: {
    schema: v.nullable(v.picklist(transportNames)),
    flag: '--transport',
    env: 'MESHER_TRANSPORT',
    default: null,
    allowed: 'uws or node',
    description:
      'What serves HTTP: `uws` is uWebSockets.js, the faster one, which has binaries for some versions of Node.js, ' +
      'systems and processors; `node` is the server of Node.js itself, which runs everywhere and takes what proxies ' +
      'of HTTP/1.0 send. Without it Mesher takes uWebSockets.js where it can be loaded, otherwise node.',
    secret: false,
    usedBy: ['start', 'doctor']
  },
  ...clusterSettings,
  flushMs: {
    schema: wholeNumber(0, 1_000),
    flag: '--flush-ms',
    env: 'MESHER_FLUSH_MS',
    default: '0',
    allowed: 'a whole number of milliseconds from 0 to 1000',
    description:
      'How long events wait for others before they are committed together. 0 commits at once what has arrived: the ' +
      'least latency, and under load groups grow by themselves. More means fewer commits, for slow disks.',
    secret: false,
    usedBy: ['start']
  },
  spoolMaxBytes: {
    schema: byteSize(1024 ** 2, 1024 ** 4),
    flag: '--spool-max-bytes',
    env: 'MESHER_SPOOL_MAX_BYTES',
    default: '1GiB',
    allowed: 'a size from 1MiB to 1TiB: a number of bytes, or a number with KiB, MiB, GiB or TiB',
    description: 'How much the spool may hold on disk while PostgreSQL is away. Beyond it events are refused with 503.',
    secret: false,
    usedBy: ['start', 'doctor']
  },
  metricsToken: {
    schema: v.nullable(v.pipe(v.string(), v.regex(/^[\x21-\x7e]{16,200}$/))),
    flag: '--metrics-token',
    env: 'MESHER_METRICS_TOKEN',
    default: null,
    allowed: '16 to 200 printable characters without spaces',
    description:
      'With it as `Authorization: Bearer` /metrics can be read from anywhere, without it only from this machine. ' +
      'Prefer the variable or the file: other users of a machine see flags.',
    secret: true,
    usedBy: ['start']
  },
  setupToken: {
    schema: v.nullable(v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,200}$/))),
    flag: '--setup-token',
    env: 'MESHER_SETUP_TOKEN',
    default: null,
    allowed: '1 to 200 printable characters without spaces',
    description:
      'Allows to make the first user, and only that one. Without it each start makes a long random one, until there ' +
      'is a user, and prints it as a link. Prefer the variable or the file: other users of a machine see flags.',
    secret: true,
    usedBy: ['start']
  },
  openOrganizations: {
    schema: yesOrNo,
    flag: '--open-organizations',
    env: 'MESHER_OPEN_ORGANIZATIONS',
    default: 'false',
    allowed: 'true or false (1 and 0, yes and no)',
    description:
      'Whether every user may make organizations. Otherwise only instance admins may: the first user, and those that ' +
      '`mesher user create --admin` makes.',
    secret: false,
    usedBy: ['start']
  },
  trustedProxies: {
    schema: networks,
    flag: '--trusted-proxies',
    env: 'MESHER_TRUSTED_PROXIES',
    default: '',
    allowed: 'a comma-separated list of IP addresses and networks like 10.0.0.0/8, at most 100',
    description:
      'The proxies in front of Mesher. Only from these the headers X-Forwarded-For and X-Forwarded-Proto count: ' +
      'who a client is when logins are throttled, and whether cookies are for TLS only.',
    secret: false,
    usedBy: ['start']
  },
  ...outgoingSettings,
  ...backupSettings,
  minFree: {
    schema: share(0.5),
    flag: '--min-free',
    env: 'MESHER_MIN_FREE',
    default: '5%',
    allowed: 'a percentage from 0% to 50%',
    description:
      'How much of the disk of the data folder must be free. Below it new events are refused with 503 rather than ' +
      'fill the disk, and /readyz, the live stream and the log say so. 0% never refuses.',
    secret: false,
    usedBy: ['start']
  },
  logLevel: {
    schema: v.picklist(logLevels),
    flag: '--log-level',
    env: 'MESHER_LOG_LEVEL',
    default: 'info',
    allowed: 'debug, info, warn or error',
    description: 'The least severe lines that are logged. With debug, operating errors come with their stack.',
    secret: false,
    usedBy: commandNames
  }
} as const satisfies Record<string, Setting>

export type SettingName = keyof typeof settings
export type Config = Readonly<Omit<v.InferOutput<typeof configSchema>, 'nodeName'> & { nodeName: string }>

/**
 * `setting` is the flag or variable that was used; `message` a sentence with the value (unless secret) and what is
 * allowed.
 */
export type ConfigError = { setting: string; message: string }
export type Flags = Readonly<Partial<Record<SettingName, string | undefined>>>
export type Environment = Readonly<Record<string, string | undefined>>
export type LoadedConfig =
  { ok: true; config: Config; warnings: string[] } | { ok: false; errors: ConfigError[]; warnings: string[] }

/** The table as data of one type, for code that goes through all of it. */
export const settingsTable: Readonly<Record<SettingName, Setting>> = settings
export const settingNames = Object.keys(settings).filter(isSettingName)

const configSchema = v.object(schemasOf(settings))

/** Reads all settings. `flags` has texts by setting name, as commander gives them. */
export function loadConfig(flags: Flags, env: Environment): LoadedConfig {
  const sources = new Map(settingNames.map(name => [name, sourceOf(name, flags, env)]))
  const errors = [...sources.values()].flatMap(({ source, problem }) =>
    problem === null ? [] : [{ setting: source, message: problem }]
  )
  const warnings = unknownVariables(env)

  const result = v.safeParse(configSchema, Object.fromEntries([...sources].map(([name, { text }]) => [name, text])))
  if (!result.success) {
    const bad = new Set(result.issues.map(issue => String(issue.path?.[0].key)))
    for (const [name, { source, text }] of sources) {
      if (bad.has(name)) errors.push({ setting: source, message: notAllowed(settingsTable[name], source, text ?? '') })
    }
  }
  if (!result.success || errors.length > 0) return { ok: false, errors, warnings }

  const incomplete = incompleteSettings(result.output, sources)
  if (incomplete.length > 0) return { ok: false, errors: incomplete, warnings }

  const nodeName = result.output.nodeName ?? defaultNodeName(result.output.data)
  return { ok: true, config: { ...result.output, nodeName }, warnings }
}

type Source = { source: string; text: string | null; problem: string | null }

/** Settings that are good by themselves and make no sense without another. */
function incompleteSettings(
  { join, cookie, meshTlsCert, meshTlsKey }: v.InferOutput<typeof configSchema>,
  sources: ReadonlyMap<SettingName, Source>
): ConfigError[] {
  const error = (name: SettingName, message: string): ConfigError => ({
    setting: sources.get(name)?.source ?? name,
    message
  })
  return [
    ...(join.length > 0 && cookie === null
      ? [error('join', 'To join other nodes MESHER_COOKIE must be set, to the same value on all of them.')]
      : []),
    ...((meshTlsCert === null) !== (meshTlsKey === null)
      ? [
          error(
            meshTlsCert === null ? 'meshTlsKey' : 'meshTlsCert',
            'MESHER_MESH_TLS_CERT and MESHER_MESH_TLS_KEY belong together: set both or none.'
          )
        ]
      : [])
  ]
}

/**
 * Where the value comes from and its text; a problem (with the default in the value's place) where it cannot be read.
 */
function sourceOf(name: SettingName, flags: Flags, env: Environment): Source {
  const { flag, env: variable, secret, default: otherwise } = settingsTable[name]
  const fromFlag = flags[name]
  if (flag !== null && fromFlag !== undefined) return { source: flag, text: fromFlag, problem: null }

  const text = env[variable] ?? ''
  const file = secret ? (env[`${variable}_FILE`] ?? '') : ''
  if (file === '') return { source: variable, text: text === '' ? otherwise : text, problem: null }
  const source = `${variable}_FILE`
  if (text !== '') {
    return { source, text: otherwise, problem: `${variable} and ${source} are both set; set one of them.` }
  }
  return { source, ...readSecret(file, otherwise) }
}

function readSecret(file: string, otherwise: string | null): Omit<Source, 'source'> {
  try {
    return { text: readFileSync(file, 'utf8').trim(), problem: null }
  } catch (error) {
    return {
      text: otherwise,
      problem: `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`
    }
  }
}

function notAllowed({ secret, allowed }: Setting, source: string, text: string): string {
  const what = secret ? `The value of ${source}` : `${source} = ${JSON.stringify(text)}`
  return `${what} is not allowed. Allowed is ${allowed}.`
}

/** A misspelt variable would otherwise do nothing without a word. */
function unknownVariables(env: Environment): string[] {
  const known = Object.values(settingsTable).flatMap(({ env, secret }) => (secret ? [env, `${env}_FILE`] : [env]))
  return Object.keys(env)
    .filter(name => name.startsWith('MESHER_') && !known.includes(name))
    .sort()
    .map(name => {
      const meant = nearest(name, known)
      return `${name} is not a setting of Mesher and does nothing.${meant === null ? '' : ` Did you mean ${meant}?`}`
    })
}

/** Two nodes of one machine have different data folders, so they have different names. */
function defaultNodeName(data: string): string {
  const host =
    hostname()
      .split('.', 1)[0]
      ?.replaceAll(/[^A-Za-z0-9_-]/g, '')
      .slice(0, 40) ?? ''
  const hash = createHash('sha256').update(data).digest('hex').slice(0, 6)
  return `${/^[A-Za-z0-9]/.test(host) ? host : `node${host}`}-${hash}`
}

function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(settings, name)
}

function schemasOf<Table extends Record<string, Setting>>(
  table: Table
): { [Name in keyof Table]: Table[Name]['schema'] } {
  const schemas = Object.fromEntries(Object.entries(table).map(([name, { schema }]) => [name, schema]))
  // What fromEntries cannot say: the names and their schemas are those of the table.
  return schemas as { [Name in keyof Table]: Table[Name]['schema'] }
}
