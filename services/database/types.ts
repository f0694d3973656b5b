/**
 * How PostgreSQL's types are read into JavaScript where that differs from `pg`. A bigint is a number: ids and counts
 * are far below 2^53, and a greater one throws instead of being rounded. Dates are those of UTC, intervals are text.
 */
import pg from 'pg'

/** Object ids of PostgreSQL's built-in types: fixed for good. */
const oids = {
  int8: 20,
  int8s: 1016,
  date: 1082,
  dates: 1182,
  timestamp: 1114,
  timestamps: 1115,
  interval: 1186,
  intervals: 1187
} as const
const textsOid: number = 1009

const parsers = new Map<number, (text: string) => unknown>([
  [oids.int8, bigint],
  [oids.int8s, text => elements(text, bigint)],
  [oids.date, date],
  [oids.dates, text => elements(text, date)],
  [oids.timestamp, timestamp],
  [oids.timestamps, text => elements(text, timestamp)],
  [oids.interval, text => text],
  [oids.intervals, text => elements(text, element => element)]
])

export const typeParsers: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => parsers.get(oid) ?? pg.types.getTypeParser(oid, format)
}

function bigint(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is too large for a number`)
  return value
}

function date(text: string): Date {
  return new Date(text)
}

function timestamp(text: string): Date {
  return new Date(`${text.replace(' ', 'T')}Z`)
}

function elements(text: string, parse: (element: string) => unknown): unknown[] {
  const parseTexts: (text: string) => unknown = pg.types.getTypeParser(textsOid, 'text')
  const each = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(each) : value === null ? null : parse(String(value))
  const values = each(parseTexts(text))
  return Array.isArray(values) ? values : []
}
