/**
 * How every statement over events names the partitions that it needs. PostgreSQL leaves partitions out by day only
 * where the retention class is compared with a single value: with a list (`= any`, or an `or`) it opens every day of
 * all classes, 60 ms of planning over 200 of them against 0.3 ms. So there is one branch for each class of the project,
 * put together by `union all`; nearly all projects have one.
 */
import * as v from 'valibot'
import type { PendingQuery, Queryable } from '../database/sql.ts'

type Part = PendingQuery<Record<string, unknown>>

/** Between two events, or before an event with this id: what is newer is left out. `at` is in milliseconds. */
export type Position = { at: number; id: string }

/** Events before the position `before`, and not before `from` (milliseconds). */
export type Window = { before: Position; from: number }

/** Sorts before every id of its millisecond. */
export const leastId = '00000000-0000-0000-0000-000000000000'

const dayMs = 86_400_000

/** PostgreSQL's texts of times have years of four digits. */
const lastYear = Date.UTC(9999, 0, 1)

export const wholeTime: Window = { before: { at: lastYear, id: leastId }, from: 0 }

const retentionClassesRow = v.strictObject({ retention_classes: v.array(v.number()) })

/** All classes that events of the project may be stored under; at least one. */
export async function retentionClassesOf(sql: Queryable, projectId: number): Promise<number[]> {
  const [row] = await sql.rows(retentionClassesRow)`select retention_classes from projects where id = ${projectId}`
  if (row === undefined) throw new Error(`there is no project ${projectId}`)
  return row.retention_classes
}

/**
 * One query for each class, joined by `union all`; each must compare `retention_days` with the class that it is given.
 */
export function eachClass(sql: Queryable, classes: readonly number[], branch: (retentionDays: number) => Part): Part {
  const [first, ...others] = classes.map(branch)
  if (first === undefined) throw new Error('a project has at least one retention class')
  return others.reduce((all, next) => sql`${all} union all (${next})`, sql`(${first})`)
}

/** The condition on `e.received_at`, `e.id` and `e.retention_days`. */
export function inWindow(sql: Queryable, { before, from }: Window, retentionDays: number): Part {
  const at = new Date(before.at)
  return sql`e.retention_days = ${retentionDays} and e.received_at >= ${new Date(from)} and e.received_at <= ${at}
    and (e.received_at, e.id) < (${at}, ${before.id})`
}

/** The newest window before `before`: whole days of UTC, except at its ends. */
export function newestDays(before: Position, days: number, from: number): Window {
  const lastDay = Math.floor((before.id === leastId ? before.at - 1 : before.at) / dayMs) * dayMs
  return { before, from: Math.max(from, lastDay - (days - 1) * dayMs) }
}

/** The position before all of the window. */
export function below({ from }: Window): Position {
  return { at: from, id: leastId }
}
