/**
 * The cheapest rows for a range of hours: sums of days where there are any (rollups/days.ts), hours before and after
 * them. Both come as rows of hours, where the first hour of a day may stand for the whole day. So the reader must add
 * up whole days, or more.
 */
import * as v from 'valibot'
import type { PendingQuery, Queryable } from '../database/sql.ts'

type Part = PendingQuery<Record<string, unknown>>

/** In milliseconds; the end is exclusive. */
export type Span = { from: number; to: number }

/** Parts may be empty. */
export type Split = { before: Span; days: Span; after: Span }

const dayMs = 86_400_000

const untilRow = v.strictObject({ until: v.date() })

export async function splitOf(
  sql: Queryable,
  rollup: 'issue_days' | 'project_days',
  { from, to }: Span
): Promise<Split> {
  const firstDay = Math.ceil(from / dayMs) * dayMs
  const [known] =
    firstDay + dayMs > to ? [] : await sql.rows(untilRow)`select until from folded_days where rollup = ${rollup}`
  const lastDay = Math.min(Math.floor(to / dayMs) * dayMs, known?.until.getTime() ?? 0)
  if (lastDay <= firstDay) return onlyHours({ from, to })
  return { before: { from, to: firstDay }, days: { from: firstDay, to: lastDay }, after: { from: lastDay, to } }
}

/** For a reader that needs each hour of an issue, or all columns of a project's hours. */
export function onlyHours({ from, to }: Span): Split {
  return { before: { from, to }, days: { from: to, to }, after: { from: to, to } }
}

/** For a `from` clause: rows of `project_hours`. */
export function projectHours(sql: Queryable, projectId: number, { before, days, after }: Split): Part {
  const hours = ({ from, to }: Span): Part => sql`
    select hour, level, environment, release, count, bytes from project_hours
    where project_id = ${projectId} and hour >= ${new Date(from)} and hour < ${new Date(to)}`
  return sql`(
    select day::timestamp at time zone 'utc' as hour, level, environment, release, count, bytes from project_days
    where project_id = ${projectId} and day >= ${dateOf(days.from)}::date and day < ${dateOf(days.to)}::date
    union all ${hours(before)} union all ${hours(after)})`
}

/** The same for `issue_hours`; `condition` is on `issue_id`. */
export function issueHours(sql: Queryable, projectId: number, condition: Part, { before, days, after }: Split): Part {
  const hours = ({ from, to }: Span): Part => sql`
    select issue_id, hour, environment, count from issue_hours where project_id = ${projectId} and ${condition}
      and hour >= ${new Date(from)} and hour < ${new Date(to)}`
  return sql`(
    select issue_id, day::timestamp at time zone 'utc' as hour, environment, count from issue_days
    where project_id = ${projectId} and ${condition} and day >= ${dateOf(days.from)}::date
      and day < ${dateOf(days.to)}::date
    union all ${hours(before)} union all ${hours(after)})`
}

/**
 * For a `from` clause: each hour of a project by level alone, from the sums as far as they reach. It comes in an
 * object, because a query that is awaited is sent.
 */
export async function levelHours(sql: Queryable, projectId: number, { from, to }: Span): Promise<{ hours: Part }> {
  const [known] = await sql.rows(untilRow)`select until from folded_days where rollup = 'level_hours'`
  const until = Math.min(Math.max(known?.until.getTime() ?? 0, from), to)
  const rows = (table: 'level_hours' | 'project_hours', span: Span): Part => sql`
    select hour, level, count, bytes from ${sql(table)} where project_id = ${projectId}
      and hour >= ${new Date(span.from)} and hour < ${new Date(span.to)}`
  return {
    hours: sql`(${rows('level_hours', { from, to: until })} union all ${rows('project_hours', { from: until, to })})`
  }
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
