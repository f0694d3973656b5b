/** User feedback: the list of a project. The feedback about one event comes with that event. */
import * as v from 'valibot'
import { feedbackList, feedbackQuery, type FeedbackItem } from '../schema/api/feedback.ts'
import { listFeedback, type Feedback } from '../services/commit/feedback.ts'
import { cursorOf, positionOf } from './cursors.ts'
import { operation, plain, type Operation } from './operation.ts'
import { projectTarget } from './targets.ts'

const position = v.strictObject({ receivedAt: v.pipe(v.string(), v.isoTimestamp()), id: v.pipe(v.string(), v.uuid()) })

const list = operation({
  ...plain,
  id: 'listFeedback',
  method: 'get',
  path: '/api/v1/projects/:project/feedback',
  tag: 'Feedback',
  access: { who: 'role', role: 'member', scope: 'read' },
  summary: 'What people wrote about what happened to them, newest first',
  target: projectTarget,
  query: feedbackQuery,
  responses: { 200: { description: 'A page of feedback', schema: feedbackList } },
  handle: async ({ sql, target: { projectId }, query: { cursor, limit } }) => {
    const found = await listFeedback(sql, {
      projectId,
      limit: limit + 1,
      before: cursor === undefined ? null : positionOf(position, cursor)
    })
    const page = found.slice(0, limit)
    const last = found.length > limit ? page.at(-1) : undefined
    return {
      status: 200,
      body: {
        data: page.map(feedbackItemOf),
        next_cursor: last === undefined ? null : cursorOf({ receivedAt: last.receivedAt.toISOString(), id: last.id })
      }
    }
  }
})

export function feedbackItemOf({
  id,
  eventId,
  storedEventId,
  receivedAt,
  name,
  email,
  message,
  url,
  environment,
  release
}: Feedback): FeedbackItem {
  return {
    id,
    event_id: storedEventId,
    client_event_id: eventId,
    received_at: receivedAt.toISOString(),
    name,
    email,
    message,
    url,
    environment,
    release
  }
}

export const feedbackOperations: Operation[] = [list]
