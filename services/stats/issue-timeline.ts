/**
 * How many events an issue had, by hours or days of UTC, from the rollups; issues merged into it count with it. Every
 * bucket of the range is there, with 0 where nothing happened. The caller bounds the range and aligns it to the
 * interval. The rollups lag behind commits by a second or so.
 */
import * as v from 'valibot'
import { intervalMs, type Counted, type Interval } from './volume.ts'
import type { Queryable } from '../database/sql.ts'
import { issueHours, onlyHours, splitOf } from '../rollups/summed-hours.ts'

export type TimelineBucket = { bucket: string; count: number }

const bucketRow = v.strictObject({ bucket: v.date(), count: v.number() })

/** Empty `environments` ask for all. */
export async function issueTimeline(
  sql: Queryable,
  { projectId, ids }: { projectId: number; ids: readonly string[] },
  { from, to }: Counted,
  interval: Interval,
  environments: readonly string[]
): Promise<TimelineBucket[]> {
  const split = interval === 'hour' ? onlyHours({ from, to }) : await splitOf(sql, 'issue_days', { from, to })
  const rows = await sql.rows(bucketRow)`
    select date_bin(${`1 ${interval}`}::interval, hour, '2000-01-01 00:00Z') as bucket, sum(count)::bigint as count
    from ${issueHours(sql, projectId, sql`issue_id = any (${ids}::uuid[])`, split)} h
      ${environments.length === 0 ? sql`` : sql`where environment = any (${environments})`}
    group by 1`
  const counts = new Map(rows.map(row => [row.bucket.getTime(), row.count]))
  const buckets: TimelineBucket[] = []
  for (let at = from; at < to; at += intervalMs[interval]) {
    buckets.push({ bucket: new Date(at).toISOString(), count: counts.get(at) ?? 0 })
  }
  return buckets
}
