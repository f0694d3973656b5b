/** One event as it was stored: its row, with the payload as text. */
import type { Sql } from '../database/sql.ts'
import type { EventKey } from './visible.ts'

export type StoredEvent = {
  id: string
  received_at: Date
  occurred_at: Date
  level: string
  environment: string
  release: string
  user: string
  /** JSON. */
  payload: string
}

/** Null when the event is gone meanwhile. */
export async function loadEvent(
  sql: Sql,
  { id, projectId, receivedAt, retentionDays }: EventKey
): Promise<StoredEvent | null> {
  const [row] = await sql<StoredEvent[]>`
    select id, received_at, occurred_at, level, environment, release, "user", payload::text as payload from events
    where project_id = ${projectId} and received_at = ${receivedAt} and id = ${id} and retention_days = ${retentionDays}`
  return row ?? null
}
