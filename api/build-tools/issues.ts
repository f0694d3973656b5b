/**
 * Issues, events and monitors, as sentry-cli lists and changes them. Its issues have numbers, so here the `id` of an
 * issue is its number in the project. A list ends after one page of 100: it is for a look in a terminal.
 */
import * as v from 'valibot'
import {
  emptyList,
  toolEvent,
  toolIssue,
  toolIssueChange,
  toolIssueQuery,
  toolIssuesWanted,
  toolQuery
} from '../../schema/api/build-tools.ts'
import { bulkIssuesMax, type IssueItem } from '../../schema/api/issues.ts'
import type { Status } from '../../events/search/query.ts'
import { eventFilterOf } from '../event-filters.ts'
import { listEvents } from '../../services/events/list.ts'
import { issueItems } from '../../services/issues/items.ts'
import { listIssueIds } from '../../services/issues/list.ts'
import { issueIdsOf } from '../../services/issues/numbers.ts'
import { apply, changerOf } from '../issues/changes.ts'
import { issueQueryOf } from '../issues/queries.ts'
import { operation, type Operation } from '../operation.ts'
import { organizationTarget } from '../targets.ts'
import { pathOf, toolFacts, toolPage, toolProjectTarget } from './shared.ts'

const shownMax = 100
const dayMs = 86_400_000
const onePage = { offset: 0, limit: shownMax }
const reading = { ...toolFacts, access: { who: 'role', role: 'member', scope: 'read' } } as const

const issues = operation({
  ...reading,
  id: 'toolIssues',
  method: 'get',
  path: '/api/0/projects/:org/:project/issues/',
  summary: 'The newest issues of a project, unresolved ones unless the search says otherwise',
  target: toolProjectTarget,
  query: toolIssueQuery,
  responses: { 200: { description: 'At most 100, last seen first', schema: v.array(toolIssue) } },
  handle: async ({ sql, context, caller, target, query: { query } }) => {
    const now = context.now()
    const asked = issueQueryOf({ ...target, callerId: caller.userId }, { query: query ?? '' }, now)
    const { ids } = await listIssueIds(sql, { ...asked, filter: null, sort: 'last_seen', after: null, limit: shownMax })
    const items = await issueItems(sql, target.projectId, ids, { filter: null, now })
    const { body, headers } = toolPage(context, pathOf('projects', target.slug, 'issues'), onePage, items)
    return {
      status: 200,
      body: body.map(item => issueOf(item, `${context.publicUrl}/${target.organizationId}/${target.slug}`)),
      headers
    }
  }
})

const changeIssues = operation({
  ...toolFacts,
  access: { who: 'role', role: 'member', scope: 'write' },
  id: 'toolChangeIssues',
  method: 'put',
  path: '/api/0/projects/:org/:project/issues/',
  summary: 'Change the status of issues: those with these numbers, or of one status, or all',
  description: `At most ${bulkIssuesMax} issues change at once, the newest; call again for more.`,
  target: toolProjectTarget,
  query: toolIssuesWanted,
  body: toolIssueChange,
  responses: { 200: { description: 'The status that they have now', schema: toolIssueChange } },
  handle: async ({ sql, context, caller, target, query, body: { status } }) => {
    if (status === undefined) return { status: 200, body: {} }
    const statuses = query.status === undefined ? null : [statusOf(query.status)]
    const ids = await issueIdsOf(sql, target.projectId, {
      numbers: query.id.map(Number),
      statuses,
      without: statusOf(status),
      limit: bulkIssuesMax
    })
    if (ids.length > 0) await apply(context, changerOf(caller, target), ids, { status: statusOf(status) })
    return { status: 200, body: { status } }
  }
})

const events = operation({
  ...reading,
  id: 'toolEvents',
  method: 'get',
  path: '/api/0/projects/:org/:project/events/',
  summary: 'The newest events of a project',
  target: toolProjectTarget,
  query: toolQuery,
  responses: { 200: { description: 'At most 100, newest first', schema: v.array(toolEvent) } },
  handle: async ({ sql, context, target }) => {
    const now = context.now()
    const { items } = await listEvents(sql, {
      projectId: target.projectId,
      filter: eventFilterOf({}, now),
      before: { at: now + dayMs, id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' },
      from: now - 30 * dayMs,
      limit: shownMax
    })
    const { body, headers } = toolPage(context, pathOf('projects', target.slug, 'events'), onePage, items)
    return { status: 200, body: body.map(eventOf), headers }
  }
})

const monitors = operation({
  ...toolFacts,
  id: 'toolMonitors',
  method: 'get',
  path: '/api/0/organizations/:org/monitors/',
  summary: 'Monitors of cron jobs: there are none',
  target: organizationTarget,
  responses: { 200: { description: 'None', schema: emptyList } },
  handle: async () => ({ status: 200, body: [] })
})

function statusOf(given: 'resolved' | 'unresolved' | 'ignored' | 'muted'): Status {
  return given === 'ignored' || given === 'muted' ? 'archived' : given
}

function issueOf(item: IssueItem, projectUrl: string): v.InferOutput<typeof toolIssue> {
  return {
    id: item.short_id.slice(item.short_id.lastIndexOf('-') + 1),
    shortId: item.short_id,
    title: item.title,
    culprit: item.culprit,
    lastSeen: item.last_seen,
    firstSeen: item.first_seen,
    count: String(item.event_count),
    userCount: item.user_count,
    status: item.status === 'resolved' || item.status === 'unresolved' ? item.status : 'ignored',
    level: item.level,
    permalink: `${projectUrl}/issues/${item.id}`
  }
}

type Item = Awaited<ReturnType<typeof listEvents>>['items'][number]

function eventOf({ id, received_at: receivedAt, title, message, ...others }: Item): v.InferOutput<typeof toolEvent> {
  const plain = id.replaceAll('-', '')
  const tags = (['level', 'environment', 'release'] as const)
    .map(key => ({ key, value: others[key] }))
    .filter(({ value }) => value !== '')
  return { id: plain, eventID: plain, dateCreated: receivedAt, title, message, user: null, tags }
}

export const toolIssueOperations: Operation[] = [issues, changeIssues, events, monitors]
