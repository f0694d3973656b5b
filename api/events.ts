/** Events: the list of a project with its filters, and one event with all that is stored of it. */
import * as v from 'valibot'
import { markdownOf } from '../events/markdown.ts'
import { storedEvent } from '../events/stored-event.ts'
import { viewOf, type EventView } from '../events/event-view.ts'
import { facetsOf } from '../events/facets.ts'
import { eventDetail, eventList, eventListQuery, eventQuery, type EventDetailBody } from '../schema/api/events.ts'
import { listEvents } from '../services/events/list.ts'
import { eraseEvent } from '../services/erasure/one-event.ts'
import { loadEvent } from '../services/events/load.ts'
import { loadEventDetail, type EventDetail } from '../services/issues/event-detail.ts'
import { leastId } from '../services/search/event-windows.ts'
import { feedbackOfEvent } from '../services/commit/feedback.ts'
import { mappedWhenRead } from '../services/symbolication/stored-event.ts'
import type { SymbolStore } from '../services/symbolication/symbol-store.ts'
import type { VisibleEvent } from '../services/events/visible.ts'
import { cursorOf, positionOf } from './cursors.ts'
import { eventFilterOf } from './event-filters.ts'
import { feedbackItemOf } from './feedback.ts'
import { operation, plain, type Operation } from './operation.ts'
import type { AnswerOf } from './types.ts'
import { problem } from './problems.ts'
import { rangeOf } from './ranges.ts'
import { eventTarget, projectTarget } from './targets.ts'

const facts = { ...plain, tag: 'Events', access: { who: 'role', role: 'member', scope: 'read' } } as const

/** Clocks of several nodes differ: the newest events may seem to come from the future. */
const aheadMs = 60_000
const timeMs = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Date.UTC(9999, 11, 31)))
/**
 * Where the page begins, and where the whole list ends. The first page's default end depends on the time, so the cursor
 * keeps it.
 */
const listPosition = v.strictTuple([timeMs, v.pipe(v.string(), v.uuid()), timeMs])

const list = operation({
  ...facts,
  id: 'listEvents',
  method: 'get',
  path: '/api/v1/projects/:project/events',
  summary:
    'Events of a project, newest first, with full-text search over their messages; a page may be ' +
    'short and have a next one all the same',
  description:
    'The search takes words of messages and titles, "phrases", `timeo*`, `-without`, AND, OR, NOT, parentheses, and ' +
    'what the search for issues takes about events: `level:error`, `environment:prod`, `release:1.2.*`, ' +
    '`release:>1.3.0`, `user.email:x@y`, `has:tag`, `tag:value`, `tag:>=500`, `transaction:value` and other facets, ' +
    '`error.type:value`, `stack.function:value`, `timestamp:-1h`, `event_id:id`, `!` before any of them. An id of an ' +
    'event and nothing else finds that event, whatever the range. What cannot be understood, and a name that is ' +
    'neither a key nor a tag of the project, gets a 400 whose message begins with the column.',
  target: projectTarget,
  query: eventListQuery,
  responses: { 200: { description: 'A page of events', schema: eventList } },
  handle: async ({ sql, context, target: { projectId }, query: asked }) => {
    const { limit, cursor } = asked
    const filter = eventFilterOf(asked, context.now())
    const range = rangeOf(asked, context.now())
    const end = range.to.getTime() + (asked.to === undefined ? aheadMs : 0)
    const [at, id, from] =
      cursor === undefined ? [end, leastId, range.from.getTime()] : positionOf(listPosition, cursor)
    const { items, next } = await listEvents(sql, {
      projectId,
      filter,
      before: { at: Math.min(at, end), id },
      from: asked.from?.getTime() ?? from,
      limit
    })
    return {
      status: 200,
      body: {
        data: items,
        next_cursor: next === null ? null : cursorOf([next.at, next.id, asked.from?.getTime() ?? from])
      }
    }
  }
})

const detailResponses = {
  200: { description: 'The event, its stack traces also as text', schema: eventDetail, types: ['text/markdown'] }
} as const
type EventAnswer = AnswerOf<typeof detailResponses>

