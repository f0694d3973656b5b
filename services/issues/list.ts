/**
 * A page of a project's issues in one of six orders. A position is a value of the sorted number, so pages stay stable
 * while issues come and change: an issue that moves up meanwhile is not shown twice. Where the numbers are those of an
 * issue's whole life, an index has the order, and each status is read by itself, as the index is ordered; else the
 * issues are ranked (ranked.ts).
 */
import * as v from 'valibot'
import { halfLifeMs, levelWeights, rateDays } from '../../schema/priority.ts'
import type { Condition } from '../search/compiled.ts'
import { shownColumns } from './conditions.ts'
import type { CountedFilter } from './counted-filter.ts'
import { rankIssues, type NextCandidates } from './ranked.ts'
import { prepareSearch, type IssueQuery, type PreparedSearch } from './search.ts'
import type { Queryable, Sql } from '../database/sql.ts'

export const issueSorts = ['last_seen', 'first_seen', 'events', 'users', 'trend', 'priority'] as const
export type IssueSort = (typeof issueSorts)[number]
type IndexedSort = Exclude<IssueSort, 'trend' | 'priority'>
/** What the statement can order by. */
type RowSort = IndexedSort | { rateDays: number }

/** `value` is a number of events or users, milliseconds since the epoch, or the logarithm of a priority. */
export type IssuePosition = { value: number; id: string }

/**
 * `isComplete` false: a filter was answered by the newest events, and older issues may be missing. `isOrdered` false:
 * there are too many issues for an exact order.
 */
export type IssuePage = {
  ids: string[]
  /** Where each of them stands in the order. */
  positions: IssuePosition[]
  next: IssuePosition | null
  isComplete: boolean
  isOrdered: boolean
}

/** `filter` null sorts by the numbers of whole lives. */
export type IssueListOptions = IssueQuery & {
  filter: CountedFilter | null
  sort: IssueSort
  after: IssuePosition | null
  limit: number
}

const rowSchema = v.strictObject({
  id: v.string(),
  value: v.union([v.number(), v.date()]),
  events: v.number(),
  users: v.number(),
  level: v.string(),
  first_seen: v.date(),
  last_seen: v.date()
})
type Row = v.InferOutput<typeof rowSchema>

/**
 * The column that the index of each order has. It is coarser than the order itself, so that an event hardly ever
 * changes it. Ties are sorted by the shown value.
 */
const indexed = {
  last_seen: (sql: Queryable): Condition => sql`i.last_seen_hour desc,`,
  first_seen: (sql: Queryable): Condition => sql``,
  events: (sql: Queryable): Condition => sql`i.event_magnitude desc,`,
  users: (sql: Queryable): Condition => sql`i.user_magnitude desc,`
} as const

/** The index whose value is never less than the number that is sorted by. */
const boundBy = {
  last_seen: 'last_seen',
  first_seen: 'last_seen',
  events: 'events',
  users: 'users',
  trend: 'events'
} as const satisfies Record<Exclude<IssueSort, 'priority'>, IndexedSort>

/** No index has the order of priorities: each reading looks at all issues, so it is of several chunks. */
const priorityRowsAtOnce = 2_000

export async function listIssueIds(sql: Sql, options: IssueListOptions): Promise<IssuePage> {
  const prepared = await prepareSearch(sql, options)
  const { statuses, ids, isComplete } = prepared
  if (statuses.length === 0 || ids?.length === 0) {
    return { ids: [], positions: [], next: null, isComplete, isOrdered: true }
  }
  const { filter } = options
  const { page, isOrdered } = await (filter === null || isByIndex(options.sort, filter)
    ? indexedPage(sql, options, prepared)
    : rankedPage(sql, options, filter, prepared))
  const shown = page.slice(0, options.limit)
  const last = page.length > options.limit ? shown.at(-1) : undefined
  return { ids: shown.map(({ id }) => id), positions: shown, next: last ?? null, isComplete, isOrdered }
}

/** Of all events up to now, the last one is the last of the issue's life. */
function isByIndex(sort: IssueSort, { isOpen, environments, releases }: CountedFilter): boolean {
  return sort === 'last_seen' && isOpen && environments.length === 0 && releases.length === 0
}

type Page = { page: IssuePosition[]; isOrdered: boolean }

async function indexedPage(sql: Sql, options: IssueListOptions, prepared: PreparedSearch): Promise<Page> {
  const { limit, after, sort } = options
  const order = sort === 'priority' ? 'last_seen' : sort === 'trend' ? boundBy.trend : sort
  const rows = await issuesByIndex(sql, options, prepared, { sort: order, after, size: limit + 1 })
  return { page: rows.map(positionOf), isOrdered: true }
}

