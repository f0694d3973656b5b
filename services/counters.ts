/**
 * Counters of what was refused, ignored, or discarded by clients themselves, per project, hour and reason; they stand beside the outcomes of
 * what was accepted.
 * The caller gathers counts and adds them now and then: a crash loses those not yet added, never an event.
 */
import type { Sql } from './sql.ts'

/** `projectId` 0 stands for senders that no project is known of. `hour` is in ms since the epoch. */
export type OutcomeCount = { projectId: number, hour: number, outcome: string, reason: string, count: number }

/** Adds to the counters, in the order of their key, so that nodes adding at once never deadlock. */
export async function addOutcomes (sql: Sql, rows: readonly OutcomeCount[]): Promise<void> {
  if (rows.length === 0) return
  await sql`
    insert into outcome_hours as o (project_id, hour, outcome, reason, count)
    select "projectId", to_timestamp(hour / 1000.0), outcome, reason, sum(count)
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as r ("projectId" bigint, hour bigint, outcome text, reason text, count bigint)
    group by 1, 2, 3, 4 order by 1, 2, 3, 4
    on conflict (project_id, hour, outcome, reason) do update set count = o.count + excluded.count`
}
