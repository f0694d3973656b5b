/**
 * What the operations on releases take and return: lists of them with their numbers, one with all that is known of it,
 * and two side by side. Numbers of events are as exact as `estimated` says, and extrapolated with `extrapolated`, where
 * sampling kept a share of the events; users are counted in events that were kept, and with `users_estimated` in some
 * of them.
 */
import * as v from 'valibot'
import { listOf, pageEntries, time, uuid } from './common.ts'
import { issueSummary } from './issue-summary.ts'
import { issueItem } from './issues.ts'
import { oneOrMore, rangeEntries } from './range.ts'

const count = v.number()
const once = v.string('must be given once')
const name = v.pipe(once, v.maxLength(200, 'has at most 200 characters'))
const namesMax = 20

/** As in a path: releases of events may have any name. */
export const version = v.pipe(once, v.minLength(1, 'must not be empty'), v.maxLength(250, 'has at most 250 characters'))
const environment = oneOrMore(name, namesMax)

export const releaseListQuery = v.strictObject({
  ...pageEntries,
  ...rangeEntries,
  environment,
  query: v.optional(name, ''),
  sort: v.optional(
    v.picklist(
      ['newest', 'version', 'last_event', 'events', 'new_issues'],
      'must be one of newest, version, last_event, events, new_issues'
    ),
    'newest'
  ),
  archived: v.optional(v.picklist(['true', 'false'], 'must be true or false'), 'false')
})

/**
 * `created_at` is when it was first heard of. `only_events`: no build has told of it. `events` and `users` are of the
 * range; `users` is null where none of the events looked at is of it.
 * `new_issues` began with this release, and `regressed_issues` came back in it, whenever that was.
 */
export const releaseSummary = v.object({
  version: v.string(),
  status: v.picklist(['open', 'archived']),
  url: v.nullable(v.string()),
  created_at: time,
  released_at: v.nullable(time),
  only_events: v.boolean(),
  first_event: v.nullable(time),
  last_event: v.nullable(time),
  events: count,
  users: v.nullable(count),
  new_issues: count,
  regressed_issues: count,
  commit_count: count,
  deploy_count: count,
  artifact_count: count,
  last_deploy: v.nullable(v.object({ environment: v.string(), finished_at: time }))
})
export type ReleaseSummary = v.InferOutput<typeof releaseSummary>

/** Of all releases and of events without one, in the range and the environments. */
const totals = v.object({ events: count, users: count, users_estimated: v.boolean() })
const counted = { from: time, to: time, estimated: v.boolean(), extrapolated: v.boolean() }

/** `found` are all that match. `has_any`: the project has releases, though none may match. */
export const releaseSummaryList = v.object({
  ...listOf(releaseSummary).entries,
  ...counted,
  found: count,
  has_any: v.boolean(),
  totals
})

export const releaseQuery = v.strictObject({ ...rangeEntries, environment })

/** `previous` is the release before it of the same package. `authors` are those of its newest 1,000 commits. */
export const releaseDetail = v.object({
  ...releaseSummary.entries,
  ...counted,
  totals,
  resolved_issues: count,
  previous: v.nullable(v.string()),
  environments: v.array(v.object({ name: v.string(), events: count, deployed_at: v.nullable(time) })),
  authors: v.array(v.object({ name: v.string(), email: v.string(), commits: count }))
})

export const releaseChange = v.strictObject({
  status: v.picklist(['open', 'archived'], 'must be open or archived')
})

export const releaseIssuesQuery = v.strictObject({
  ...pageEntries,
  kind: v.optional(v.picklist(['new', 'regressed', 'resolved'], 'must be one of new, regressed, resolved'), 'new')
})
export const releaseIssueList = listOf(issueItem)

/** `url` leads to it in its repository, where the project has a template for it. */
export const commitItem = v.object({
  sha: v.string(),
  repository: v.string(),
  message: v.string(),
  author_name: v.string(),
  author_email: v.string(),
  committed_at: v.nullable(time),
  file_count: count,
  url: v.nullable(v.string())
})
export type CommitItem = v.InferOutput<typeof commitItem>
export const commitList = listOf(commitItem)
export const commitsQuery = v.strictObject(pageEntries)

export const deploysQuery = v.strictObject({
  ...pageEntries,
  ...rangeEntries,
  environment,
  release: v.optional(version)
})
export const deployItem = v.object({
  id: uuid,
  release: v.string(),
  environment: v.string(),
  name: v.string(),
  url: v.nullable(v.string()),
  started_at: v.nullable(time),
  finished_at: time
})
export type DeployItem = v.InferOutput<typeof deployItem>
export const deployList = listOf(deployItem)

export const comparisonQuery = v.strictObject({ base: version, other: version })

/**
 * Of the last 90 days. `hours` are those from its first event until 95 % of its events had come, and `per_hour` is the
 * mean of these: browsers keep old releases for days, which would make each seem calm.
 */
const comparedRelease = v.object({
  version: v.string(),
  first_hour: v.nullable(time),
  hours: count,
  events: count,
  per_hour: count
})

/** `issues` are those with events of the releases, at any time. `extrapolated` is of the events of all releases. */
export const releaseComparison = v.object({
  base: comparedRelease,
  other: comparedRelease,
  extrapolated: v.boolean(),
  issues: v.object({ only_base: count, only_other: count, both: count })
})

export const comparedIssuesQuery = v.strictObject({
  base: version,
  other: version,
  in: v.picklist(['base', 'other', 'both'], 'must be one of base, other, both'),
  ...pageEntries
})

/**
 * Its events in each release of the last 90 days. They are told from rollups and from events of that time: with
 * `estimated` from some of many. With `extrapolated` some stand for several, since sampling kept a share.
 */
export const comparedIssue = v.object({
  ...issueSummary.entries,
  base_events: count,
  other_events: count,
  estimated: v.boolean(),
  extrapolated: v.boolean()
})
export const comparedIssueList = listOf(comparedIssue)

/** A place in a file that a frame of the event names, and where that is in the repository. */
const sourceLink = v.object({
  file: v.string(),
  line: v.nullable(count),
  path: v.string(),
  url: v.string(),
  /** To the commit of the event's release; else to a branch, where lines may have moved. */
  at_commit: v.boolean()
})

const suspectCommit = v.object({
  ...commitItem.entries,
  files: v.array(v.object({ path: v.string(), type: v.string(), frame: v.string(), url: v.nullable(v.string()) }))
})
export type SuspectCommit = v.InferOutput<typeof suspectCommit>

/**
 * Suspects are commits of the release in which the issue began (`release`) that changed files of the frames, newest
 * first. `why` says why there are none: the events name no release, nobody told its commits, the event has no frames,
 * or none of the `looked` commits changed their files.
 */
export const eventSources = v.object({
  links: v.array(sourceLink),
  suspects: v.object({
    release: v.nullable(v.string()),
    looked: count,
    why: v.picklist(['', 'no_release', 'no_commits', 'no_frames', 'no_match']),
    data: v.array(suspectCommit)
  })
})
export type EventSources = v.InferOutput<typeof eventSources>
