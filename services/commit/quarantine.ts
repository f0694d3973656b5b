/** Events in quarantine: their processing threw, or PostgreSQL refused their data. The commit writes them. */
import type { Sql } from '../database/sql.ts'

export type QuarantinedSummary = { id: string; projectId: number; error: string; createdAt: Date }

/** The events that were quarantined last, newest first. */
export async function listQuarantined(sql: Sql, { limit }: { limit: number }): Promise<QuarantinedSummary[]> {
  const rows = await sql<{ id: string; project_id: string; error: string; created_at: Date }[]>`
    select id, project_id, error, created_at from quarantined_events order by created_at desc, id desc limit ${limit}`
  return rows.map(row => ({
    id: row.id,
    projectId: Number(row.project_id),
    error: row.error,
    createdAt: row.created_at
  }))
}

/** Deletes events that were quarantined more than `days` ago, at most `rowsMax`; returns how many. */
export async function forgetQuarantined(
  sql: Sql,
  { days, rowsMax }: { days: number; rowsMax: number }
): Promise<number> {
  const { count } = await sql`
    delete from quarantined_events where (project_id, id) in (
      select project_id, id from quarantined_events where created_at < now() - make_interval(days => ${days})
      order by created_at limit ${rowsMax})`
  return count
}
