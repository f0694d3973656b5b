/** Reads of events for the command line: always within a time range and the retention classes of the project. */
import type { Sql } from './sql.ts'

export type EventSummary = {
  id: string
  issueId: string
  receivedAt: Date
  level: string
  environment: string
  release: string
  message: string
}

type EventRow = { id: string, issue_id: string, received_at: Date, level: string, environment: string, release: string, message: string }

/** `level` null means any. */
export type EventRange = { projectId: number, from: Date, to: Date, level: string | null, limit: number }

/** The newest events of a project within a time range; with a `level` only those. */
export async function listEvents (sql: Sql, { projectId, from, to, level, limit }: EventRange): Promise<EventSummary[]> {
  const rows = await sql<EventRow[]>`
    select id, issue_id, received_at, level, environment, release, message from events
    where project_id = ${projectId} and received_at between ${from.toISOString()} and ${to.toISOString()}
      and retention_days = any ((select retention_classes from projects where id = ${projectId})::smallint[]) ${level === null ? sql`` : sql`and level = ${level}`}
    order by received_at desc, id desc limit ${limit}`
  return rows.map(row => ({
    id: row.id,
    issueId: row.issue_id,
    receivedAt: row.received_at,
    level: row.level,
    environment: row.environment,
    release: row.release,
    message: row.message
  }))
}
