/** Events in quarantine: their processing threw, or PostgreSQL refused their data. The commit writes them. */
import * as v from 'valibot'
import type { Sql } from '../database/sql.ts'

export type QuarantinedSummary = { id: string; projectId: number; error: string; createdAt: Date }

const quarantinedRow = v.strictObject({
  id: v.string(),
  project_id: v.number(),
  error: v.string(),
  created_at: v.date()
})

/** The events that were quarantined last, newest first. */
export async function listQuarantined(sql: Sql, { limit }: { limit: number }): Promise<QuarantinedSummary[]> {
  const rows = await sql.rows(quarantinedRow)`
    select id, project_id, error, created_at from quarantined_events order by created_at desc, id desc limit ${limit}`
  return rows.map(row => ({
    id: row.id,
    projectId: row.project_id,
    error: row.error,
    createdAt: row.created_at
  }))
}

/** Deletes events that were quarantined more than `days` ago, at most `rowsMax`; returns how many. */
export async function forgetQuarantined(
  sql: Sql,
  { now, days, rowsMax }: { now: number; days: number; rowsMax: number }
): Promise<number> {
  const { count } = await sql`
    delete from quarantined_events where (project_id, id) in (
      select project_id, id from quarantined_events 
        where created_at < ${new Date(now)}::timestamptz - make_interval(days => ${days})
      order by created_at limit ${rowsMax})`
  return count
}
