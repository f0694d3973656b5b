/** The range of time of a request: the last 24 hours by default, at most 90 days. */
import { rangeDaysMax } from '../schema/api/range.ts'
import { invalidField } from './problems.ts'

export type TimeRange = { from: Date; to: Date }

const dayMs = 86_400_000
/** A caller that computes `from` as 90 days ago has another clock than the server, and asks for further pages later. */
const aheadMs = 3_600_000
/** Earlier times are a mistake, and PostgreSQL cannot hold some of them. */
const fromMin = Date.UTC(1970, 0, 1)

/**
 * Without `from` the range begins a day before its end, without `to` it ends now. 400 for ranges that are empty or too
 * long.
 */
export function rangeOf(asked: { from?: Date | undefined; to?: Date | undefined }, now: number): TimeRange {
  const to = asked.to ?? new Date(now)
  const from = asked.from ?? new Date(to.getTime() - dayMs)
  if (from.getTime() < fromMin) throw invalidField(asked.from === undefined ? 'to' : 'from', 'must not be before 1970')
  if (from >= to) throw invalidField('from', asked.to === undefined ? 'must be in the past' : 'must be before `to`')
  const slackMs = asked.to === undefined ? aheadMs : 0
  if (to.getTime() - from.getTime() > rangeDaysMax * dayMs + slackMs) {
    throw invalidField('from', `must be at most ${rangeDaysMax} days before \`to\``)
  }
  return { from, to }
}
