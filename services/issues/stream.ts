/** Issues as the live stream sends them, read after they have changed, so that dashboards show what is stored. */
import * as v from 'valibot'
import type { StreamIssue } from '../../schema/stream.ts'
import { shownColumns } from './conditions.ts'
import type { Sql } from '../database/sql.ts'

const rowSchema = v.strictObject({
  id: v.string(),
  title: v.string(),
  culprit: v.string(),
  level: v.string(),
  status: v.string(),
  substatus: v.string(),
  slug: v.string(),
  number: v.number(),
  event_count: v.number(),
  user_count: v.number(),
  first_seen: v.date(),
  last_seen: v.date(),
  assignee_id: v.nullable(v.string()),
  assignee_name: v.nullable(v.string()),
  assignee_email: v.nullable(v.string())
})

/** The issues among `ids` that exist in the project. */
export async function readStreamIssues(
  sql: Sql,
  projectId: number,
  issueIds: readonly string[]
): Promise<StreamIssue[]> {
  const shown = shownColumns(sql)
  const rows = await sql.rows(rowSchema)`
    select i.id, p.slug, i.number, ${shown.title} as title, ${shown.culprit} as culprit, i.level, i.status, i.substatus,
      ${shown.events} as event_count, ${shown.users} as user_count,
      ${shown.first_seen} as first_seen, ${shown.last_seen} as last_seen,
      u.id as assignee_id, u.name as assignee_name, u.email as assignee_email
    from issues i join projects p on p.id = i.project_id left join users u on u.id = i.assignee_id
    where i.project_id = ${projectId} and i.id = any (${issueIds}::uuid[])`
  return rows.map(({ slug, number, assignee_id: assigneeId, assignee_name: name, assignee_email: email, ...row }) => ({
    ...row,
    short_id: `${slug.toUpperCase()}-${number}`,
    first_seen: row.first_seen.toISOString(),
    last_seen: row.last_seen.toISOString(),
    assignee: assigneeId === null ? null : { id: assigneeId, name: name ?? '', email: email ?? '' }
  }))
}

const countRow = v.strictObject({ count: v.number() })

export async function countUnresolved(sql: Sql, projectId: number): Promise<number> {
  const [row] = await sql.rows(countRow)`
    select count(*) as count from issues
    where project_id = ${projectId} and status = 'unresolved' and merged_into is null`
  return row?.count ?? 0
}
