/**
 * Issues that are probably the same bug as another: bounded candidates (those that share words of the title, by the
 * index, and those that were seen last) are compared by what they are grouped by.
 */
import * as v from 'valibot'
import { similarity, wordsOf, type Similarity } from '../../events/grouping/similarity.ts'
import { statuses } from '../../events/search/query.ts'
import type { Queryable } from '../database/sql.ts'
import { wordsOfIssue } from '../search/issue-words.ts'
import { projectLexeme, quoted } from '../search/lexemes.ts'

/** Of each kind. */
const candidatesMax = 300
/** The longest words of a title tell most. */
const wordsAsked = 8
const least = 0.45
const shown = statuses.filter(status => status !== 'discarded')

const comparedRow = v.strictObject({ id: v.string(), title: v.string(), components: v.unknown() })

export type Similar = { id: string } & Similarity

/** The most similar first. */
export async function similarIssues(
  sql: Queryable,
  { projectId, issueId, limit }: { projectId: number; issueId: string; limit: number }
): Promise<Similar[]> {
  const [own] = await sql.rows(comparedRow)`
    select i.id, i.title, g.components from issues i
      left join issue_groupings g on g.project_id = i.project_id and g.issue_id = i.id
    where i.project_id = ${projectId} and i.id = ${issueId}`
  if (own === undefined) return []
  const words = [...wordsOf(own.title)].sort((a, b) => b.length - a.length).slice(0, wordsAsked)
  const asked = [
    quoted(projectLexeme(projectId)),
    ...(words.length === 0 ? [] : [`(${words.map(quoted).join(' | ')})`])
  ].join(' & ')
  const rows = await sql.rows(comparedRow)`
    select i.id, i.title, g.components from (
      (select i.id from issues i where ${wordsOfIssue(sql)} @@ lower(${asked})::tsquery and i.project_id = ${projectId}
        limit ${candidatesMax})
      union
      select lately.id from unnest(${shown}::text[]) as s (status) cross join lateral (
        select id from issues where project_id = ${projectId} and status = s.status and merged_into is null
          order by last_seen_hour desc limit ${candidatesMax}) lately
    ) c join issues i on i.id = c.id and i.project_id = ${projectId} and i.merged_into is null and i.id <> ${issueId}
        and i.status = any (${shown})
      left join issue_groupings g on g.project_id = i.project_id and g.issue_id = i.id`
  return rows
    .map(({ id, ...row }) => ({ id, ...similarity(comparedOf(own), comparedOf(row)) }))
    .filter(({ score }) => score >= least)
    .sort((a, b) => b.score - a.score || (a.id < b.id ? 1 : -1))
    .slice(0, limit)
}

function comparedOf({ title, components }: { title: string; components: unknown }) {
  return { title, components: Array.isArray(components) ? components.map(String) : [] }
}
