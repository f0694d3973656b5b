/**
 * The activity of an issue: who changed what, and comments. A change writes its entry in its own transaction; functions
 * of the database write regressions and escalations (see schema/migrations). Comments belong to their authors.
 */
import * as v from 'valibot'
import { activityKinds, type ActivityItem, type ActivityKind } from '../../schema/api/issues.ts'
import type { Queryable, Sql } from '../database/sql.ts'

export type Deed = { issueId: string; kind: ActivityKind; data?: object }

/** Writes entries, in this order; call it in the transaction of the change. `userId` null: nobody did it by hand. */
export async function noteActivity(
  sql: Queryable,
  { projectId, userId }: { projectId: number; userId: string | null },
  deeds: readonly Deed[]
): Promise<void> {
  if (deeds.length === 0) return
  const rows = deeds.map(({ issueId, kind, data = {} }, place) => ({ issueId, kind, data, place }))
  await sql`
    insert into issue_activity (project_id, issue_id, kind, user_id, data)
    select ${projectId}, d."issueId", d.kind, ${userId}, d.data
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as d ("issueId" uuid, kind text, data jsonb,
      place integer) order by d.place`
}

const rowSchema = v.strictObject({
  id: v.string(),
  position: v.number(),
  kind: v.picklist(activityKinds),
  at: v.date(),
  edited_at: v.nullable(v.date()),
  data: v.record(v.string(), v.unknown()),
  user_id: v.nullable(v.string()),
  name: v.nullable(v.string()),
  email: v.nullable(v.string())
})
type Row = v.InferOutput<typeof rowSchema>

export type IssueOf = { projectId: number; issueId: string }

/** Newest first; `before` is the position that the last page ended with. */
export async function listActivity(
  sql: Queryable,
  { projectId, issueId }: IssueOf,
  { before, limit }: { before: number | null; limit: number }
): Promise<(ActivityItem & { position: number })[]> {
  const rows = await sql.rows(rowSchema)`
    select a.id, a.position, a.kind, a.at, a.edited_at, a.data, u.id as user_id, u.name, u.email from issue_activity a
      left join users u on u.id = a.user_id
    where a.project_id = ${projectId}
      and a.issue_id = ${issueId} ${before === null ? sql`` : sql`and a.position < ${before}`}
    order by a.position desc limit ${limit}`
  return rows.map(row => ({ position: row.position, ...itemOf(row) }))
}

const idRow = v.strictObject({ id: v.string() })

/** Null when the issue is gone. */
export async function addComment(
  sql: Sql,
  { projectId, issueId }: IssueOf,
  { userId, text }: { userId: string; text: string }
): Promise<ActivityItem | null> {
  const [made] = await sql.rows(idRow)`
    insert into issue_activity (project_id, issue_id, kind, user_id, data)
    select i.project_id, i.id, 'commented', ${userId}, ${sql.json({ text })}::jsonb from issues i
      where i.project_id = ${projectId} and i.id = ${issueId} for key share
    returning id`
  return made === undefined ? null : await readItem(sql, { projectId, issueId }, made.id)
}

export type CommentOf = IssueOf & { commentId: string; userId: string }

/** `missing`: there is no such comment. `forbidden`: somebody else wrote it. */
export type CommentRefusal = 'missing' | 'forbidden'

export async function editComment(sql: Sql, comment: CommentOf, text: string): Promise<ActivityItem | CommentRefusal> {
  const { projectId, issueId, commentId, userId } = comment
  const { count } = await sql`
    update issue_activity set data = ${sql.json({ text })}::jsonb, edited_at = clock_timestamp()
    where project_id = ${projectId} and issue_id = ${issueId} and id = ${commentId} and kind = 'commented'
      and user_id = ${userId}`
  return count === 0 ? await refusal(sql, comment) : ((await readItem(sql, comment, commentId)) ?? 'missing')
}

/** `anybodys`: the caller may delete comments of others. */
export async function deleteComment(
  sql: Sql,
  comment: CommentOf,
  { anybodys }: { anybodys: boolean }
): Promise<'deleted' | CommentRefusal> {
  const { projectId, issueId, commentId, userId } = comment
  const { count } = await sql`
    delete from issue_activity
    where project_id = ${projectId} and issue_id = ${issueId} and id = ${commentId}
      and kind = 'commented' ${anybodys ? sql`` : sql`and user_id = ${userId}`}`
  return count === 0 ? await refusal(sql, comment) : 'deleted'
}

async function refusal(sql: Queryable, { projectId, issueId, commentId }: CommentOf): Promise<CommentRefusal> {
  const { count } =
    await sql`select from issue_activity where project_id = ${projectId} and issue_id = ${issueId} and id = ${commentId}
      and kind = 'commented'`
  return count === 0 ? 'missing' : 'forbidden'
}

async function readItem(sql: Queryable, { projectId, issueId }: IssueOf, id: string): Promise<ActivityItem | null> {
  const [row] = await sql.rows(rowSchema)`
    select a.id, a.position, a.kind, a.at, a.edited_at, a.data, u.id as user_id, u.name, u.email from issue_activity a
      left join users u on u.id = a.user_id
    where a.project_id = ${projectId} and a.issue_id = ${issueId} and a.id = ${id}`
  return row === undefined ? null : itemOf(row)
}

function itemOf({ id, kind, at, edited_at: editedAt, data, user_id: userId, name, email }: Row): ActivityItem {
  return {
    id,
    kind,
    user: userId === null ? null : { id: userId, name: name ?? '', email: email ?? '' },
    at: at.toISOString(),
    edited_at: editedAt?.toISOString() ?? null,
    data
  }
}
