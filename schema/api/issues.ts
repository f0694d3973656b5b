/** What the operations on issues take and return. Numbers of an issue include those of what was merged into it. */
import * as v from 'valibot'
import { levels } from '../pipeline.ts'
import { archivedUntil, archiveUntil } from './archive-until.ts'
import { listOf, pageEntries, time, uuid, valueCount } from './common.ts'
import { eventFilterEntries, eventItem, level } from './events.ts'
import { issueSummary } from './issue-summary.ts'
import { timeZone } from '../time-zone.ts'
import { oneOrMore, projectsGiven, rangeEntries } from './range.ts'

const person = v.object({ id: v.string(), name: v.string(), email: v.string() })
const count = v.number()

/**
 * In a list, `event_count`, `user_count`, `first_seen`, `last_seen` and `trend` are of the events in its range,
 * environments and releases. With `estimated` they are told from the newest of many events, with `users_estimated` the
 * users are. Elsewhere, and in the totals, they are of the whole life of the issue. With `extrapolated`, events of the
 * issue were kept by sampling, each counted as the several that it stands for; users are those of the events kept.
 * `trend`: events in 24 equal parts of the range, oldest first; elsewhere those of the last 24 hours. `archived_until`:
 * null while it is not archived. `priority` is of the same numbers, see `priority.ts`; elsewhere the days are
 * those since the issue was seen first.
 */
export const issueItem = v.object({
  ...issueSummary.entries,
  total_event_count: count,
  total_user_count: count,
  estimated: v.boolean(),
  users_estimated: v.boolean(),
  extrapolated: v.boolean(),
  archived_until: v.nullable(archivedUntil),
  assignee: v.nullable(person),
  trend: v.array(count),
  priority: v.number()
})
export type IssueItem = v.InferOutput<typeof issueItem>

/**
 * With `sampled`, a filter about events was answered by the newest of them: issues that match only by older ones are
 * missing. With `order_estimated`, there are too many issues for the order to be exact.
 */
export const issueList = v.object({
  ...listOf(issueItem).entries,
  sampled: v.boolean(),
  order_estimated: v.boolean()
})

/** `frames` and `words` are what both have. */
export const similarList = listOf(
  v.object({ issue: issueItem, score: v.number(), frames: v.array(v.string()), words: v.array(v.string()) })
)

const itemProject = v.object({ id: v.string(), slug: v.string(), name: v.string() })

/** Issues of several projects, each with its own. */
export const issueListOfAll = v.object({
  ...listOf(v.object({ ...issueItem.entries, project: itemProject })).entries,
  sampled: v.boolean(),
  order_estimated: v.boolean()
})

const once = v.string('must be given once')
const name = v.pipe(once, v.maxLength(200, 'has at most 200 characters'))
const namesMax = 20

export const statusesGiven = ['unresolved', 'resolved', 'archived', 'discarded', 'all'] as const
const assigneeForm = /^(?:me|none|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})$/i

export const issueFilterEntries = {
  status: oneOrMore(v.picklist(statusesGiven, `must be one of ${statusesGiven.join(', ')}`), statusesGiven.length),
  level: oneOrMore(level, levels.length),
  assignee: oneOrMore(
    v.pipe(once, v.regex(assigneeForm, 'must be me, none or the id of a user'), v.toLowerCase()),
    namesMax
  ),
  environment: oneOrMore(name, namesMax),
  release: oneOrMore(name, namesMax),
  query: eventFilterEntries.query,
  ...rangeEntries
}

export const issueListQuery = v.strictObject({
  ...pageEntries,
  ...issueFilterEntries,
  sort: v.optional(
    v.picklist(
      ['last_seen', 'first_seen', 'events', 'users', 'trend', 'priority'],
      'must be one of last_seen, first_seen, events, users, trend, priority'
    ),
    'last_seen'
  )
})

export const issueListOfAllQuery = v.strictObject({
  ...issueListQuery.entries,
  project: projectsGiven
})

const tagTop = v.object({ key: v.string(), total: count, values: v.array(valueCount) })

