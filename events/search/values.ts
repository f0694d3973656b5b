/** Reads the numbers and times of search terms. Anything else throws a `SearchError` that says what was expected. */
import { isoTimeMs } from '../../schema/iso-time.ts'
import { hasVersion } from '../releases.ts'
import type { Comparison, Operator, ReleaseComparison, Span } from './query.ts'
import { expected, type Key, type Value } from './reader.ts'

const numberForm = /^(>=|<=|>|<|)(\d{1,12})(k|m|)$/i
const scales: Readonly<Record<string, number>> = { '': 1, k: 1_000, m: 1_000_000 }

/** `100`, `>100`, `>=1k`. */
export function comparisonOf(key: Key, { column, text }: Value): Comparison {
  const [, operator, digits, scale = ''] = numberForm.exec(text) ?? []
  if (digits === undefined || (operator !== '' && key.operator !== ':')) {
    throw expected(column, 'a whole number, or one with >, >=, < or <= before it')
  }
  return { operator: operatorOf(key, operator), value: Number(digits) * (scales[scale.toLowerCase()] ?? 1) }
}

const decimalForm = /^(>=|<=|>|<)(-?\d{1,15}(?:\.\d{1,6})?)$/

/** `>=500` as the value of a tag; null for what is no comparison. */
export function numberComparisonOf([value, other]: readonly Value[]): Comparison | null {
  if (value === undefined || other !== undefined || value.isQuoted) return null
  const [, operator, digits] = decimalForm.exec(value.text) ?? []
  return digits === undefined ? null : { operator: compared(operator) ?? '=', value: Number(digits) }
}

const releaseForm = /^(>=|<=|>|<)(.+)$/s

/** `>1.3.0`, `<=shop@1.3.0`; null for what is no comparison. */
export function releaseComparisonOf(key: Key, [value, other]: readonly Value[]): ReleaseComparison | null {
  if (value === undefined || other !== undefined) return null
  const [, operator, name] =
    key.operator !== ':' ? ['', key.operator, value.text] : value.isQuoted ? [] : (releaseForm.exec(value.text) ?? [])
  const comparison = compared(operator)
  if (comparison === null || name === undefined) return null
  if (!hasVersion(name)) throw expected(value.column, 'a version, like >1.3.0: other names have no order')
  return { operator: comparison, name }
}

function compared(text: string | undefined): Exclude<Operator, '='> | null {
  return text === '>' || text === '>=' || text === '<' || text === '<=' ? text : null
}

function operatorOf(key: Key, written: string | undefined): Operator {
  return compared(key.operator === ':' ? written : key.operator) ?? '='
}

const timeForm = /^(>=|<=|>|<|)(?:([+-])(\d{1,6})([smhdw])|(\d.*))$/
const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }
const dayMs = 86_400_000
const minuteMs = 60_000
/** Times that PostgreSQL and JavaScript both hold, with room to add to them. */
const [timeMin, timeMax] = [Date.UTC(1970, 0, 1), Date.UTC(9000, 0, 1)]

/**
 * `-24h`: within the last day. `+24h`: longer ago. `>2026-01-31`, `<=2026-01-31T12:00`: since and until. A time without
 * a sign before it is the whole of that day or minute.
 */
export function spanOf(key: Key, { column, text }: Value, now: number): Span {
  const [whole, written, sign, amount, unit = '', iso = ''] = timeForm.exec(text) ?? []
  if (whole === undefined || (written !== '' && key.operator !== ':')) throw expected(column, expectedTime)
  const operator = operatorOf(key, written)
  if (amount !== undefined) {
    const at = Math.max(now - Number(amount) * (unitMs[unit] ?? 0), timeMin)
    if (operator === '=') return sign === '-' ? { from: at, to: null } : { from: null, to: at }
    return bounded(operator, at, 1)
  }
  const at = isoTimeMs(iso)
  if (at === null || at < timeMin || at > timeMax) throw expected(column, expectedTime)
  return bounded(operator, at, iso.length === 10 ? dayMs : minuteMs)
}

const expectedTime = 'a time: -24h for the last day, +7d for longer ago, or a date like >2026-01-31'

/** `widthMs` is how long the written time lasts: a day, a minute. */
function bounded(operator: Operator, at: number, widthMs: number): Span {
  switch (operator) {
    case '=':
      return { from: at, to: at + widthMs }
    case '>':
      return { from: at + 1, to: null }
    case '>=':
      return { from: at, to: null }
    case '<':
      return { from: null, to: at }
    case '<=':
      return { from: null, to: at + widthMs }
  }
}
