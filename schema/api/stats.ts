/**
 * What the operations on a dashboard's numbers take and return. They come from rollups, and from events where the range
 * begins or ends within an hour; what was committed in the last second or so may be missing. `from` and `to` of a
 * response are the time that was counted. With `estimated`, the hour at an end of the range has more events than are
 * read for a number, or has them no longer, and counts its share. With `extrapolated`, a share of the events was kept
 * by sampling, each standing for several; users are those of the events that were kept.
 */
import * as v from 'valibot'
import { levels } from '../pipeline.ts'
import { listOf, pageEntries, time, valueCount } from './common.ts'
import { level } from './events.ts'
import { issueSummary } from './issue-summary.ts'
import { timeZone } from '../time-zone.ts'
import { oneOrMore, projectsGiven, rangeEntries } from './range.ts'

const name = v.pipe(v.string('must be given once'), v.maxLength(200, 'has at most 200 characters'))
const namesMax = 20

/** `''` asks for events without one. */
const volumeFilters = { environment: oneOrMore(name, namesMax), release: oneOrMore(name, namesMax) }

export const volumeQuery = v.strictObject({
  ...rangeEntries,
  ...volumeFilters,
  level: oneOrMore(level, levels.length),
  interval: v.optional(v.picklist(['hour', 'day'], 'must be hour or day')),
  timezone: v.optional(timeZone, 'UTC')
})
export const levelsQuery = v.strictObject({ ...rangeEntries, ...volumeFilters })
const limit = v.optional(pageEntries.limit.wrapped, '10')
export const topIssuesQuery = v.strictObject({ ...rangeEntries, environment: volumeFilters.environment, limit })
export const tagValuesQuery = v.strictObject({ ...rangeEntries, limit })
export const tagValuesOfAllQuery = v.strictObject({ ...tagValuesQuery.entries, project: projectsGiven })
export const healthQuery = v.strictObject({
  ...rangeEntries,
  environment: volumeFilters.environment,
  timezone: v.optional(timeZone, 'UTC')
})

export const overviewQuery = v.strictObject({
  ...rangeEntries,
  environment: volumeFilters.environment,
  timezone: v.optional(timeZone, 'UTC')
})

export const tagKey = v.pipe(v.string(), v.regex(/^[\w.:-]{1,200}$/, 'is no key of a tag'))

const counted = { from: time, to: time, estimated: v.boolean(), extrapolated: v.boolean() }

/** Events whose environment or release is counted as `(other)`: they may match the filter, and are not counted. */
const other = v.number()

const byLevel = v.object({
  fatal: v.number(),
  error: v.number(),
  warning: v.number(),
  info: v.number(),
  debug: v.number()
})

export const volume = v.object({
  ...listOf(v.object({ bucket: time, count: v.number(), by_level: byLevel })).entries,
  ...counted,
  other,
  interval: v.picklist(['hour', 'day']),
  timezone: v.string()
})
export const levelCounts = v.object({ ...listOf(v.object({ level, count: v.number() })).entries, ...counted, other })
export const topIssues = v.object({
  ...listOf(v.object({ ...issueSummary.entries, count: v.number() })).entries,
  ...counted
})

/** `total` are the events that have the tag; of a sample it is their number among the newest events. */
export const tagValues = v.object({
  ...listOf(valueCount).entries,
  ...counted,
  key: v.string(),
  total: v.number(),
  sampled: v.boolean()
})

export const health = v.object({
  unresolved: v.number(),
  events_24h: v.number(),
  new_today: v.number(),
  users_24h: v.number(),
  regressed_24h: v.number(),
  estimated: v.boolean(),
  extrapolated: v.boolean(),
  /** The same of the range and the environments that were asked for. */
  range: v.object({
    ...counted,
    events: v.number(),
    users: v.number(),
    new_issues: v.number(),
    regressed: v.number()
  })
})
export type Health = v.InferOutput<typeof health>

/** Of all projects of an organization. `trend` has the number of events of each bucket of `volume`. */
export const overview = v.object({
  ...counted,
  interval: v.picklist(['hour', 'day']),
  timezone: v.string(),
  events: v.number(),
  unresolved: v.number(),
  new_issues: v.number(),
  active_alerts: v.number(),
  volume: v.array(v.object({ bucket: time, count: v.number(), by_level: byLevel })),
  projects: v.array(
    v.object({
      id: v.string(),
      slug: v.string(),
      name: v.string(),
      platform: v.string(),
      events: v.number(),
      unresolved: v.number(),
      new_issues: v.number(),
      active_alerts: v.number(),
      last_event: v.nullable(time),
      trend: v.array(v.number())
    })
  )
})
export type OrganizationOverview = v.InferOutput<typeof overview>
