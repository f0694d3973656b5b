/**
 * What rollups know of issues in a range of time, with what was merged into them: events, the first and the last hour
 * that had any, and the trend. Of releases rollups know no numbers.
 */
import * as v from 'valibot'
import { countedIssueHours } from '../counts/counted-hours.ts'
import type { Queryable } from '../database/sql.ts'
import { onlyHours, splitOf } from '../rollups/summed-hours.ts'
import type { CountedFilter } from './counted-filter.ts'
import { trendStarts, type TrendRange } from './trend-range.ts'

/** Hours are in milliseconds. The first hour of a day may stand for the whole day. */
export type RollupNumbers = { events: number; firstHour: number; lastHour: number; trend: number[] }

const dayMs = 86_400_000

const bucketRow = v.strictObject({
  id: v.string(),
  bucket: v.number(),
  count: v.number(),
  first: v.date(),
  last: v.date()
})

/** Issues without events in the range are missing. */
export async function rollupNumbers(
  sql: Queryable,
  projectId: number,
  { range, environments }: CountedFilter,
  ids: readonly string[],
  trend: TrendRange
): Promise<Map<string, RollupNumbers>> {
  const starts = trendStarts(trend)
  const split = trend.unitMs === dayMs ? await splitOf(sql, 'issue_days', range.whole) : onlyHours(range.whole)
  const rows = await sql.rows(bucketRow)`
    with ${familyOf(sql, projectId, ids)}
    select f.id, greatest(1, width_bucket(h.hour, ${starts.map(timeOf)}::timestamptz[])) as bucket,
      sum(h.count)::bigint as count, min(h.hour) as first, max(h.hour) as last
    from family f cross join lateral ${countedIssueHours(sql, projectId, sql`issue_id = f.member`, range, split)} h
    ${environments.length === 0 ? sql`` : sql`where h.environment = any (${environments})`}
    group by 1, 2 having sum(h.count) > 0`
  const numbers = new Map<string, RollupNumbers>()
  for (const { id, bucket, count, first, last } of rows) {
    const known = numbers.get(id) ?? { events: 0, firstHour: Infinity, lastHour: 0, trend: starts.map(() => 0) }
    numbers.set(id, known)
    known.events += count
    known.firstHour = Math.min(known.firstHour, first.getTime())
    known.lastHour = Math.max(known.lastHour, last.getTime())
    known.trend[bucket - 1] = (known.trend[bucket - 1] ?? 0) + count
  }
  return numbers
}

const minuteRow = v.strictObject({ id: v.string(), bucket: v.number(), count: v.number() })

/** Trends by minutes, of any environment. The minutes of both ends count whole. */
export async function minuteTrends(
  sql: Queryable,
  projectId: number,
  { from }: { from: number },
  ids: readonly string[],
  trend: TrendRange
): Promise<Map<string, number[]>> {
  const starts = trendStarts(trend)
  const first = Math.floor(from / trend.unitMs) * trend.unitMs
  const rows = await sql.rows(minuteRow)`
    with ${familyOf(sql, projectId, ids)}
    select f.id, greatest(1, width_bucket(m.minute, ${starts.map(timeOf)}::timestamptz[])) as bucket,
      sum(m.count)::bigint as count
    from family f join issue_minutes m on m.project_id = ${projectId} and m.issue_id = f.member
      and m.minute >= ${new Date(first)} and m.minute < ${new Date(trend.to)} group by 1, 2`
  const trends = new Map<string, number[]>()
  for (const { id, bucket, count } of rows) {
    const known = trends.get(id) ?? starts.map(() => 0)
    trends.set(id, known)
    known[bucket - 1] = count
  }
  return trends
}

/** For a `with` clause: the roots `id` with each `member` of their families. */
export function familyOf(sql: Queryable, projectId: number, ids: readonly string[]) {
  return sql`family as (
      select id as member, id from unnest(${ids}::uuid[]) as id
      union all
      select c.id, c.merged_into from issues c where c.project_id = ${projectId} and c.merged_into is not null
        and c.merged_into = any (${ids}::uuid[])
    )`
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}
