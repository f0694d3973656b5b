/** Reading issues: the list of a project with its search, and of one issue its details, events, timeline and tags. */
import * as v from 'valibot'
import {
  issueDetail,
  issueEventsQuery,
  issueList,
  issueListQuery,
  issueTagQuery,
  issueTagValues,
  timeline,
  timelineQuery
} from '../../schema/api/issues.ts'
import { eventList } from '../../schema/api/events.ts'
import { halfLifeDays } from '../../schema/priority.ts'
import { rangeDaysMax } from '../../schema/api/range.ts'
import { tagKey } from '../../schema/api/stats.ts'
import { retentionClassesOf } from '../../services/search/event-windows.ts'
import { loadIssueDetail } from '../../services/issues/detail.ts'
import type { CountedFilter } from '../../services/issues/counted-filter.ts'
import type { IssueQuery } from '../../services/issues/search.ts'
import { listIssueEvents, type IssueLife } from '../../services/events/of-issue.ts'
import { issueItems } from '../../services/issues/items.ts'
import { issueSorts, listIssueIds } from '../../services/issues/list.ts'
import { familyOf } from '../../services/search/issue-roots.ts'
import { summariesOf } from '../../services/issues/summaries.ts'
import { issueTagValues as readTagValues } from '../../services/issues/tags.ts'
import { issueTimeline } from '../../services/stats/issue-timeline.ts'
import { eventScope } from '../../services/search/event-scan.ts'
import type { Sql } from '../../services/database/sql.ts'
import { intervalMs } from '../../services/counts/buckets.ts'
import { exactRange } from '../../services/counts/exact-range.ts'
import { cursorOf, positionOf } from '../cursors.ts'
import { eventFilterOf } from '../event-filters.ts'
import { issueQueryOf, type IssueFilters } from './queries.ts'
import { operation, plain, type Operation } from '../operation.ts'
import { invalidField, notFound } from '../problems.ts'
import { rangeOf } from '../ranges.ts'
import { issueTarget, projectTarget, type IssueTarget } from '../targets.ts'

const facts = {
  ...plain,
  method: 'get',
  tag: 'Issues',
  access: { who: 'role', role: 'member', scope: 'read' }
} as const

const dayMs = 86_400_000
/** Longer timelines are of days unless hours are asked for. */
const hoursRangeMsMax = 7 * dayMs

const safe = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const timeMs = v.pipe(safe, v.maxValue(Date.UTC(9999, 11, 31)))
const id = v.pipe(v.string(), v.uuid())
/**
 * The order, where the page begins in it, and the start of the range. The first page's default start depends on the
 * time, so the cursor keeps it.
 */
export const listPosition = v.variant('sort', [
  v.strictObject({ sort: v.picklist(['events', 'users']), value: safe, id, from: timeMs }),
  v.strictObject({ sort: v.picklist(['last_seen', 'first_seen']), value: timeMs, id, from: timeMs }),
  v.strictObject({ sort: v.literal('priority'), value: v.pipe(v.number(), v.finite()), id, from: timeMs }),
  v.strictObject({ sort: v.literal('trend'), value: v.pipe(v.number(), v.safeInteger()), id, from: timeMs })
])

