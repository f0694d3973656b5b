/** Until when an issue stays archived: until it escalates, a date, more events (within a time), or more users. */
import * as v from 'valibot'
import { time, timeGiven } from './common.ts'

const countMax = 1_000_000_000
/** A week. */
const minutesMax = 7 * 24 * 60

const positive = (max: number) =>
  v.pipe(
    v.number('must be a number'),
    v.integer('must be a whole number'),
    v.minValue(1, 'must be at least 1'),
    v.maxValue(max, `must be at most ${max}`)
  )
const events = v.strictObject({ events: positive(countMax), minutes: v.optional(positive(minutesMax)) })
const users = v.strictObject({ users: positive(countMax) })

export const archiveUntil = v.union(
  [v.literal('escalating'), v.strictObject({ date: timeGiven }), events, users],
  'must be escalating, {"date"}, {"events", "minutes"?} or {"users"}'
)

export type ArchiveUntil = v.InferOutput<typeof archiveUntil>

/** As it is stored and returned. */
export const archivedUntil = v.union([v.literal('escalating'), v.object({ date: time }), events, users])
export type ArchivedUntil = v.InferOutput<typeof archivedUntil>
