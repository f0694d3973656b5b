/**
 * Numbers of events of a project by time and level, from its rollups by hour, without gaps. Intervals are whole hours
 * or whole days of UTC.
 */
import * as v from 'valibot'
import { levels, type Level } from '../../schema/pipeline.ts'
import type { Queryable } from '../database/sql.ts'
import { levelHours, onlyHours, projectHours, splitOf } from '../rollups/summed-hours.ts'

export type Interval = 'hour' | 'day'
export type ByLevel = Record<Level, number>
export type Bucket = { bucket: string; count: number; by_level: ByLevel }

/** In milliseconds; `to` is exclusive. */
export type Counted = { from: number; to: number }

/** Empty lists mean all; `''` means events without the field. */
export type VolumeFilter = { levels: readonly string[]; environments: readonly string[]; releases: readonly string[] }

export const intervalMs = { hour: 3_600_000, day: 86_400_000 } as const

/** The range widened to whole intervals. */
export function wholeIntervals({ from, to }: { from: Date; to: Date }, interval: Interval): Counted {
  const ms = intervalMs[interval]
  return { from: Math.floor(from.getTime() / ms) * ms, to: Math.ceil(to.getTime() / ms) * ms }
}

const bucketRow = v.strictObject({ bucket: v.date(), level: v.string(), count: v.number() })

/** A bucket for each interval, oldest first. */
export async function volumeOf(
  sql: Queryable,
  projectId: number,
  { from, to }: Counted,
  interval: Interval,
  filter: VolumeFilter
): Promise<Bucket[]> {
  const { hours } = await hoursOf(sql, projectId, { from, to }, interval, filter)
  const rows = await sql.rows(bucketRow)`
    select date_bin(${`1 ${interval}`}::interval, hour, '2000-01-01 00:00Z') as bucket, level,
      sum(count)::bigint as count
    from ${hours} h where true ${matches(sql, filter)}
    group by 1, 2`
  const buckets = new Map<number, Bucket>()
  for (let at = from; at < to; at += intervalMs[interval]) {
    buckets.set(at, { bucket: new Date(at).toISOString(), count: 0, by_level: noEvents() })
  }
  for (const { bucket: at, level, count } of rows) {
    const bucket = buckets.get(at.getTime())
    const known = levels.find(name => name === level)
    if (bucket === undefined || known === undefined) continue
    bucket.count += count
    bucket.by_level[known] += count
  }
  return [...buckets.values()]
}

const levelRow = v.strictObject({ level: v.string(), count: v.number() })

/** Every level, most severe first. */
export async function levelsOf(
  sql: Queryable,
  projectId: number,
  counted: Counted,
  filter: VolumeFilter
): Promise<{ level: Level; count: number }[]> {
  const { hours } = await hoursOf(sql, projectId, counted, 'day', filter)
  const rows = await sql.rows(levelRow)`
    select level, sum(count)::bigint as count from ${hours} h where true ${matches(sql, filter)} group by level`
  const counts = new Map(rows.map(({ level, count }) => [level, count]))
  return levels.map(level => ({ level, count: counts.get(level) ?? 0 }))
}

/**
 * Rows of hours, as coarse as the interval allows: for days, a row at the day's first hour may hold the sum of the day.
 */
async function hoursOf(
  sql: Queryable,
  projectId: number,
  counted: Counted,
  interval: Interval,
  { environments, releases }: VolumeFilter
) {
  if (environments.length === 0 && releases.length === 0) return await levelHours(sql, projectId, counted)
  return {
    hours: projectHours(
      sql,
      projectId,
      interval === 'hour' ? onlyHours(counted) : await splitOf(sql, 'project_days', counted)
    )
  }
}

/** The condition on a table of hours. */
export function inHours(sql: Queryable, projectId: number, { from, to }: Counted) {
  return sql`project_id = ${projectId} and hour >= ${new Date(from)} and hour < ${new Date(to)}`
}

function matches(sql: Queryable, { levels, environments, releases }: VolumeFilter) {
  return sql`${levels.length === 0 ? sql`` : sql`and level = any (${levels})`}
    ${environments.length === 0 ? sql`` : sql`and environment = any (${environments})`}
    ${releases.length === 0 ? sql`` : sql`and release = any (${releases})`}`
}

function noEvents(): ByLevel {
  return { fatal: 0, error: 0, warning: 0, info: 0, debug: 0 }
}