/** What was merged into an issue; `unmerge` takes it out again. */
const mergedIssue = v.object({ id: v.string(), short_id: v.string(), title: v.string(), event_count: count })

/** `releases` are those of the first and of the last events. `tags` are counted in the newest 1,000 events. */
export const issueDetail = v.object({
  ...issueItem.entries,
  project: v.object({ id: v.string(), slug: v.string() }),
  platform: v.string(),
  fingerprint: v.string(),
  grouping: v.object({ rule: v.string(), version: v.string(), components: v.array(v.string()) }),
  releases: v.object({ first: v.nullable(v.string()), last: v.nullable(v.string()) }),
  tags: v.array(tagTop),
  latest_event: v.nullable(eventItem),
  merged: v.array(mergedIssue),
  /** By "resolve in next release": events of releases known until then do not make it regress. */
  resolved_in_next_release: v.boolean(),
  /** By "resolve in a release": events of releases before it do not make it regress. */
  resolved_in_release: v.nullable(v.string()),
  /** By "resolve in a commit": no event makes it regress until a release holds it; then as in that release. */
  resolved_in_commit: v.nullable(v.string())
})
export type IssueDetailBody = v.InferOutput<typeof issueDetail>

const status = v.picklist(['unresolved', 'resolved', 'archived'], 'must be one of unresolved, resolved, archived')
const resolveIn = v.union(
  [
    v.picklist(['current_release', 'next_release']),
    v.strictObject({ release: v.pipe(v.string(), v.minLength(1), v.maxLength(200)) }),
    v.strictObject({ commit: v.pipe(v.string(), v.toLowerCase(), v.regex(/^[0-9a-f]{7,64}$/)) })
  ],
  'must be current_release, next_release, {"release"}, or {"commit"} with 7 to 64 hex digits of its id'
)
const changeEntries = {
  status: v.optional(status),
  assignee: v.optional(v.nullable(uuid)),
  resolve_in: v.optional(resolveIn),
  archive_until: v.optional(archiveUntil)
}
type GivenChange = { status?: string | undefined; resolve_in?: unknown; archive_until?: unknown }

function resolveFits({ status, resolve_in: resolveIn }: GivenChange): boolean {
  return resolveIn === undefined || status === undefined || status === 'resolved'
}
const resolveMisfit = 'resolve_in goes with status resolved only'

function archiveFits({ status, resolve_in: resolveIn, archive_until: until }: GivenChange): boolean {
  return until === undefined || (resolveIn === undefined && (status === undefined || status === 'archived'))
}
const archiveMisfit = 'archive_until goes with status archived only'

export const issueChange = v.pipe(
  v.strictObject(changeEntries),
  v.check(change => Object.keys(change).length > 0, 'must change something'),
  v.check(change => resolveFits(change), resolveMisfit),
  v.check(change => archiveFits(change), archiveMisfit)
)
export type IssueChangeBody = v.InferOutput<typeof issueChange>

export const bulkIssuesMax = 1_000

/** What is done to many: a change as of one, or exactly one of `discard`, `delete` and `merge_into`. */
const bulkChange = v.pipe(
  v.strictObject({
    ...changeEntries,
    discard: v.optional(v.literal(true, 'must be true')),
    delete: v.optional(v.literal(true, 'must be true')),
    merge_into: v.optional(uuid)
  }),
  v.check(change => Object.keys(change).length > 0, 'must change something'),
  v.check(
    change =>
      Object.keys(change).length === 1 || !('discard' in change || 'delete' in change || 'merge_into' in change),
    'discard, delete and merge_into stand alone'
  ),
  v.check(change => resolveFits(change), resolveMisfit),
  v.check(change => archiveFits(change), archiveMisfit)
)

const { status: statusFilter, level: levelFilter, assignee, environment, release, query, from, to } = issueFilterEntries
const bulkFilter = v.strictObject({
  status: statusFilter,
  level: levelFilter,
  assignee,
  environment,
  release,
  query,
  from,
  to
})

