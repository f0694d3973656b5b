/**
 * The issues with most events in a range of time. No index has that order, so issues are read in the order of their
 * total number of events, which is never less than the number in the range. The search ends when enough issues were
 * found and each has more events in the range than the next candidate has in total. Merged issues are few and are
 * counted first, each family as one.
 */
import * as v from 'valibot'
import type { IssueSummary } from '../../schema/api/issue-summary.ts'
import { shownColumns } from '../issues/conditions.ts'
import { summariesOf } from '../issues/summaries.ts'
import type { Queryable } from '../database/sql.ts'
import { countedIssueHours } from '../counts/counted-hours.ts'
import type { ExactRange } from '../counts/exact-range.ts'
import { splitOf } from '../rollups/summed-hours.ts'

/** Empty `environments` ask for all. */
export type CountedRange = { range: ExactRange; environments: readonly string[] }

export type TopIssue = IssueSummary & { count: number }

const countRow = v.strictObject({ id: v.string(), count: v.number() })
type Count = v.InferOutput<typeof countRow>
const candidateRow = v.strictObject({ id: v.string(), total: v.number() })
type Candidate = v.InferOutput<typeof candidateRow>

/** For a range in which hardly any issue had events, all issues must be counted; growing chunks keep the rounds few. */
const chunk = { least: 50, growth: 4, most: 12_800 } as const
const mergedMax = 10_000
const hourMs = 3_600_000

export async function topIssuesOf(
  sql: Queryable,
  projectId: number,
  counted: CountedRange,
  limit: number
): Promise<TopIssue[]> {
  const families = await countFamilies(sql, projectId, counted)
  let best = bestOf(families.counts, limit)
  let after: Candidate | undefined
  for (let size = Math.max(chunk.least, limit * 2); ; size = Math.min(size * chunk.growth, chunk.most)) {
    const toBeat = best.length === limit ? (best.at(-1)?.count ?? 0) : 0
    const candidates = await candidatesOf(sql, projectId, counted, { after, toBeat }, size)
    const ids = candidates.map(({ id }) => id).filter(id => !families.members.has(id))
    best = bestOf([...best, ...(await countIssues(sql, projectId, counted, ids))], limit)
    if (candidates.length < size) break
    after = candidates.at(-1)
  }
  const summaries = await summariesOf(
    sql,
    projectId,
    best.map(({ id }) => id)
  )
  return best.flatMap(({ id, count }) => {
    const summary = summaries.get(id)
    return summary === undefined ? [] : [{ ...summary, count }]
  })
}

function bestOf(counts: readonly Count[], limit: number): Count[] {
  return counts
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count || (a.id < b.id ? -1 : 1))
    .slice(0, limit)
}

/**
 * The issues with more events in total than `toBeat`, merged ones included, most first. Each status is read by itself,
 * in the order of the index of magnitudes.
 */
async function candidatesOf(
  sql: Queryable,
  projectId: number,
  { range }: CountedRange,
  { after, toBeat }: { after: Candidate | undefined; toBeat: number },
  size: number
): Promise<Candidate[]> {
  const total = shownColumns(sql).events
  return await sql.rows(candidateRow)`
    select page.id, page.total from unnest(array['unresolved', 'resolved', 'archived']) as asked cross join lateral (
      select i.id, ${total} as total from issues i
      where i.project_id = ${projectId} and i.merged_into is null and i.status = asked
        and i.last_seen_hour >= ${new Date(Math.floor(range.from / hourMs) * hourMs)}
        and i.first_seen < ${new Date(Math.max(range.to, range.whole.to))}
        and i.event_magnitude >= magnitude(${toBeat}::bigint) and ${total} > ${toBeat}
        ${
          after === undefined
            ? sql``
            : sql`and i.event_magnitude <= magnitude(${after.total}::bigint)
          and (${total}, i.id) < (${after.total}, ${after.id}::uuid)`
        }
      order by i.event_magnitude desc, ${total} desc, i.id desc limit ${size}
    ) page order by page.total desc, page.id desc limit ${size}`
}

async function countIssues(
  sql: Queryable,
  projectId: number,
  { range, environments }: CountedRange,
  ids: readonly string[]
): Promise<Count[]> {
  const split = await splitOf(sql, 'issue_days', range.whole)
  return await sql.rows(countRow)`
    select issue as id, hours.count from unnest(${ids}::uuid[]) as issue
    cross join lateral (select coalesce(sum(count), 0)::bigint as count
      from ${countedIssueHours(sql, projectId, sql`issue_id = issue`, range, split)} h
        ${inEnvironments(sql, environments)}) hours`
}

function inEnvironments(sql: Queryable, environments: readonly string[]) {
  return environments.length === 0 ? sql`` : sql`where environment = any (${environments})`
}

const mergedRow = v.strictObject({ id: v.string(), into: v.string() })

const idRow = v.strictObject({ id: v.string() })

/** The roots with the sums of their families, and the ids of all members of families. */
async function countFamilies(
  sql: Queryable,
  projectId: number,
  { range, environments }: CountedRange
): Promise<{ members: Set<string>; counts: Count[] }> {
  const merged = await sql.rows(mergedRow)`
    select id, merged_into as into from issues where project_id = ${projectId} and merged_into is not null
      limit ${mergedMax}`
  const roots = new Map(merged.map(({ id, into }) => [id, into]))
  const members = new Set(merged.flatMap(({ id, into }) => [id, into]))
  if (members.size === 0) return { members, counts: [] }

  const split = await splitOf(sql, 'issue_days', range.whole)
  const rows = await sql.rows(countRow)`
    select issue_id as id, sum(count)::bigint as count
      from ${countedIssueHours(sql, projectId, sql`issue_id = any (${[...members]}::uuid[])`, range, split)} h
      ${inEnvironments(sql, environments)} group by issue_id`
  const sums = new Map<string, number>()
  for (const { id, count } of rows) {
    const root = roots.get(id) ?? id
    sums.set(root, (sums.get(root) ?? 0) + count)
  }
  const shown = await sql.rows(idRow)`
    select id from issues where project_id = ${projectId} and id = any (${[...sums.keys()]}) and merged_into is null
      and status <> 'discarded'`
  return { members, counts: shown.map(({ id }) => ({ id, count: sums.get(id) ?? 0 })) }
}
