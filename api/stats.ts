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
import { healthOf } from '../services/stats/health.ts'
import { tagValuesOf } from '../services/stats/tags.ts'
import { topIssuesOf } from '../services/stats/top-issues.ts'
import {
  intervalMs,
  levelsOf,
  volumeOf,
  wholeIntervals,
  type Counted,
  type VolumeFilter
} from '../services/stats/volume.ts'
import { operation, plain, type Operation } from './operation.ts'
import { rangeOf, type TimeRange } from './ranges.ts'
import { projectTarget } from './targets.ts'

const facts = {
  ...plain,
  method: 'get',
  tag: 'Statistics',
  access: { who: 'role', role: 'member', scope: 'read' },
  target: projectTarget
} as const
const rest = 'Counts whole hours of UTC (tags: days), and is behind by about a second.'

/** Longer ranges are shown by days unless hours are asked for. */
const hoursRangeMsMax = 7 * intervalMs.day

const volumeOperation = operation({
  ...facts,
  id: 'getVolume',
  path: '/api/v1/projects/:project/stats/volume',
  summary: `Events by time and level, without gaps. ${rest} Without an interval: hours for up to 7 days, else days`,
  query: volumeQuery,
  responses: { 200: { description: 'A bucket for every hour or day of the range, oldest first', schema: volume } },
  handle: async ({ sql, context, target: { projectId }, query }) => {
    const range = rangeOf(query, context.now())
    const interval = query.interval ?? (range.to.getTime() - range.from.getTime() <= hoursRangeMsMax ? 'hour' : 'day')
    const counted = wholeIntervals(range, interval)
    const buckets = await volumeOf(sql, projectId, counted, interval, filterOf(query))
    return { status: 200, body: { data: buckets, next_cursor: null, ...bounds(counted), interval } }
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
    const counted = wholeIntervals(rangeOf(query, context.now()), 'hour')
    return {
      status: 200,
      body: { data: await levelsOf(sql, projectId, counted, filterOf(query)), next_cursor: null, ...bounds(counted) }
    }
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
    const counted = wholeIntervals(rangeOf(query, context.now()), 'hour')
    return {
      status: 200,
      body: { data: await topIssuesOf(sql, projectId, counted, query.limit), next_cursor: null, ...bounds(counted) }
    }
  }
})

const tagsOperation = operation({
  ...facts,
  id: 'getTagValues',
  path: '/api/v1/projects/:project/stats/tags/:key',
  summary:
    `The most frequent values of a tag; level, environment, release and user are tags too. ${rest} ` +
    'What is not counted ahead comes from the newest 10,000 events: `sampled`',
  params: { key: tagKey },
  query: tagValuesQuery,
  responses: { 200: { description: 'Values with their numbers of events, greatest first', schema: tagValues } },
  handle: async ({ sql, context, target: { projectId }, params: { key }, query }) => {
    const { values, total, counted, isSample } = await tagValuesOf(
      sql,
      projectId,
      rangeOf(query, context.now()),
      key,
      query.limit
    )
    return { status: 200, body: { data: values, next_cursor: null, key, total, sampled: isSample, ...bounds(counted) } }
  }
})

const healthOperation = operation({
  ...facts,
  id: 'getHealth',
  path: '/api/v1/projects/:project/stats/health',
  summary: `How the project is doing. ${rest} Today begins at midnight UTC`,
  query: healthQuery,
  responses: { 200: { description: 'Five numbers', schema: health } },
  handle: async ({ sql, context, target: { projectId } }) => ({
    status: 200,
    body: await healthOf(sql, projectId, context.now())
  })
})

function bounds({ from, to }: Counted): Record<keyof TimeRange, string> {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
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
