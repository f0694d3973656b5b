/**
 * Counters of what was refused, ignored, or discarded by clients themselves, by project, hour and reason. They stand
 * beside the outcomes of accepted events. The caller gathers counts and adds them from time to time; a crash loses the
 * counts that were not added yet, never an event.
 */
import type { Sql } from '../database/sql.ts'

/** `projectId` 0 is for senders without a known project. `hour` is in ms since the epoch. */
export type OutcomeCount = { projectId: number; hour: number; outcome: string; reason: string; count: number }

/** Adds to the counters, in the order of their key, so that nodes adding at once never deadlock. */
export async function addOutcomes(sql: Sql, rows: readonly OutcomeCount[]): Promise<void> {
  if (rows.length === 0) return
  await sql`
    insert into outcome_hours as o (project_id, hour, outcome, reason, count)
    select "projectId", to_timestamp(hour / 1000.0), outcome, reason, sum(count)
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as r ("projectId" bigint, hour bigint, outcome text,
      reason text, count bigint)
    group by 1, 2, 3, 4 order by 1, 2, 3, 4
    on conflict (project_id, hour, outcome, reason) do update set count = o.count + excluded.count`
}
