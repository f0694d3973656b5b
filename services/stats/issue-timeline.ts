/**
 * How many events an issue had, by hours of UTC or days of a time zone, from the rollups; issues merged into it count
 * with it. Every bucket that the range touches is there, with 0 where nothing happened. The caller bounds the range.
 * The rollups lag behind commits by a second or so.
 */
import * as v from 'valibot'
import { bucketStarts, type Interval } from '../counts/buckets.ts'
import { countedIssueHours } from '../counts/counted-hours.ts'
import type { ExactRange } from '../counts/exact-range.ts'
import type { Queryable } from '../database/sql.ts'
import { onlyHours, splitOf } from '../rollups/summed-hours.ts'

export type TimelineBucket = { bucket: string; count: number }

const bucketRow = v.strictObject({ bucket: v.number(), count: v.number() })

/** Empty `environments` ask for all. */
export async function issueTimeline(
  sql: Queryable,
  { projectId, ids }: { projectId: number; ids: readonly string[] },
  range: ExactRange,
  { interval, zone }: { interval: Interval; zone: string },
  environments: readonly string[]
): Promise<TimelineBucket[]> {
  const starts = bucketStarts(range, interval, zone)
  const times = starts.map(start => new Date(start).toISOString())
  const split =
    interval === 'day' && zone === 'UTC' ? await splitOf(sql, 'issue_days', range.whole) : onlyHours(range.whole)
  const rows = await sql.rows(bucketRow)`
    select width_bucket(hour, ${times}::timestamptz[]) as bucket, sum(count)::bigint as count
    from ${countedIssueHours(sql, projectId, sql`issue_id = any (${ids}::uuid[])`, range, split)} h
      ${environments.length === 0 ? sql`` : sql`where environment = any (${environments})`}
    group by 1`
  const counts = new Map(rows.map(row => [row.bucket, row.count]))
  return times.map((bucket, index) => ({ bucket, count: counts.get(index + 1) ?? 0 }))
}
