/**
 * What people wrote about events. Writing the same feedback again changes nothing, so it may be written before its
 * batch, and again when the batch comes again. It is kept for as long as the project keeps events.
 */
import * as v from 'valibot'
import type { PreparedFeedback } from '../../schema/pipeline.ts'
import type { Sql } from '../database/sql.ts'

export type Feedback = {
  id: string
  /** The event that it is about: the client's id (32 hex digits), and Mesher's where it is known. */
  eventId: string | null
  storedEventId: string | null
  receivedAt: Date
  name: string
  email: string
  message: string
  url: string
  environment: string
  release: string
}

/** In the order of the key, so that writers never deadlock. */
export async function storeFeedback(sql: Sql, feedback: readonly PreparedFeedback[]): Promise<void> {
  if (feedback.length === 0) return
  const rows = feedback.map(one => ({ ...one, receivedAt: new Date(one.receivedAt).toISOString() }))
  await sql`
    insert into user_feedback (project_id, id, event_id, stored_event_id, received_at, name, email, message, url,
      environment, release)
    select f."projectId", f.id, f."eventId", k.id, f."receivedAt", f.name, f.email, f.message, f.url, f.environment,
      f.release
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as f (
      "projectId" bigint, id uuid, "eventId" uuid, "receivedAt" timestamptz, name text, email text, message text,
      url text, environment text, release text)
    left join lateral (
      select id from event_keys k
      where k.project_id = f."projectId" and k.event_id = f."eventId" and k.day >= (now() at time zone 'utc')::date - 1
      order by k.day limit 1
    ) k on true
    order by f."projectId", f.id
    on conflict do nothing`
}

export const feedbackRow = v.strictObject({
  id: v.string(),
  event_id: v.nullable(v.string()),
  stored_event_id: v.nullable(v.string()),
  received_at: v.date(),
  name: v.string(),
  email: v.string(),
  message: v.string(),
  url: v.string(),
  environment: v.string(),
  release: v.string()
})
type FeedbackRow = v.InferOutput<typeof feedbackRow>

export type EventNames = {
  projectId: number
  /** Mesher's id. */
  id: string
  /** The client's, null when it gave none. */
  eventId: string | null
}

/** The feedback about one event, oldest first, at most 100. */
export async function feedbackOfEvent(sql: Sql, { projectId, id, eventId }: EventNames): Promise<Feedback[]> {
  const rows = await sql.rows(feedbackRow)`
    select id, event_id, ${id}::uuid as stored_event_id, received_at, name, email, message, url, environment, release
    from user_feedback
    where project_id = ${projectId} and (stored_event_id = ${id} or event_id = ${eventId}::uuid)
    order by received_at, id limit 100`
  return rows.map(feedbackOf)
}

/** Deletes feedback that is older than its project keeps events, at most `rowsMax`; returns how many. */
export async function forgetFeedback(sql: Sql, { now, rowsMax }: { now: number; rowsMax: number }): Promise<number> {
  const { count } = await sql`
    delete from user_feedback where (project_id, id) in (
      select f.project_id, f.id from user_feedback f left join projects p on p.id = f.project_id
      where f.received_at < ${new Date(now)}::timestamptz - interval '30 days'
        and f.received_at < ${new Date(now)}::timestamptz - make_interval(days => coalesce(p.retention_days, 30))
      order by f.received_at limit ${rowsMax})`
  return count
}

export function feedbackOf(row: FeedbackRow): Feedback {
  return {
    id: row.id,
    eventId: row.event_id?.replaceAll('-', '') ?? null,
    storedEventId: row.stored_event_id,
    receivedAt: row.received_at,
    name: row.name,
    email: row.email,
    message: row.message,
    url: row.url,
    environment: row.environment,
    release: row.release
  }
}
