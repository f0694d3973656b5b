/**
 * What loggers call the levels of an event, in any case; numbers are those of pino (10 to 60) and of syslog (0 to 7,
 * RFC 5424). Python's numbers mean other levels: the protocol of Sentry's SDKs has them apart.
 */
import { levels, type Level } from './pipeline.ts'

/** Lower-case names, and numbers as texts. */
const levelNames: ReadonlyMap<string, Level> = namesOf({
  fatal: 'fatal critical crit emergency emerg alert panic dpanic 60 0 1 2',
  error: 'error err severe failure 50 3',
  warning: 'warning warn 40 4',
  info: 'info information informational notice log success 30 5 6',
  debug: 'debug trace verbose silly fine finer finest 20 10 7'
})

/** Python's logging module. */
export const pythonLevels: ReadonlyMap<string, Level> = namesOf({
  fatal: '50',
  error: '40',
  warning: '30',
  info: '20',
  debug: '10'
})

const charsMax = 20
/** As nearly all events have them. */
const exactNames: ReadonlyMap<string, Level> = new Map(levels.map(level => [level, level]))

/** Whether it names a level, in any case. */
export function isLevelName(value: unknown): value is string | number {
  return levelNamed(value) !== undefined
}

/**
 * Undefined when nobody knows the level. `numbers` are those of another logger, in the place of pino's and syslog's.
 */
export function levelNamed(value: unknown, numbers?: ReadonlyMap<string, Level>): Level | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const known = typeof value === 'string' ? exactNames.get(value) : undefined
  if (known !== undefined) return known
  const name = String(value).slice(0, charsMax).trim().toLowerCase()
  return numbers !== undefined && /^\d/.test(name) ? numbers.get(name) : levelNames.get(name)
}

function namesOf(names: Readonly<Record<Level, string>>): Map<string, Level> {
  return new Map(levels.flatMap(level => names[level].split(' ').map((name): [string, Level] => [name, level])))
}
