/** Summaries of issues by id, for alerts, events and rankings that name issues. */
import * as v from 'valibot'
import type { IssueSummary } from '../../schema/api/issue-summary.ts'
import { shownColumns } from './conditions.ts'
import type { Queryable } from '../database/sql.ts'

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

/** Ids that do not exist in the project are missing. */
export async function summariesOf(
  sql: Queryable,
  projectId: number,
  ids: readonly string[]
): Promise<Map<string, IssueSummary>> {
  if (ids.length === 0) return new Map()
  const shown = shownColumns(sql)
  const rows = await sql.rows(rowSchema)`
    select i.id, p.slug, i.number, ${shown.title} as title, ${shown.culprit} as culprit, i.level, i.status, i.substatus,
      ${shown.events} as event_count, ${shown.users} as user_count, ${shown.first_seen} as first_seen,
        ${shown.last_seen} as last_seen
    from issues i join projects p on p.id = i.project_id where i.project_id = ${projectId} and i.id = any (${ids})`
  return new Map(
    rows.map(({ slug, number, ...row }) => [
      row.id,
      {
        ...row,
        short_id: `${slug.toUpperCase()}-${number}`,
        first_seen: row.first_seen.toISOString(),
        last_seen: row.last_seen.toISOString()
      }
    ])
  )
}
