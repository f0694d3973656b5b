/**
 * The issues with most events in a range of time. No index is ordered by that, so issues are taken in the order of all their events, which are never
 * fewer than those in the range: once as many have been found as are wanted, and each has more than the next candidate has in all, there can be no better
 * ones. Merged issues are few and are counted first, each family as one.
 */
import type { IssueSummary } from '../schema/api/issue-summary.ts'
import { summariesOf } from './issue-summaries.ts'
import type { Queryable } from './sql.ts'
import { inHours, type Counted } from './stats-volume.ts'

export type TopIssue = IssueSummary & { count: number }

type Count = { id: string, count: number }

const candidatesAtOnce = 500
const mergedMax = 10_000

export async function topIssuesOf (sql: Queryable, projectId: number, counted: Counted, limit: number): Promise<TopIssue[]> {
  const families = await countFamilies(sql, projectId, counted)
  let best = bestOf(families.counts, limit)
  for (let offset = 0; ; offset += candidatesAtOnce) {
    const candidates = await countCandidates(sql, projectId, counted, offset)
    best = bestOf([...best, ...candidates.filter(({ id }) => !families.members.has(id))], limit)
    const next = candidates.at(-1)
    if (next === undefined || candidates.length < candidatesAtOnce) break
    if (best.length === limit && (best.at(-1)?.count ?? 0) >= next.total) break
  }
  const summaries = await summariesOf(sql, projectId, best.map(({ id }) => id))
  return best.flatMap(({ id, count }) => {
    const summary = summaries.get(id)
    return summary === undefined ? [] : [{ ...summary, count }]
  })
}

function bestOf (counts: readonly Count[], limit: number): Count[] {
  return counts.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count || (a.id < b.id ? -1 : 1)).slice(0, limit)
}

/** `last_seen_hour` leaves out, by an index, what has not been seen since. */
async function countCandidates (sql: Queryable, projectId: number, counted: Counted, offset: number): Promise<(Count & { total: number })[]> {
  return await sql<(Count & { total: number })[]>`
    with candidates as materialized (
      select id, event_count as total from issues
      where project_id = ${projectId} and merged_into is null and status in ('unresolved', 'resolved', 'archived')
        and last_seen_hour >= ${new Date(counted.from)} and first_seen < ${new Date(counted.to)}
      order by event_count desc, id limit ${candidatesAtOnce} offset ${offset}
    )
    select c.id, c.total, hours.count from candidates c
    cross join lateral (select coalesce(sum(count), 0)::bigint as count from issue_hours where issue_id = c.id and ${inHours(sql, projectId, counted)}) hours
    order by c.total desc, c.id`
}

/** Roots with the sums of all that were merged into them, and everyone who belongs to a family. */
async function countFamilies (sql: Queryable, projectId: number, counted: Counted): Promise<{ members: Set<string>, counts: Count[] }> {
  const merged = await sql<{ id: string, into: string }[]>`
    select id, merged_into as into from issues where project_id = ${projectId} and merged_into is not null limit ${mergedMax}`
  const parents = new Map(merged.map(({ id, into }) => [id, into]))
  const members = new Set(merged.flatMap(({ id, into }) => [id, into]))
  if (members.size === 0) return { members, counts: [] }

  const rows = await sql<Count[]>`
    select issue_id as id, sum(count)::bigint as count from issue_hours
    where ${inHours(sql, projectId, counted)} and issue_id = any (${[...members]}) group by issue_id`
  const sums = new Map<string, number>()
  for (const { id, count } of rows) {
    const root = rootOf(id, parents)
    sums.set(root, (sums.get(root) ?? 0) + count)
  }
  const shown = await sql<{ id: string }[]>`
    select id from issues where project_id = ${projectId} and id = any (${[...sums.keys()]}) and merged_into is null and status <> 'discarded'`
  return { members, counts: shown.map(({ id }) => ({ id, count: sums.get(id) ?? 0 })) }
}

function rootOf (id: string, parents: ReadonlyMap<string, string>): string {
  let root = id
  for (let depth = 0; depth < 100; depth++) {
    const parent = parents.get(root)
    if (parent === undefined) break
    root = parent
  }
  return root
}
