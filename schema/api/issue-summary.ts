/** An issue where it stands beside something else: with an event, in a ranking. */
import * as v from 'valibot'
import { time } from './common.ts'

export const issueSummary = v.object({
  id: v.string(),
  short_id: v.string(),
  title: v.string(),
  culprit: v.string(),
  level: v.string(),
  status: v.string(),
  substatus: v.string(),
  event_count: v.number(),
  user_count: v.number(),
  first_seen: time,
  last_seen: time
})
export type IssueSummary = v.InferOutput<typeof issueSummary>
