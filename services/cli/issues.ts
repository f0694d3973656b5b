/** Reads issues for the command line. Issues that were merged into another one are not listed. */
import * as v from 'valibot'
import { searched } from '../../events/search/parse.ts'
import { statuses, type Status } from '../../events/search/query.ts'
import { shownColumns, type IssueScope } from '../issues/conditions.ts'
import { listIssueIds } from '../issues/list.ts'
import type { Sql } from '../database/sql.ts'

export type IssueLine = {
  id: string
  shortId: string
  title: string
  culprit: string
  level: string
  status: string
  substatus: string
  eventCount: number
  userCount: number
  firstSeen: Date
  lastSeen: Date
}

const rowSchema = v.strictObject({
  id: v.string(),
  slug: v.string(),
  number: v.number(),
  title: v.string(),
  culprit: v.string(),
  level: v.string(),
  status: v.string(),
  substatus: v.string(),
  event_count: v.number(),
  user_count: v.number(),
  first_seen: v.date(),
  last_seen: v.date()
})

/** `status` null means any; with `ids` only these. */
export type IssueLinesOptions = {
  projectId: number
  status: string | null
  limit: number
  ids?: readonly string[] | null
}

/**
 * The issues that a search finds, of those seen in the last 90 days; `status` null means any. Throws a `SearchError`
 * for what cannot be asked.
 */
export async function searchedIssues(
  sql: Sql,
  { projectId, organizationId, slug }: Pick<IssueScope, 'projectId' | 'organizationId' | 'slug'>,
  { status, limit, query }: { status: Status | null; limit: number; query: string }
): Promise<IssueLine[]> {
  const now = Date.now()
  const { ids } = await listIssueIds(sql, {
    // Nobody is logged in here: `me` is nobody.
    scope: { projectId, organizationId, slug, callerId: nobody },
    search: searched(query, { subject: 'issues', now }),
    statuses: status === null ? statuses : [status],
    seen: { from: now - searchedDays * dayMs, to: null },
    now,
    sort: 'last_seen',
    filter: null,
    after: null,
    limit
  })
  return await listIssues(sql, { projectId, status: null, limit, ids })
}

const dayMs = 86_400_000
const searchedDays = 90
const nobody = '00000000-0000-0000-0000-000000000000'

/** The issues of a project, by when they were last seen, newest first; `status` null means any. */
export async function listIssues(
  sql: Sql,
  { projectId, status, limit, ids = null }: IssueLinesOptions
): Promise<IssueLine[]> {
  const shown = shownColumns(sql)
  const rows = await sql.rows(rowSchema)`
    select i.id, p.slug, i.number, ${shown.title} as title, ${shown.culprit} as culprit, i.level, i.status, i.substatus,
      ${shown.events} as event_count, ${shown.users} as user_count, ${shown.first_seen} as first_seen,
      ${shown.last_seen} as last_seen
    from issues i join projects p on p.id = i.project_id
    where i.project_id = ${projectId}
      and i.merged_into is null ${ids === null ? sql`` : sql`and i.id = any (${ids}::uuid[])`}
      ${status === null ? sql`` : sql`and i.status = ${status}`}
    order by ${shown.last_seen} desc, i.id desc limit ${limit}`
  return rows.map(row => ({
    id: row.id,
    shortId: `${row.slug.toUpperCase()}-${row.number}`,
    title: row.title,
    culprit: row.culprit,
    level: row.level,
    status: row.status,
    substatus: row.substatus,
    eventCount: row.event_count,
    userCount: row.user_count,
    firstSeen: row.first_seen,
    lastSeen: row.last_seen
  }))
}
