/** The numbers of a dashboard, all from rollups. schema/api/stats.ts says what they count exactly. */
import {
  health,
  healthQuery,
  levelCounts,
  levelsQuery,
  tagKey,
  tagValues,
  tagValuesQuery,
  topIssues,
  topIssuesQuery,
  volume,
  volumeQuery
} from '../schema/api/stats.ts'
import { intervalMs } from '../services/counts/buckets.ts'
import { exactRange, type ExactRange } from '../services/counts/exact-range.ts'
import { healthOf } from '../services/stats/health.ts'
import { tagValuesOf } from '../services/stats/tags.ts'
import { topIssuesOf } from '../services/stats/top-issues.ts'
import { levelsOf, otherEvents, volumeOf, type VolumeFilter } from '../services/stats/volume.ts'
import { operation, plain, type Operation } from './operation.ts'
import type { Span } from '../services/rollups/summed-hours.ts'
import { rangeOf } from './ranges.ts'
import { projectTarget } from './targets.ts'

const facts = {
  ...plain,
  method: 'get',
  tag: 'Statistics',
  access: { who: 'role', role: 'member', scope: 'read' },
  target: projectTarget
} as const
const rest =
  'Exact for any range, and behind by about a second; with `estimated`, an hour that the range cuts counts its ' +
  'share. ' +
  'With `extrapolated`, a share of the events was kept by sampling, each standing for several.'

/** Longer ranges are shown by days unless hours are asked for. */
const hoursRangeMsMax = 7 * intervalMs.day

const volumeOperation = operation({
  ...facts,
  id: 'getVolume',
  path: '/api/v1/projects/:project/stats/volume',
  summary: 'Events by time and level, without gaps. Without an interval: hours for up to 7 days, else days',
  description:
    `${rest} Hours are those of UTC. Days begin at midnight of \`timezone\`, a name such as Europe/Berlin; UTC ` +
    'without one. Where midnight is not on a whole hour of UTC, as in India, a day begins with the next whole ' +
    'hour, which its `bucket` says. The first and the last bucket count only what lies in the range.',
  query: volumeQuery,
  responses: { 200: { description: 'A bucket for every hour or day of the range, oldest first', schema: volume } },
  handle: async ({ sql, context, target: { projectId }, query }) => {
    const now = context.now()
    const span = spanOf(query, now)
    const interval = query.interval ?? (span.to - span.from <= hoursRangeMsMax ? 'hour' : 'day')
    const range = await exactRange(sql, projectId, span, now)
    const { timezone } = query
    const filter = filterOf(query)
    const [data, other] = await Promise.all([
      volumeOf(sql, projectId, range, { interval, zone: timezone }, filter),
      otherEvents(sql, projectId, range, filter)
    ])
    return { status: 200, body: { data, next_cursor: null, ...bounds(range), other, interval, timezone } }
  }
})

const levelsOperation = operation({
  ...facts,
  id: 'getLevels',
  path: '/api/v1/projects/:project/stats/levels',
  summary: `Events by level. ${rest}`,
  query: levelsQuery,
  responses: { 200: { description: 'Every level, most severe first', schema: levelCounts } },
  handle: async ({ sql, context, target: { projectId }, query }) => {
    const now = context.now()
    const range = await exactRange(sql, projectId, spanOf(query, now), now)
    const filter = filterOf(query)
    const [data, other] = await Promise.all([
      levelsOf(sql, projectId, range, filter),
      otherEvents(sql, projectId, range, filter)
    ])
    return { status: 200, body: { data, next_cursor: null, ...bounds(range), other } }
  }
})

const topIssuesOperation = operation({
  ...facts,
  id: 'getTopIssues',
  path: '/api/v1/projects/:project/stats/top-issues',
  summary: `The issues with most events. ${rest}`,
  query: topIssuesQuery,
  responses: {
    200: {
      description: 'Issues that are not discarded, each with its `count` in the range, greatest first',
      schema: topIssues
    }
  },
  handle: async ({ sql, context, target: { projectId }, query }) => {
    const now = context.now()
    const range = await exactRange(sql, projectId, spanOf(query, now), now)
    const data = await topIssuesOf(sql, projectId, { range, environments: query.environment ?? [] }, query.limit)
    return { status: 200, body: { data, next_cursor: null, ...bounds(range) } }
  }
})

const tagsOperation = operation({
  ...facts,
  id: 'getTagValues',
  path: '/api/v1/projects/:project/stats/tags/:key',
  summary:
    `The most frequent values of a tag; level, environment, release and user are tags too. ${rest} ` +
    'Beyond 10,000 events, other tags are counted by days of UTC, of which a day that the range cuts counts ' +
    'its share; ' +
    'what is not counted ahead comes from the newest 10,000 events: `sampled`',
  params: { key: tagKey },
  query: tagValuesQuery,
  responses: { 200: { description: 'Values with their numbers of events, greatest first', schema: tagValues } },
  handle: async ({ sql, context, target: { projectId }, params: { key }, query }) => {
    const now = context.now()
    const span = spanOf(query, now)
    const found = await tagValuesOf(sql, projectId, span, key, { limit: query.limit, now })
    const { values: data, total, isSample: sampled } = found
    return { status: 200, body: { data, next_cursor: null, key, total, sampled, ...bounds({ ...found, ...span }) } }
  }
})

const healthOperation = operation({
  ...facts,
  id: 'getHealth',
  path: '/api/v1/projects/:project/stats/health',
  summary: `How the project is doing, in the last 24 hours and in a range. ${rest}`,
  description:
    '`range` is of the asked range and environments; the users of environments, and those of a range in the ' +
    'past, are counted in the newest 10,000 events, and estimated when there are more. Today begins at ' +
    'midnight of `timezone`; ' +
    'UTC without one.',
  query: healthQuery,
  responses: { 200: { description: 'The numbers', schema: health } },
  handle: async ({ sql, context, target: { projectId }, query: { environment = [], timezone: zone, ...asked } }) => {
    const now = context.now()
    const body = await healthOf(sql, projectId, { range: spanOf(asked, now), environments: environment, zone, now })
    return { status: 200, body }
  }
})

function spanOf(asked: Parameters<typeof rangeOf>[0], now: number): Span {
  const { from, to } = rangeOf(asked, now)
  return { from: from.getTime(), to: to.getTime() }
}

function bounds({
  from,
  to,
  isEstimated,
  isExtrapolated
}: Pick<ExactRange, 'from' | 'to' | 'isEstimated' | 'isExtrapolated'>) {
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    estimated: isEstimated,
    extrapolated: isExtrapolated
  }
}

type Asked = {
  level?: readonly string[] | undefined
  environment?: readonly string[] | undefined
  release?: readonly string[] | undefined
}

function filterOf({ level = [], environment = [], release = [] }: Asked): VolumeFilter {
  return { levels: level, environments: environment, releases: release }
}

export const statsOperations: Operation[] = [
  volumeOperation,
  levelsOperation,
  topIssuesOperation,
  tagsOperation,
  healthOperation
]