async function rankedPage(
  sql: Sql,
  options: IssueListOptions,
  filter: CountedFilter,
  prepared: PreparedSearch
): Promise<Page> {
  const { scope, sort, after, limit, now } = options
  // The priority that the numbers of its whole life would give is never less than an issue's own.
  const order: RowSort = sort === 'priority' ? { rateDays: rateDays(filter.range) } : boundBy[sort]
  const atOnce = sort === 'priority' ? priorityRowsAtOnce : 0
  const waiting: Row[] = []
  let position: IssuePosition | null = null
  let isEnd = false
  const next: NextCandidates = async wanted => {
    if (waiting.length < wanted && !isEnd) {
      const size = Math.max(atOnce, wanted - waiting.length)
      const rows = await issuesByIndex(sql, options, prepared, { sort: order, after: position, size })
      const last = rows.at(-1)
      if (last !== undefined) position = positionOf(last)
      isEnd = rows.length < size
      waiting.push(...rows)
    }
    return waiting.splice(0, wanted).map(row => ({
      id: row.id,
      bound: positionOf(row).value,
      events: row.events,
      users: row.users,
      level: row.level,
      firstSeen: row.first_seen.getTime(),
      lastSeen: row.last_seen.getTime()
    }))
  }
  const wanted = limit + 1
  const { ranked, isComplete } = await rankIssues(sql, scope.projectId, next, { sort, after, wanted, filter, now })
  return { page: ranked, isOrdered: isComplete }
}

async function issuesByIndex(
  sql: Sql,
  { scope: { projectId } }: IssueListOptions,
  { statuses, ids, condition }: PreparedSearch,
  { sort, after, size }: { sort: RowSort; after: IssuePosition | null; size: number }
): Promise<Row[]> {
  const shown = shownColumns(sql)
  const value = typeof sort === 'string' ? shown[sort] : lifePriority(sql, sort.rateDays)
  const first = typeof sort === 'string' ? indexed[sort](sql) : sql``
  const wanted = sql`i.project_id = ${projectId} and i.merged_into is null
    ${ids === null ? sql`` : sql`and i.id = any (${ids}::uuid[])`}
      and ${condition} ${after === null ? sql`` : sql`and ${isAfter(sql, sort, after)}`}`
  return await sql.rows(rowSchema)`
    select page.* from unnest(${statuses}::text[]) as asked cross join lateral (
      select i.id, ${value} as value, ${shown.events} as events, ${shown.users} as users,
        i.level, ${shown.first_seen} as first_seen, ${shown.last_seen} as last_seen
      from issues i where i.status = asked and ${wanted}
        order by ${first} ${value} desc, i.id desc limit ${size}
    ) page order by page.value desc, page.id desc limit ${size}`
}

/** The indexes have the hour and the magnitudes: by these they skip what lies before the page. */
function isAfter(sql: Queryable, sort: RowSort, { value, id }: IssuePosition): Condition {
  if (typeof sort !== 'string') {
    return sql`(${lifePriority(sql, sort.rateDays)}, i.id) < (${value}::float8, ${id}::uuid)`
  }
  const column = shownColumns(sql)[sort]
  switch (sort) {
    case 'events':
      return sql`i.event_magnitude <= magnitude(${value}::bigint) and (${column}, i.id) < (${value}, ${id}::uuid)`
    case 'users':
      return sql`i.user_magnitude <= magnitude(${value}::bigint) and (${column}, i.id) < (${value}, ${id}::uuid)`
    case 'first_seen':
      return sql`(${column}, i.id) < (${new Date(value)}, ${id}::uuid)`
    case 'last_seen':
      return sql`i.last_seen_hour <= ${new Date(value)} and (${column}, i.id) < (${new Date(value)}, ${id}::uuid)`
  }
}

/** The same as `priorityKey`, of the numbers of whole lives. */
function lifePriority(sql: Queryable, days: number): Condition {
  const { events, users, last_seen: lastSeen } = shownColumns(sql)
  const { fatal, error, warning, info, debug } = levelWeights
  const log2 = (of: Condition): Condition => sql`ln(${of}) / ln(2::float8)`
  const rate = sql`1 + ${log2(sql`1 + ${events} / ${days}::float8`)}`
  const people = sql`1 + ${log2(sql`1 + ${users}::float8`)}`
  const level = sql`case i.level when 'fatal' then ${fatal}::float8 when 'error' then ${error}::float8
    when 'warning' then ${warning}::float8 when 'info' then ${info}::float8 else ${debug}::float8 end`
  const product = sql`(${rate}) * (${people}) * (${level})`
  return sql`(${log2(product)} + date_part('epoch', ${lastSeen}) * 1000 / ${halfLifeMs}::float8)`
}

function positionOf({ id, value }: Pick<Row, 'id' | 'value'>): IssuePosition {
  return { id, value: value instanceof Date ? value.getTime() : value }
}
