/**
 * Numbers of events of a project by time and level, without gaps, from its rollups by hour; what lies before the first
 * whole hour and after the last is exact too (counts/exact-range.ts).
 */
import * as v from 'valibot'
import { levels, type Level } from '../../schema/pipeline.ts'
import { bucketStarts, type Interval } from '../counts/buckets.ts'
import { countedLevelHours, countedProjectHours } from '../counts/counted-hours.ts'
import type { ExactRange } from '../counts/exact-range.ts'
import type { Queryable } from '../database/sql.ts'
import { other } from '../rollups/bounds.ts'
import { onlyHours, splitOf } from '../rollups/summed-hours.ts'

export type ByLevel = Record<Level, number>
export type Bucket = { bucket: string; count: number; by_level: ByLevel }

/** Empty lists mean all; `''` means events without the field. */
export type VolumeFilter = { levels: readonly string[]; environments: readonly string[]; releases: readonly string[] }

const bucketRow = v.strictObject({ bucket: v.number(), level: v.string(), count: v.number() })

/** A bucket for each interval that the range touches, oldest first. The first and the last may be cut. */
export async function volumeOf(
  sql: Queryable,
  projectId: number,
  range: ExactRange,
  { interval, zone }: { interval: Interval; zone: string },
  filter: VolumeFilter
): Promise<Bucket[]> {
  const starts = bucketStarts(range, interval, zone)
  const { hours } = await hoursOf(sql, projectId, range, interval === 'day' && zone === 'UTC', filter)
  const rows = await sql.rows(bucketRow)`
    select width_bucket(hour, ${starts.map(timeOf)}::timestamptz[]) as bucket, level, sum(count)::bigint as count
    from ${hours} h where true ${matches(sql, filter)}
    group by 1, 2`
  const buckets = starts.map((start): Bucket => ({ bucket: timeOf(start), count: 0, by_level: noEvents() }))
  for (const { bucket: position, level, count } of rows) {
    const bucket = buckets[position - 1]
    const known = levels.find(name => name === level)
    if (bucket === undefined || known === undefined) continue
    bucket.count += count
    bucket.by_level[known] += count
  }
  return buckets
}

const levelRow = v.strictObject({ level: v.string(), count: v.number() })

/** Every level, most severe first. */
export async function levelsOf(
  sql: Queryable,
  projectId: number,
  range: ExactRange,
  filter: VolumeFilter
): Promise<{ level: Level; count: number }[]> {
  const { hours } = await hoursOf(sql, projectId, range, true, filter)
  const rows = await sql.rows(levelRow)`
    select level, sum(count)::bigint as count from ${hours} h where true ${matches(sql, filter)} group by level`
  const counts = new Map(rows.map(({ level, count }) => [level, count]))
  return levels.map(level => ({ level, count: counts.get(level) ?? 0 }))
}

const otherRow = v.strictObject({ count: v.number() })

/**
 * Events that rollups count as `(other)` (rollups/bounds.ts) and that may match the filter: nobody knows whether they
 * do. 0 for a filter that names neither environments nor releases.
 */
export async function otherEvents(
  sql: Queryable,
  projectId: number,
  range: ExactRange,
  filter: VolumeFilter
): Promise<number> {
  const { levels, environments, releases } = filter
  if (environments.length === 0 && releases.length === 0) return 0
  const { hours } = await hoursOf(sql, projectId, range, true, filter)
  const widened = {
    levels,
    environments: environments.length === 0 ? [] : [...environments, other],
    releases: releases.length === 0 ? [] : [...releases, other]
  }
  const unknown = sql`(${environments.length === 0 ? sql`false` : sql`environment = ${other}`}
    or ${releases.length === 0 ? sql`false` : sql`release = ${other}`})`
  const [row] = await sql.rows(otherRow)`
    select coalesce(sum(count), 0)::bigint as count from ${hours} h where ${unknown} ${matches(sql, widened)}`
  return row?.count ?? 0
}

/** Rows of hours; with `byDays` one at the first hour of a day of UTC may hold the sum of the day. */
async function hoursOf(
  sql: Queryable,
  projectId: number,
  range: ExactRange,
  byDays: boolean,
  { environments, releases }: VolumeFilter
) {
  if (environments.length === 0 && releases.length === 0) return await countedLevelHours(sql, projectId, range)
  const split = byDays ? await splitOf(sql, 'project_days', range.whole) : onlyHours(range.whole)
  return { hours: countedProjectHours(sql, projectId, range, split) }
}

function matches(sql: Queryable, { levels, environments, releases }: VolumeFilter) {
  return sql`${levels.length === 0 ? sql`` : sql`and level = any (${levels})`}
    ${environments.length === 0 ? sql`` : sql`and environment = any (${environments})`}
    ${releases.length === 0 ? sql`` : sql`and release = any (${releases})`}`
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}

export function noEvents(): ByLevel {
  return { fatal: 0, error: 0, warning: 0, info: 0, debug: 0 }
}