export const bulkBody = v.pipe(
  v.strictObject({
    ids: v.optional(
      v.pipe(
        v.array(uuid, 'must be a list of ids'),
        v.minLength(1, 'must not be empty'),
        v.maxLength(bulkIssuesMax, `has at most ${bulkIssuesMax} ids`)
      )
    ),
    filter: v.optional(bulkFilter),
    change: bulkChange
  }),
  v.check(({ ids, filter }) => (ids === undefined) !== (filter === undefined), 'needs either ids or filter')
)

/** `ids` are the issues that are different now; `more` says that the filter has more than were taken: ask again. */
export const bulkAnswer = v.object({ matched: count, changed: count, ids: v.array(v.string()), more: v.boolean() })

const bulkOfAllFilter = v.strictObject({ ...bulkFilter.entries, project: projectsGiven })
/** Merges are within one project. */
export const bulkOfAllBody = v.strictObject({
  filter: bulkOfAllFilter,
  change: v.pipe(
    bulkChange,
    v.check(({ merge_into: into }) => into === undefined, 'merge_into is for the issues of one project')
  )
})

/** What was done in each project that has such issues; `refused` says why nothing was. */
export const bulkOfAllAnswer = v.object({
  matched: count,
  changed: count,
  projects: v.array(
    v.object({ ...itemProject.entries, matched: count, changed: count, refused: v.nullable(v.string()) })
  ),
  more: v.boolean()
})

export const mergeBody = v.strictObject({ into: uuid })

/** The issues that were taken out of the merge. */
export const unmergeAnswer = v.object({ data: v.array(issueItem) })

export const activityKinds = [
  'resolved',
  'unresolved',
  'archived',
  'discarded',
  'assigned',
  'unassigned',
  'merged',
  'merged_into',
  'unmerged',
  'unmerged_from',
  'commented',
  'regressed',
  'escalated',
  'event_deleted'
] as const
export type ActivityKind = (typeof activityKinds)[number]

/**
 * `user` is null for what events and ended archives have done. `data` holds, by kind: assignee, left, issues,
 * in_next_release, in_release, in_commit, until, text, event_id, received_at, release.
 */
export const activityItem = v.object({
  id: v.string(),
  kind: v.picklist(activityKinds),
  user: v.nullable(person),
  at: time,
  edited_at: v.nullable(time),
  data: v.record(v.string(), v.unknown())
})
export type ActivityItem = v.InferOutput<typeof activityItem>
export const activityList = listOf(activityItem)
export const activityQuery = v.strictObject(pageEntries)

export const commentBody = v.strictObject({
  text: v.pipe(
    v.string('must be a string'),
    v.trim(),
    v.minLength(1, 'must not be empty'),
    v.maxLength(10_000, 'has at most 10,000 characters')
  )
})

const {
  query: text,
  tag,
  level: eventLevel,
  environment: eventEnvironment,
  release: eventRelease,
  user
} = eventFilterEntries
export const issueEventsQuery = v.strictObject({
  ...pageEntries,
  ...rangeEntries,
  query: text,
  tag,
  level: eventLevel,
  environment: eventEnvironment,
  release: eventRelease,
  user
})

export const timelineQuery = v.strictObject({
  ...rangeEntries,
  interval: v.optional(v.picklist(['hour', 'day'], 'must be hour or day')),
  environment: oneOrMore(name, namesMax),
  timezone: v.optional(timeZone, 'UTC')
})
export const timeline = v.object({
  ...listOf(v.object({ bucket: time, count })).entries,
  from: time,
  to: time,
  estimated: v.boolean(),
  extrapolated: v.boolean(),
  interval: v.picklist(['hour', 'day']),
  timezone: v.string()
})

export const issueTagQuery = v.strictObject({ limit: v.optional(pageEntries.limit.wrapped, '10') })

/** `total` is how many of the events looked at have the tag; with `sampled` those are the newest `counted` of more. */
export const issueTagValues = v.object({
  ...listOf(valueCount).entries,
  key: v.string(),
  total: count,
  counted: count,
  sampled: v.boolean()
})