const list = operation({
  ...facts,
  id: 'listIssues',
  path: '/api/v1/projects/:project/issues',
  summary: 'Issues of a project that were seen in a range of time, with a search as users of Sentry know it',
  description:
    'Without `status`, unresolved issues, unless the search names a status (`is:resolved`). The ' +
    'search takes `is`, `level`, `assigned`, `environment`, `release`, `user`, `user.email`, `has`, ' +
    '`issue`, `title`, `culprit`, `platform`, `firstRelease`, ' +
    '`timesSeen`, `users`, `firstSeen`, `lastSeen`, `timestamp`, `error.type`, `error.value`, `error.handled`, ' +
    '`stack.filename`, `stack.function`, `stack.module`, `url`, `user.ip`, `event_id` (or an id and ' +
    'nothing else), tags and facets by their names (`tags[name]` always), and ' +
    'free text, which is looked for in titles, culprits and messages. `!`, `-` and NOT negate, AND (or nothing) and ' +
    'OR combine, with parentheses; `*` stands for anything, `[a, b]` for either; `release:>1.3.0`, numbers and times ' +
    'are compared. What cannot be understood, and a name that is neither a key nor a tag of the project, gets a 400 ' +
    'whose message begins with the column. ' +
    'Numbers of an issue (`event_count`, `user_count`, `first_seen`, `last_seen`, `trend`) are those of the ' +
    'range and of the parameters `environment` and `release`, and lists are sorted by them; `total_event_count` ' +
    'and `total_user_count` are those of its life. `trend` sorts by how many more events the second half of the ' +
    'range has than the first; `priority` by rate × users × level × recency, where rate is 1 + log2(1 + events a ' +
    'day), users 1 + log2(1 + users), level 8 for fatal, 4 for error, 2 for warning, 1 for info and 0.5 for debug, ' +
    `and recency halves every ${halfLifeDays} days since the issue was last seen. ` +
    'With `estimated` numbers are told from the newest events, with ' +
    '`users_estimated` the users are. ' +
    'With `sampled`, a filter about events was answered by the newest of them: issues that match ' +
    'only by older ones are missing.',
  target: projectTarget,
  query: issueListQuery,
  responses: { 200: { description: 'A page of issues', schema: issueList } },
  handle: async ({ sql, context, caller, target, query: asked }) => {
    const now = context.now()
    const { cursor, limit, sort } = asked
    const after = cursor === undefined ? null : positionOf(listPosition, cursor)
    if (after !== null && after.sort !== sort) throw invalidField('cursor', 'is of a list in another order')
    const query = issueQueryOf({ ...target, callerId: caller.userId }, asked, now, after?.from)
    const filter = await countedFilterOf(sql, target.projectId, query, asked)
    const { ids, next, isComplete, isOrdered } = await listIssueIds(sql, {
      ...query,
      filter,
      sort: issueSorts.find(name => name === sort) ?? 'last_seen',
      after,
      limit
    })
    const data = await issueItems(sql, target.projectId, ids, { filter, now })
    return {
      status: 200,
      body: {
        data,
        next_cursor: next === null ? null : cursorOf({ sort, ...next, from: query.seen.from }),
        sampled: !isComplete,
        order_estimated: !isOrdered
      }
    }
  }
})

export async function countedFilterOf(
  sql: Sql,
  projectId: number,
  { seen, now }: IssueQuery,
  { environment = [], release = [] }: IssueFilters
): Promise<CountedFilter> {
  const to = seen.to ?? now
  const range = await exactRange(sql, projectId, { from: Math.min(seen.from, to - 1), to }, now)
  return { range, isOpen: to >= now, environments: environment, releases: release }
}

const detail = operation({
  ...facts,
  id: 'getIssue',
  path: '/api/v1/issues/:issue',
  summary: 'One issue, by its id or its short one; of what was merged, the issue that it was merged into',
  target: issueTarget,
  responses: { 200: { description: 'The issue', schema: issueDetail } },
  handle: async ({ sql, context, target }) => {
    const now = context.now()
    const found = await loadIssueDetail(sql, target, now)
    if (found === null) throw notFound()
    return { status: 200, body: found }
  }
})

const eventsPosition = v.strictTuple([id])

const events = operation({
  ...facts,
  id: 'listIssueEvents',
  path: '/api/v1/issues/:issue/events',
  summary:
    'Events of an issue, newest first, over its whole life unless a range is given; a page may be ' +
    'short and have a next one all the same',
  target: issueTarget,
  query: issueEventsQuery,
  responses: { 200: { description: 'A page of events', schema: eventList } },
  handle: async ({ sql, context, target, query: asked }) => {
    const { cursor, limit } = asked
    const filter = eventFilterOf(asked, context.now())
    const life = await lifeOf(sql, target)
    const range = rangeWithin(life, asked, context.now())
    const scope = await eventScope(sql, target.projectId, filter)
    const { items, next } = await listIssueEvents(
      sql,
      scope,
      { ...life, lastSeen: Math.min(life.lastSeen, range.to - 1) },
      {
        before: cursor === undefined ? null : positionOf(eventsPosition, cursor)[0],
        from: range.from,
        limit
      }
    )
    return { status: 200, body: { data: items, next_cursor: next === null ? null : cursorOf([next]) } }
  }
})

