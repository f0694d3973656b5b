/**
 * The issues with most events in a range of time. No index is ordered by that, so issues are taken in the order of all their events, which are never
 * fewer than those in the range: once as many have been found as are wanted, and each has more than the next candidate has in all, there can be no better
 * ones. Merged issues are few and are counted first, each family as one.
 */
import type { IssueSummary } from '../schema/api/issue-summary.ts'
import { summariesOf } from './issue-summaries.ts'
import type { Queryable } from './sql.ts'
import type { Counted } from './stats-volume.ts'
import { issueHours, splitOf } from './summed-hours.ts'

export type TopIssue = IssueSummary & { count: number }

type Count = { id: string, count: number }
type Candidate = { id: string, total: number }

const candidatesMax = 1_000
const chunk = { least: 50, growth: 4 } as const
const mergedMax = 10_000

export async function topIssuesOf (sql: Queryable, projectId: number, counted: Counted, limit: number): Promise<TopIssue[]> {
  const families = await countFamilies(sql, projectId, counted)
  let best = bestOf(families.counts, limit)
  for await (const candidates of chunksOf(sql, projectId, counted, limit)) {
    if (best.length === limit && (best.at(-1)?.count ?? 0) >= (candidates[0]?.total ?? 0)) break
    const ids = candidates.map(({ id }) => id).filter(id => !families.members.has(id))
    best = bestOf([...best, ...await countIssues(sql, projectId, counted, ids)], limit)
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

/** Candidates in growing chunks: mostly the first is enough. */
async function * chunksOf (sql: Queryable, projectId: number, counted: Counted, limit: number): AsyncGenerator<Candidate[]> {
  let size = Math.max(chunk.least, limit * 2)
  for (let offset = 0; ; offset += candidatesMax) {
    const candidates = await candidatesOf(sql, projectId, counted, offset)
    for (let start = 0; start < candidates.length;) {
      yield candidates.slice(start, start + size)
      start += size
      size *= chunk.growth
    }
    if (candidates.length < candidatesMax) return
  }
}

/** By all their events, most first. `last_seen_hour` leaves out, by an index, what has not been seen since. */
async function candidatesOf (sql: Queryable, projectId: number, counted: Counted, offset: number): Promise<Candidate[]> {
  return await sql<Candidate[]>`
    select id, event_count as total from issues
    where project_id = ${projectId} and merged_into is null and status in ('unresolved', 'resolved', 'archived')
      and last_seen_hour >= ${new Date(counted.from)} and first_seen < ${new Date(counted.to)}
    order by event_count desc, id limit ${candidatesMax} offset ${offset}`
}

async function countIssues (sql: Queryable, projectId: number, counted: Counted, ids: readonly string[]): Promise<Count[]> {
  const split = await splitOf(sql, 'issue_days', counted)
  return await sql<Count[]>`
    select issue as id, hours.count from unnest(${ids}::uuid[]) as issue
    cross join lateral (select coalesce(sum(count), 0)::bigint as count from ${issueHours(sql, projectId, sql`issue_id = issue`, split)} h) hours`
}

/** Roots with the sums of all that were merged into them, and everyone who belongs to a family. */
async function countFamilies (sql: Queryable, projectId: number, counted: Counted): Promise<{ members: Set<string>, counts: Count[] }> {
  const merged = await sql<{ id: string, into: string }[]>`
    select id, merged_into as into from issues where project_id = ${projectId} and merged_into is not null limit ${mergedMax}`
  const parents = new Map(merged.map(({ id, into }) => [id, into]))
  const members = new Set(merged.flatMap(({ id, into }) => [id, into]))
  if (members.size === 0) return { members, counts: [] }

  const split = await splitOf(sql, 'issue_days', counted)
  const rows = await sql<Count[]>`
    select issue_id as id, sum(count)::bigint as count from ${issueHours(sql, projectId, sql`issue_id = any (${[...members]}::uuid[])`, split)} h group by issue_id`
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
