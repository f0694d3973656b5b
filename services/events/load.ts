/**
 * Reads one event as it was stored. The key names the day's partition, so only that one is opened. The payload stays
 * text: it can be large, and need not be parsed to be sent on. An event that retention has removed since its key was
 * found is null.
 */
import * as v from 'valibot'
import type { Sql } from '../database/sql.ts'
import { payloadText, storedPayloadColumns } from './payloads.ts'
import type { EventKey } from './visible.ts'

const storedEventRow = v.strictObject({
  id: v.string(),
  received_at: v.date(),
  occurred_at: v.date(),
  level: v.string(),
  environment: v.string(),
  release: v.string(),
  user: v.string(),
  message: v.string(),
  title: v.nullable(v.string()),
  culprit: v.nullable(v.string()),
  weight: v.number(),
  ...storedPayloadColumns
})

export type StoredEvent = Omit<v.InferOutput<typeof storedEventRow>, 'packed' | 'payload'> & {
  /** JSON. */
  payload: string
}

/** Null when the event is gone meanwhile. */
export async function loadEvent(
  sql: Sql,
  { id, projectId, receivedAt, retentionDays }: Omit<EventKey, 'issueId'>
): Promise<StoredEvent | null> {
  const [row] = await sql.rows(storedEventRow)`
    select id, received_at, occurred_at, level, environment, release, "user", message, title, culprit,
      coalesce(weight, 1) as weight, payload::text as payload, packed from events
    where project_id = ${projectId} and received_at = ${receivedAt} and id = ${id}
      and retention_days = ${retentionDays}`
  if (row === undefined) return null
  const { payload, packed, ...event } = row
  return { ...event, payload: payloadText({ payload, packed }) }
}
