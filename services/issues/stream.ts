/** Issues as the live stream tells them, read when they have changed: what is shown is what is stored. */
import { shownColumns } from './conditions.ts'
import type { Sql } from '../database/sql.ts'

export type StreamIssueRow = {
  id: string
  short_id: string
  title: string
  culprit: string
  level: string
  status: string
  substatus: string
  event_count: number
  user_count: number
  first_seen: string
  last_seen: string
  assignee: { id: string; name: string; email: string } | null
}

type Row = Omit<StreamIssueRow, 'short_id' | 'assignee' | 'event_count' | 'user_count' | 'first_seen' | 'last_seen'> & {
  slug: string
  number: string
  event_count: string
  user_count: string
  first_seen: Date
  last_seen: Date
  assignee_id: string | null
  assignee_name: string | null
  assignee_email: string | null
}

/** Those of these issues that exist in the project. */
export async function readStreamIssues(
  sql: Sql,
  projectId: number,
  issueIds: readonly string[]
): Promise<StreamIssueRow[]> {
  const shown = shownColumns(sql)
  const rows = await sql<Row[]>`
    select i.id, p.slug, i.number, i.title, i.culprit, i.level, i.status, i.substatus,
      ${shown.events} as event_count, ${shown.users} as user_count, ${shown.first_seen} as first_seen, ${shown.last_seen} as last_seen,
      u.id as assignee_id, u.name as assignee_name, u.email as assignee_email
    from issues i join projects p on p.id = i.project_id left join users u on u.id = i.assignee_id
    where i.project_id = ${projectId} and i.id = any (${issueIds}::uuid[])`
  return rows.map(({ slug, number, assignee_id: assigneeId, assignee_name: name, assignee_email: email, ...row }) => ({
    ...row,
    short_id: `${slug.toUpperCase()}-${number}`,
    event_count: Number(row.event_count),
    user_count: Number(row.user_count),
    first_seen: row.first_seen.toISOString(),
    last_seen: row.last_seen.toISOString(),
    assignee: assigneeId === null ? null : { id: assigneeId, name: name ?? '', email: email ?? '' }
  }))
}

export async function countUnresolved(sql: Sql, projectId: number): Promise<number> {
  const [row] = await sql<{ count: string }[]>`
    select count(*) as count from issues where project_id = ${projectId} and status = 'unresolved' and merged_into is null`
  return Number(row?.count ?? 0)
}