const detail = operation({
  ...facts,
  id: 'getEvent',
  method: 'get',
  path: '/api/v1/events/:event',
  summary:
    'One event with its issue and its neighbours there; format=markdown answers text/markdown, ' +
    'format=raw the stored JSON alone',
  target: eventTarget,
  query: eventQuery,
  responses: detailResponses,
  handle: async ({ sql, context, target, query: { format } }) =>
    format === 'raw' || format === 'json'
      ? await rawAnswer(sql, target)
      : await detailAnswer(sql, context.symbols, target, format)
})

async function rawAnswer(sql: Parameters<typeof loadEvent>[0], { event: key }: VisibleEvent): Promise<EventAnswer> {
  const event = await loadEvent(sql, key)
  if (event === null) throw gone()
  return { status: 200, type: 'application/json; charset=utf-8', body: event.payload }
}

async function detailAnswer(
  sql: Parameters<typeof loadEvent>[0],
  symbols: SymbolStore,
  target: VisibleEvent,
  format: 'markdown' | undefined
): Promise<EventAnswer> {
  const detail = await loadEventDetail(sql, target.event)
  if (detail === null) throw gone()
  const { payload, isMappedLate } = await mappedWhenRead(sql, symbols, {
    projectId: target.projectId,
    receivedAt: detail.event.received_at,
    payload: detail.event.payload
  })
  const view = viewOf(payload)
  if (format === 'markdown') return { status: 200, type: 'text/markdown; charset=utf-8', body: markdown(detail, view) }
  const feedback = await feedbackOfEvent(sql, {
    projectId: target.projectId,
    id: detail.event.id,
    eventId: view.event_id
  })
  return {
    status: 200,
    body: {
      ...bodyOf(target, detail, { view, payload }),
      mapped_when_read: isMappedLate,
      feedback: feedback.map(feedbackItemOf)
    }
  }
}

function bodyOf(
  { projectId, slug }: VisibleEvent,
  { event, title, culprit, issue, navigation }: EventDetail,
  { view, payload }: { view: EventView; payload: string }
): Omit<EventDetailBody, 'feedback' | 'mapped_when_read'> {
  const { id, level, environment, release } = event
  return {
    id,
    project: { id: String(projectId), slug },
    issue,
    issue_id: issue.id,
    title,
    culprit,
    received_at: event.received_at.toISOString(),
    timestamp: event.occurred_at.toISOString(),
    level,
    environment,
    release,
    weight: event.weight,
    ...view,
    facets: derivedOf(payload, event.received_at),
    navigation
  }
}

function derivedOf(payload: string, receivedAt: Date): Record<string, string> {
  const event = storedEvent(payload, receivedAt.getTime())
  return event === null ? {} : { ...facetsOf(event) }
}

function markdown({ event, title, culprit, issue }: EventDetail, view: EventView): string {
  const { id, level, environment, release, user } = event
  return markdownOf(view, {
    title,
    culprit,
    id,
    level,
    environment,
    release,
    user,
    receivedAt: event.received_at.toISOString(),
    timestamp: event.occurred_at.toISOString(),
    issue: {
      shortId: issue.short_id,
      status: issue.status,
      eventCount: issue.event_count,
      userCount: issue.user_count,
      firstSeen: issue.first_seen,
      lastSeen: issue.last_seen
    }
  })
}

const remove = operation({
  ...plain,
  id: 'deleteEvent',
  method: 'delete',
  path: '/api/v1/events/:event',
  tag: 'Events',
  summary: 'Delete an event, as if it had never been',
  description:
    'It is gone at once, with the feedback about it, and its issue shows and counts what is left; an issue of which ' +
    'nothing is left goes too. Charts, users and tags follow within seconds. The activity of the issue says who did ' +
    'it.',
  access: { who: 'role', role: 'member', scope: 'write' },
  target: eventTarget,
  responses: { 204: { description: 'Gone' } },
  handle: async ({ sql, context, caller: { userId }, target: { event, projectId } }) => {
    const erased = await eraseEvent(sql, event, userId)
    if (erased === null) throw gone()
    context.issuesChanged(projectId, erased.isIssueGone ? 'deleted' : 'updated', [erased.issueId])
    return { status: 204 }
  }
})

function gone() {
  return problem(404, 'There is nothing at this address.')
}

export const eventOperations: Operation[] = [list, detail, remove]
