/**
 * Which events of a project still exist, however its retention has changed. An event is kept for as long as its class
 * says, which is the retention of the day it came, and no longer than the project keeps events now. All in whole days
 * of UTC, in milliseconds.
 */
import * as v from 'valibot'
import type { Queryable } from './sql.ts'

export type KeptRange = { from: number; to: number }

const dayMs = 86_400_000

/** The first moment of which a class of so many days keeps events. Partitions are whole days. */
export function keptSince(retentionDays: number, now: number): number {
  return Math.floor(now / dayMs) * dayMs - retentionDays * dayMs
}

const retentionDaysRow = v.strictObject({ retention_days: v.number() })

const periodRow = v.strictObject({ since: v.date(), retention_days: v.number() })

/** The ranges of time whose events still exist, oldest first; the last one ends with this day. */
export async function keptRanges(sql: Queryable, projectId: number, now: number): Promise<KeptRange[]> {
  const [project] = await sql.rows(retentionDaysRow)`select retention_days from projects where id = ${projectId}`
  if (project === undefined) throw new Error(`there is no project ${projectId}`)
  const periods = await sql.rows(periodRow)`
    select since, retention_days from retention_periods where project_id = ${projectId} order by since`
  const end = Math.floor(now / dayMs) * dayMs + dayMs
  if (periods.length === 0) return [{ from: keptSince(project.retention_days, now), to: end }]

  const ranges = periods.map(({ since, retention_days: days }, index) => ({
    // What came before the first change belonged to its class too.
    from: Math.max(index === 0 ? 0 : hourOf(since), keptSince(Math.min(days, project.retention_days), now)),
    to: index + 1 < periods.length ? hourOf(periods[index + 1]?.since ?? new Date(end)) : end
  }))
  return ranges.filter(({ from, to }) => from < to)
}

/** Rollups know only hours: the hour of a change counts as one of the new class. */
function hourOf(time: Date): number {
  return Math.floor(time.getTime() / 3_600_000) * 3_600_000
}
