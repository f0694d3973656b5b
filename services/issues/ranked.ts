/**
 * Orders the issues of a search by numbers that no index has: those of a range of time, an environment, a release.
 * Candidates come in the order of an index whose value is never less than the number; rollups tell a closer bound of
 * all, and the numbers themselves are worked out in the order of that, until enough issues have more than any other can
 * have. So the order is exact, except when the candidates or what is worked out would be too many: the result says so.
 */
import { priorityKey, rateDays } from '../../schema/priority.ts'
import type { Sql } from '../database/sql.ts'
import { isWhole, type CountedFilter, type IssueLife } from './counted-filter.ts'
import { rollupNumbers, type RollupNumbers } from './counted-rollups.ts'
import { numbersOf, type IssueNumbers } from './counted.ts'
import { trendRangeOf, type TrendRange } from './trend-range.ts'

export type RankedSort = 'last_seen' | 'first_seen' | 'events' | 'users' | 'trend' | 'priority'
export type Ranked = { id: string; value: number }

/** `wanted` issues after the position. */
export type RankOptions = {
  sort: RankedSort
  after: Ranked | null
  wanted: number
  filter: CountedFilter
  now: number
}

type Candidate = IssueLife & { level: string }

/** The next candidates in the order of an index, fewer than `size` when there are no more. `bound` is of its order. */
export type NextCandidates = (size: number) => Promise<(Candidate & { bound: number })[]>

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const chunk = { least: 100, growth: 4, most: 1_600 } as const
const candidatesMax = 6_000
const workedOutAtOnce = 50
const workedOutMax = 200

export async function rankIssues(
  sql: Sql,
  projectId: number,
  next: NextCandidates,
  options: RankOptions
): Promise<{ ranked: Ranked[]; isComplete: boolean }> {
  const { filter, now, wanted } = options
  const trend = trendRangeOf(filter.range, now)
  const exact = new Map<string, number>()
  const bounds: Bounded[] = []
  const hasTrends = options.sort === 'trend' && trend.unitMs >= hourMs
  const areRollupsExact = filter.releases.length === 0 && (options.sort === 'events' || hasTrends)
  for (let size: number = chunk.least; ; size = Math.min(chunk.most, size * chunk.growth)) {
    const found = await next(size)
    bounds.push(...(await boundedBy(sql, projectId, found, options, trend)))
    bounds.sort((a, b) => b.bound - a.bound || (a.issue.id < b.issue.id ? 1 : -1))
    const isAll = found.length < size || bounds.length >= candidatesMax
    const beyond = isAll ? -Infinity : (found.at(-1)?.bound ?? -Infinity)
    const { ranked, isComplete } = areRollupsExact
      ? {
          ranked: pageOf(
            bounds.map(({ issue, bound }) => ({ id: issue.id, value: bound })),
            options
          ),
          isComplete: true
        }
      : await workedOut(sql, projectId, bounds, exact, options, trend)
    if (isAll || !isComplete || (ranked.at(wanted - 1)?.value ?? -Infinity) >= beyond) {
      return { ranked, isComplete: isComplete && (found.length < size || bounds.length < candidatesMax) }
    }
  }
}

type Bounded = { issue: Candidate; bound: number }

/** Issues without any event under the filter are left out. */
async function boundedBy(
  sql: Sql,
  projectId: number,
  found: readonly Candidate[],
  { sort, filter }: RankOptions,
  trend: TrendRange
): Promise<Bounded[]> {
  const isTrend = sort === 'trend'
  const asked = found.filter(issue => isTrend || !isWhole(filter, issue))
  const numbers = await rollupNumbers(
    sql,
    projectId,
    filter,
    asked.map(({ id }) => id),
    trend
  )
  return found.flatMap(issue => {
    if (!isTrend && isWhole(filter, issue)) {
      return [{ issue, bound: valueOf(sort, issue, { ...issue, trend: [] }, filter) }]
    }
    const known = numbers.get(issue.id)
    return known === undefined ? [] : [{ issue, bound: boundOf(sort, issue, known, filter, trend) }]
  })
}

function boundOf(
  sort: RankedSort,
  issue: Candidate,
  known: RollupNumbers,
  filter: CountedFilter,
  { unitMs }: TrendRange
): number {
  const { releases } = filter
  const end = (hour: number): number => hour + (unitMs === dayMs ? dayMs : hourMs)
  switch (sort) {
    case 'events':
      return known.events
    case 'trend':
      return unitMs < hourMs || releases.length > 0 ? known.events : growthOf(known.trend)
    case 'users':
      return Math.min(issue.users, known.events)
    case 'last_seen':
      return Math.min(issue.lastSeen, end(known.lastHour))
    case 'first_seen':
      return Math.min(end(known.firstHour), issue.lastSeen)
    case 'priority': {
      const [users, lastSeen] = [Math.min(issue.users, known.events), Math.min(issue.lastSeen, end(known.lastHour))]
      return priorityKey({ events: known.events, users, lastSeen, level: issue.level }, rateDays(filter.range))
    }
  }
}

function valueOf(
  sort: RankedSort,
  { level }: Pick<Candidate, 'level'>,
  numbers: Pick<IssueNumbers, 'events' | 'users' | 'firstSeen' | 'lastSeen' | 'trend'>,
  { range }: CountedFilter
): number {
  switch (sort) {
    case 'events':
      return numbers.events
    case 'trend':
      return growthOf(numbers.trend)
    case 'users':
      return numbers.users
    case 'last_seen':
      return numbers.lastSeen
    case 'first_seen':
      return numbers.firstSeen
    case 'priority':
      return priorityKey({ ...numbers, level }, rateDays(range))
  }
}

/** Events in the second half of the range beyond those in the first. */
function growthOf(trend: readonly number[]): number {
  const half = trend.length / 2
  return trend.reduce((sum, count, index) => sum + (index < half ? -count : count), 0)
}

/** Works numbers out in the order of the bounds, until no other issue can come before the last one that is wanted. */
async function workedOut(
  sql: Sql,
  projectId: number,
  bounds: readonly Bounded[],
  exact: Map<string, number>,
  options: RankOptions,
  trend: TrendRange
): Promise<{ ranked: Ranked[]; isComplete: boolean }> {
  const { sort, filter, wanted } = options
  for (let start = 0; ; start += workedOutAtOnce) {
    const ranked = pageOf(
      [...exact].map(([id, value]) => ({ id, value })),
      options
    )
    const [best] = bounds.slice(start)
    if (best === undefined || (ranked.at(wanted - 1)?.value ?? -Infinity) >= best.bound) {
      return { ranked, isComplete: true }
    }
    if (start >= workedOutMax) return { ranked, isComplete: false }
    const missing = bounds.slice(start, start + workedOutAtOnce).filter(({ issue }) => !exact.has(issue.id))
    const issues = missing.map(({ issue }) => issue)
    const numbers = await numbersOf(sql, projectId, filter, issues, trend)
    for (const issue of issues) {
      const known = numbers.get(issue.id)
      if (known !== undefined && known.events > 0) exact.set(issue.id, valueOf(sort, issue, known, filter))
    }
  }
}

function pageOf(values: readonly Ranked[], { after, wanted }: RankOptions): Ranked[] {
  return values
    .filter(one => after === null || compare(after, one) < 0)
    .sort(compare)
    .slice(0, wanted)
}

/** The greatest value first, as lists have it. */
function compare(a: Ranked, b: Ranked): number {
  return b.value - a.value || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0)
}
