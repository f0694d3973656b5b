/** What people wrote about what happened to them. */
import * as v from 'valibot'
import { listOf, pageEntries, time, uuid } from './common.ts'

export const feedbackStates = ['open', 'resolved', 'spam'] as const
export type FeedbackState = (typeof feedbackStates)[number]
const state = v.picklist(feedbackStates, `must be one of ${feedbackStates.join(', ')}`)

/** Without `state`, of all states. */
export const feedbackQuery = v.strictObject({ ...pageEntries, state: v.optional(state) })
export const feedbackChange = v.strictObject({ state })

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

const person = v.object({ id: uuid, name: v.string(), email: v.string() })

/** `issue` is that of the event, null while that is not known, and when it is gone. */
export const inboxItem = v.object({
  ...feedbackItem.entries,
  state,
  changed_at: v.nullable(time),
  changed_by: v.nullable(person),
  issue: v.nullable(v.object({ id: uuid, short_id: v.string(), title: v.string() }))
})
export type InboxItemBody = v.InferOutput<typeof inboxItem>
export const feedbackList = listOf(inboxItem)
