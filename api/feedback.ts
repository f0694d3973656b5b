/** User feedback: the inbox of a project. The feedback about one event comes with that event. */
import * as v from 'valibot'
import {
  feedbackChange,
  feedbackList,
  feedbackQuery,
  inboxItem,
  type FeedbackItem,
  type InboxItemBody
} from '../schema/api/feedback.ts'
import { uuid } from '../schema/api/common.ts'
import type { Feedback } from '../services/commit/feedback.ts'
import { changeFeedback, listInbox, type InboxItem } from '../services/issues/feedback.ts'
import { cursorOf, positionOf } from './cursors.ts'
import { operation, plain, type Operation } from './operation.ts'
import { notFound } from './problems.ts'
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
  handle: async ({ sql, target: { projectId }, query: { cursor, limit, state = null } }) => {
    const found = await listInbox(sql, {
      projectId,
      state,
      limit: limit + 1,
      before: cursor === undefined ? null : positionOf(position, cursor)
    })
    const page = found.slice(0, limit)
    const last = found.length > limit ? page.at(-1) : undefined
    return {
      status: 200,
      body: {
        data: page.map(inboxItemOf),
        next_cursor: last === undefined ? null : cursorOf({ receivedAt: last.receivedAt.toISOString(), id: last.id })
      }
    }
  }
})

const change = operation({
  ...plain,
  id: 'changeFeedback',
  method: 'patch',
  path: '/api/v1/projects/:project/feedback/:feedback_id',
  tag: 'Feedback',
  access: { who: 'role', role: 'member', scope: 'write' },
  summary: 'Say what became of feedback: open, resolved or spam',
  target: projectTarget,
  params: { feedback_id: uuid },
  body: feedbackChange,
  responses: { 200: { description: 'The feedback as it is now', schema: inboxItem } },
  refusals: { 404: 'The project has no such feedback' },
  handle: async ({ sql, context, caller, target: { projectId }, params: { feedback_id: id }, body: { state } }) => {
    const changed = await changeFeedback(sql, { projectId, id, userId: caller.userId }, state, context.now())
    if (changed === null) throw notFound()
    return { status: 200, body: inboxItemOf(changed) }
  }
})

function inboxItemOf({ state, changedAt, changedBy, issue, ...feedback }: InboxItem): InboxItemBody {
  return {
    ...feedbackItemOf(feedback),
    state,
    changed_at: changedAt?.toISOString() ?? null,
    changed_by: changedBy,
    issue: issue === null ? null : { id: issue.id, short_id: issue.shortId, title: issue.title }
  }
}

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

export const feedbackOperations: Operation[] = [list, change]
