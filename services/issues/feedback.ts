/**
 * The inbox of feedback: what people wrote, newest first, with the issue of the event that it is about, and what was
 * done about it. Feedback that came before its event gets the event as long as the client's id is known.
 */
import * as v from 'valibot'
import { feedbackStates, type FeedbackState } from '../../schema/api/feedback.ts'
import { feedbackOf, feedbackRow, type Feedback } from '../commit/feedback.ts'
import type { PendingQuery, Queryable, Sql } from '../database/sql.ts'
import { eachClass, retentionClassesOf } from '../search/event-windows.ts'
import { isOneOf } from '../search/event-ids.ts'
import { summariesOf } from './summaries.ts'

export type InboxItem = Feedback & {
  state: FeedbackState
  changedAt: Date | null
  changedBy: { id: string; name: string; email: string } | null
  issue: { id: string; shortId: string; title: string } | null
}

export type InboxAsked = {
  projectId: number
  state: FeedbackState | null
  limit: number
  before: { receivedAt: string; id: string } | null
}

const inboxRow = v.strictObject({
  ...feedbackRow.entries,
  state: v.picklist(feedbackStates),
  changed_at: v.nullable(v.date()),
  changed_by: v.nullable(v.strictObject({ id: v.string(), name: v.string(), email: v.string() }))
})

export async function listInbox(sql: Sql, { projectId, state, limit, before }: InboxAsked): Promise<InboxItem[]> {
  const older =
    before === null ? sql`` : sql`and (f.received_at, f.id) < (${before.receivedAt}::timestamptz, ${before.id}::uuid)`
  return await select(
    sql,
    projectId,
    sql`${state === null ? sql`` : sql`and f.state = ${state}`} ${older}
      order by f.received_at desc, f.id desc limit ${limit}`
  )
}

/** Null when the project has no such feedback. */
export async function changeFeedback(
  sql: Sql,
  { projectId, id, userId }: { projectId: number; id: string; userId: string },
  state: FeedbackState,
  now: number
): Promise<InboxItem | null> {
  await sql`
    update user_feedback set state = ${state}, changed_at = ${new Date(now)}, changed_by = ${userId}
    where project_id = ${projectId} and id = ${id} and state <> ${state}`
  const [item] = await select(sql, projectId, sql`and f.id = ${id}`)
  return item ?? null
}

async function select(sql: Sql, projectId: number, which: PendingQuery<Record<string, unknown>>): Promise<InboxItem[]> {
  const rows = await sql.rows(inboxRow)`
    select f.id, f.event_id, coalesce(f.stored_event_id, k.id) as stored_event_id, f.received_at, f.name, f.email,
      f.message, f.url, f.environment, f.release, f.state, f.changed_at,
      case when u.id is not null then json_build_object('id', u.id, 'name', u.name, 'email', u.email) end as changed_by
    from user_feedback f
    left join users u on u.id = f.changed_by
    left join lateral (
      select id from event_keys k where k.project_id = f.project_id and k.event_id = f.event_id order by k.day limit 1
    ) k on f.stored_event_id is null
    where f.project_id = ${projectId} ${which}`
  const issues = await issuesOf(
    sql,
    projectId,
    rows.flatMap(row => row.stored_event_id ?? [])
  )
  return rows.map(({ state, changed_at: changedAt, changed_by: changedBy, ...row }) => ({
    ...feedbackOf(row),
    state,
    changedAt,
    changedBy,
    issue: issues.get(row.stored_event_id ?? '') ?? null
  }))
}

const issueRow = v.strictObject({ event: v.string(), issue: v.string() })

/** The issues of events by the events' ids; what was merged counts as what it was merged into. */
async function issuesOf(
  sql: Queryable,
  projectId: number,
  eventIds: readonly string[]
): Promise<Map<string, NonNullable<InboxItem['issue']>>> {
  if (eventIds.length === 0) return new Map()
  const found = eachClass(
    sql,
    await retentionClassesOf(sql, projectId),
    retentionDays => sql`
      select e.id as event, coalesce(i.merged_into, i.id) as issue from events e
      join issues i on i.project_id = e.project_id and i.id = e.issue_id
      where e.project_id = ${projectId} and ${isOneOf(sql, eventIds, retentionDays)}`
  )
  const rows = await sql.rows(issueRow)`${found}`
  const summaries = await summariesOf(sql, projectId, [...new Set(rows.map(({ issue }) => issue))])
  return new Map(
    rows.flatMap(({ event, issue }) => {
      const known = summaries.get(issue)
      return known === undefined ? [] : [[event, { id: known.id, shortId: known.short_id, title: known.title }]]
    })
  )
}