const timelineOperation = operation({
  ...facts,
  id: 'getIssueTimeline',
  path: '/api/v1/issues/:issue/timeline',
  summary:
    'Events of an issue by time, without gaps: over its life, at most 90 days of it, unless a range ' +
    'is given; behind by about a second. Days begin at midnight of `timezone`, as in the volume of a project',
  target: issueTarget,
  query: timelineQuery,
  responses: { 200: { description: 'A bucket for every hour or day of the range, oldest first', schema: timeline } },
  handle: async ({ sql, context, target, query: asked }) => {
    const { projectId, rootId } = target
    const now = context.now()
    const life = await lifeOf(sql, target)
    const to = asked.to?.getTime() ?? now
    const from = asked.from?.getTime() ?? Math.max(Math.min(life.firstSeen, to - dayMs), to - rangeDaysMax * dayMs)
    const span = rangeOf({ from: new Date(from), to: new Date(to) }, now)
    const interval = asked.interval ?? (to - from <= hoursRangeMsMax ? 'hour' : 'day')
    const range = await exactRange(sql, projectId, { from: span.from.getTime(), to: span.to.getTime() }, now)
    const { timezone, environment = [] } = asked
    const ids = await familyOf(sql, projectId, rootId)
    const data = await issueTimeline(sql, { projectId, ids }, range, { interval, zone: timezone }, environment)
    return {
      status: 200,
      body: {
        data,
        next_cursor: null,
        from: span.from.toISOString(),
        to: span.to.toISOString(),
        estimated: range.isEstimated,
        extrapolated: range.isExtrapolated,
        interval,
        timezone
      }
    }
  }
})

const tagValues = operation({
  ...facts,
  id: 'getIssueTagValues',
  path: '/api/v1/issues/:issue/tags/:key',
  summary:
    'The values that a tag has in the events of an issue; level, environment, release and user are ' +
    'tags too. Counted in the newest 5,000 events',
  target: issueTarget,
  params: { key: tagKey },
  query: issueTagQuery,
  responses: { 200: { description: 'Values with their numbers of events, greatest first', schema: issueTagValues } },
  handle: async ({ sql, target, params: { key }, query: { limit } }) => {
    const { projectId, rootId } = target
    const [life, classes, ids] = await Promise.all([
      lifeOf(sql, target),
      retentionClassesOf(sql, projectId),
      familyOf(sql, projectId, rootId)
    ])
    const { values, total, counted, isSample } = await readTagValues(sql, { projectId, classes, ids }, life, key, limit)
    return { status: 200, body: { data: values, next_cursor: null, key, total, counted, sampled: isSample } }
  }
})

async function lifeOf(sql: Sql, { projectId, rootId }: IssueTarget): Promise<IssueLife> {
  const issue = (await summariesOf(sql, projectId, [rootId])).get(rootId)
  if (issue === undefined) throw notFound()
  return { rootId, firstSeen: Date.parse(issue.first_seen), lastSeen: Date.parse(issue.last_seen) }
}

/** Inside one issue the range is its life; a range that is given may be as long as that. */
function rangeWithin(
  { firstSeen, lastSeen }: IssueLife,
  { from, to }: { from?: Date | undefined; to?: Date | undefined },
  now: number
): { from: number; to: number } {
  const range = { from: from?.getTime() ?? firstSeen, to: to?.getTime() ?? Math.max(lastSeen, now) + intervalMs.hour }
  if (from !== undefined && range.from >= range.to) {
    throw invalidField('from', to === undefined ? 'must be in the past' : 'must be before `to`')
  }
  return range
}

export const issueReadOperations: Operation[] = [list, detail, events, timelineOperation, tagValues]
