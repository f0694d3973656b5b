/**
 * Events that were set aside: their processing threw, or PostgreSQL refused them for their data. Written by the commit.
 */
import type { Sql } from '../database/sql.ts'

export type QuarantinedSummary = { id: string; projectId: number; error: string; createdAt: Date }

/** The events set aside last, newest first. */
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

/** Forgets events that were set aside more than `days` ago, at most `rowsMax`; answers how many. */
export async function forgetQuarantined(
  sql: Sql,
  { days, rowsMax }: { days: number; rowsMax: number }
): Promise<number> {
  const { count } = await sql`
    delete from quarantined_events where (project_id, id) in (
      select project_id, id from quarantined_events where created_at < now() - make_interval(days => ${days}) order by created_at limit ${rowsMax})`
  return count
}
