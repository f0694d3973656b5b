/** Issues in short, by id, for what names them. */
import type { IssueSummary } from '../../schema/api/issue-summary.ts'
import { shownColumns } from './conditions.ts'
import type { Queryable } from '../database/sql.ts'

type Row = {
  id: string
  slug: string
  number: number
  title: string
  culprit: string
  level: string
  status: string
  substatus: string
  event_count: number
  user_count: number
  first_seen: Date
  last_seen: Date
}

/** Those that do not exist in the project are missing. */
export async function summariesOf(
  sql: Queryable,
  projectId: number,
  ids: readonly string[]
): Promise<Map<string, IssueSummary>> {
  if (ids.length === 0) return new Map()
  const shown = shownColumns(sql)
  const rows = await sql<Row[]>`
    select i.id, p.slug, i.number, i.title, i.culprit, i.level, i.status, i.substatus,
      ${shown.events} as event_count, ${shown.users} as user_count, ${shown.first_seen} as first_seen, ${shown.last_seen} as last_seen
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
