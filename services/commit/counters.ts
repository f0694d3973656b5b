/**
 * Counters of what was refused, ignored, or discarded by clients themselves, per project, hour and reason; they stand
 * beside the outcomes of what was accepted. The caller gathers counts and adds them now and then: a crash loses those
 * not yet added, never an event.
 */
import type { Sql } from '../database/sql.ts'

/** `projectId` 0 stands for senders that no project is known of. `hour` is in ms since the epoch. */
export type OutcomeCount = { projectId: number; hour: number; outcome: string; reason: string; count: number }

/** Adds to the counters, in the order of their key, so that nodes adding at once never deadlock. */
export async function addOutcomes(sql: Sql, rows: readonly OutcomeCount[]): Promise<void> {
  if (rows.length === 0) return
  await sql`
    insert into outcome_hours as o (project_id, hour, outcome, reason, count)
    select "projectId", to_timestamp(hour / 1000.0), outcome, reason, sum(count)
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as r ("projectId" bigint, hour bigint, outcome text, reason text, count bigint)
    group by 1, 2, 3, 4 order by 1, 2, 3, 4
    on conflict (project_id, hour, outcome, reason) do update set count = o.count + excluded.count`
}

export type OutcomeSum = { outcome: string; reason: string; count: number }

/** What a project's counters come to between two times; the hours in which these are count whole. */
export async function readOutcomes(sql: Sql, projectId: number, from: Date, to: Date): Promise<OutcomeSum[]> {
  const rows = await sql<{ outcome: string; reason: string; count: string }[]>`
    select outcome, reason, sum(count) as count from outcome_hours
    where project_id = ${projectId} and hour >= date_bin('1 hour', ${from.toISOString()}::timestamptz, '2000-01-01 00:00Z') and hour < ${to.toISOString()}
    group by outcome, reason order by outcome, reason`
  return rows.map(row => ({ ...row, count: Number(row.count) }))
}
