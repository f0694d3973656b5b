/**
 * Merged issues count as one: the root with all that were merged into it, its family. A merged issue leads to its root
 * directly: merging moves whole families (services/issues/merges.ts), and a trigger refuses every chain
 * (schema/migrations/0016_merges.sql). So `merged_into` is the root, and one look-up finds a root or a family. Rows of
 * events keep the issue they came with.
 */
import * as v from 'valibot'
import type { Queryable } from '../database/sql.ts'
import { shownTitles } from './issue-titles.ts'

/** Most issues of a family, the root included. */
export const familyMax = 1_000

/** Title and culprit are of the issue itself, not of its root. */
export type Root = { rootId: string; title: string; culprit: string }

const rootRow = v.strictObject({ id: v.string(), root_id: v.string(), title: v.string(), culprit: v.string() })

/** The roots of these issues; ids that the project does not have are missing. */
export async function rootsOf(
  sql: Queryable,
  projectId: number,
  issueIds: readonly string[]
): Promise<Map<string, Root>> {
  if (issueIds.length === 0) return new Map()
  const shown = shownTitles(sql)
  const rows = await sql.rows(rootRow)`
    select id, coalesce(merged_into, id) as root_id, ${shown.title} as title, ${shown.culprit} as culprit from issues i
    where project_id = ${projectId} and id = any (${[...new Set(issueIds)]})`
  return new Map(rows.map(({ id, root_id: rootId, title, culprit }) => [id, { rootId, title, culprit }]))
}

const mergedRow = v.strictObject({ id: v.string(), merged_into: v.string() })

/** These issues, each merged one replaced by its root, without duplicates. Unknown ids stay. */
export async function rootsAmong(sql: Queryable, projectId: number, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return []
  const merged = await sql.rows(mergedRow)`
    select id, merged_into from issues where project_id = ${projectId} and merged_into is not null
      and id = any (${ids})`
  const roots = new Map(merged.map(({ id, merged_into: rootId }) => [id, rootId]))
  return [...new Set(ids.map(id => roots.get(id) ?? id))]
}

const idRow = v.strictObject({ id: v.string() })

/** The root itself, first, and the issues that were merged into it. */
export async function familyOf(sql: Queryable, projectId: number, rootId: string): Promise<string[]> {
  const rows = await sql.rows(idRow)`
    select id from issues where project_id = ${projectId} and merged_into = ${rootId} limit ${familyMax - 1}`
  return [rootId, ...rows.map(row => row.id)]
}
