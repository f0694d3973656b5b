/** What people wrote about what happened to them. */
import * as v from 'valibot'
import { listOf, pageEntries, time } from './common.ts'

export const feedbackQuery = v.strictObject(pageEntries)

/**
 * `event_id` is Mesher's id of the event it is about, null while that is not known; `client_event_id` is the client's.
 * '' is for what was not said.
 */
export const feedbackItem = v.object({
  id: v.string(),
  event_id: v.nullable(v.string()),
  client_event_id: v.nullable(v.string()),
  received_at: time,
  name: v.string(),
  email: v.string(),
  message: v.string(),
  url: v.string(),
  environment: v.string(),
  release: v.string()
})
export type FeedbackItem = v.InferOutput<typeof feedbackItem>
export const feedbackList = listOf(feedbackItem)
