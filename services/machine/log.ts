/**
 * The log, by pino: one JSON object on each line, or lines for people on a terminal. Every line is written before the
 * call returns, so none is lost at exit. Fields that hold secrets, and credentials inside URLs, are masked in every
 * line. Operating errors (those with a code, like ECONNREFUSED) are logged without their stack unless the level is
 * debug.
 */
import { pino } from 'pino'
import { prettyFactory } from 'pino-pretty'
import type { Log, LogLevel } from '../../schema/log.ts'

export type LogOptions = {
  level: LogLevel
  /** With or without colours, for people; null writes JSON. */
  pretty: { colours: boolean } | null
  /** Where lines go; the default is standard error. */
  write?: (line: string) => void
}

const secretFields = [
  'authorization',
  'cookie',
  'databaseUrl',
  'dsn',
  'key',
  'metricsToken',
  'password',
  'publicKey',
  'public_key',
  'secret',
  'sentry_key',
  'setupToken',
  'token'
]
const hidden = '[hidden]'

export function createLog({ level, pretty, write = standardError() }: LogOptions): Log {
  const lines = pretty === null ? (line: string) => line : linesForPeople(pretty.colours)
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      redact: { paths: secretFields.flatMap(field => [field, `*.${field}`]), censor: hidden },
      serializers: { err: (error: unknown) => errorFields(error, level === 'debug') }
    },
    { write: line => write(lines(maskCredentials(line))) }
  )
}

function standardError(): (line: string) => void {
  const destination = pino.destination({ fd: 2, sync: true })
  return line => {
    destination.write(line)
  }
}

function linesForPeople(colours: boolean): (line: string) => string {
  return prettyFactory({ colorize: colours, translateTime: 'SYS:HH:MM:ss.l', ignore: 'node,pid', singleLine: true })
}

/** The part of a URL before the @ (the key of a DSN, the password of a database), and keys in a query. */
export function maskCredentials(line: string): string {
  return line
    .replaceAll(/(:\/\/)[^\s/@"\\]+@/g, `$1${hidden}@`)
    .replaceAll(/([?&](?:sentry_)?key=)[^\s&"\\]+/g, `$1${hidden}`)
}

function errorFields(error: unknown, withStack: boolean): unknown {
  if (!(error instanceof Error)) return error
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  const stack = withStack || !isOperating(error) ? { stack: error.stack } : {}
  const cause = error.cause === undefined ? {} : { cause: errorFields(error.cause, withStack) }
  const errors =
    error instanceof AggregateError ? { errors: error.errors.map((one: unknown) => errorFields(one, withStack)) } : {}
  return { type: error.name, message: error.message, ...code, ...cause, ...errors, ...stack }
}

/**
 * An expected failure: the system, the network or PostgreSQL refused. A failed assertion has a code too, but is a
 * programmer error.
 */
export function isOperating(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isOperating)
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code !== 'ERR_ASSERTION' &&
    !(error instanceof TypeError) &&
    !(error instanceof RangeError)
  )
}
