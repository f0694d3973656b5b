/**
 * Merged issues count as one: the issue at the end of the chain, its root, with all that lead to it. Rows of events
 * keep the issue they came with.
 */
import type { Queryable } from '../database/sql.ts'

/** Longer chains are taken for a mistake; where one is cut, its issues have no root. */
const depthMax = 100
/** Issues of one root that reads of its events look at. */
const familyMax = 1_000

export type Root = { rootId: string; /** Of the issue itself, not of its root. */ title: string }

/** The roots of these issues; those that do not exist in the project are missing. */
export async function rootsOf(
  sql: Queryable,
  projectId: number,
  issueIds: readonly string[]
): Promise<Map<string, Root>> {
  if (issueIds.length === 0) return new Map()
  const rows = await sql<{ own: string; root: string; title: string }[]>`
    with recursive chain as (
      select i.id as own, i.title, i.id, i.merged_into, 0 as depth from issues i where i.project_id = ${projectId} and i.id = any (${[...new Set(issueIds)]})
      union all
      select c.own, c.title, i.id, i.merged_into, c.depth + 1 from chain c join issues i on i.project_id = ${projectId} and i.id = c.merged_into
      where c.depth < ${depthMax}
    )
    select own, id as root, title from chain where merged_into is null`
  return new Map(rows.map(({ own, root, title }) => [own, { rootId: root, title }]))
}

/** The root itself and the issues that were merged into it, directly or not. */
export async function familyOf(sql: Queryable, projectId: number, rootId: string): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    with recursive family as (
      select ${rootId}::uuid as id, 0 as depth
      union all
      select i.id, f.depth + 1 from family f join issues i on i.project_id = ${projectId} and i.merged_into = f.id
      where f.depth < ${depthMax}
    )
    select id from family limit ${familyMax}`
  return rows.map(row => row.id)
}
