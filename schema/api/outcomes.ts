/** What became of everything that was sent to a project. */
import * as v from 'valibot'
import { time } from './common.ts'
import { rangeEntries } from './range.ts'

export const outcomesQuery = v.strictObject(rangeEntries)

const counts = v.record(v.string(), v.number())

export const outcomesBody = v.object({
  from: time,
  to: time,
  estimated: v.boolean(),
  events: v.object({
    stored: v.number(),
    duplicate: v.number(),
    sampled_out: v.number(),
    discarded: v.number(),
    quarantined: v.number()
  }),
  /** By reason. */
  refused: counts,
  /** Items of envelopes that are not kept, by type. */
  ignored: counts,
  /** What clients say they have not sent. */
  client_discarded: v.array(v.object({ reason: v.string(), category: v.string(), count: v.number() }))
})
export type OutcomesBody = v.InferOutput<typeof outcomesBody>
