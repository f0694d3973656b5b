/**
 * What everybody below the CLI knows of logging: four methods and children with fields of their own. An error goes in
 * as `err`. pino fits it (services/machine/log.ts), and so does any object in a test.
 */
export type LogMethod = {
  (message: string): void
  (fields: Readonly<Record<string, unknown>>, message: string): void
}

export type Log = {
  debug: LogMethod
  info: LogMethod
  warn: LogMethod
  error: LogMethod
  /** A log that adds these fields to every line. */
  child: (fields: Readonly<Record<string, unknown>>) => Log
}

export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]
