/**
 * A page of a project's issues in one of four orders. A position is a value of the sorted column, so pages stay stable
 * while issues come and change: an issue that moves up meanwhile is not shown twice. Each status is read by itself, as
 * the index is ordered.
 */
import * as v from 'valibot'
import type { Condition } from '../search/event-terms.ts'
import { shownColumns } from './conditions.ts'
import { prepareSearch, type IssueQuery } from './search.ts'
import type { Queryable, Sql } from '../database/sql.ts'

export const issueSorts = ['last_seen', 'first_seen', 'events', 'users'] as const
export type IssueSort = (typeof issueSorts)[number]

/** `value` is a number of events or users, or milliseconds since the epoch. */
export type IssuePosition = { value: number; id: string }

/** `isComplete` false: a filter was answered by the newest events, and older issues may be missing. */
export type IssuePage = { ids: string[]; next: IssuePosition | null; isComplete: boolean }

export type IssueListOptions = IssueQuery & { sort: IssueSort; after: IssuePosition | null; limit: number }

const rowSchema = v.strictObject({ id: v.string(), value: v.union([v.number(), v.date()]) })
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

export async function listIssueIds(sql: Sql, options: IssueListOptions): Promise<IssuePage> {
  const {
    scope: { projectId },
    sort,
    after,
    limit
  } = options
  const { statuses, ids, condition, isComplete } = await prepareSearch(sql, options)
  if (statuses.length === 0 || ids?.length === 0) return { ids: [], next: null, isComplete }
  const value = shownColumns(sql)[sort]
  const wanted = sql`i.project_id = ${projectId} and i.merged_into is null
    ${ids === null ? sql`` : sql`and i.id = any (${ids}::uuid[])`}
      and ${condition} ${after === null ? sql`` : sql`and ${isAfter(sql, sort, after)}`}`
  const rows = await sql.rows(rowSchema)`
    select page.id, page.value from unnest(${statuses}::text[]) as asked cross join lateral (
      select i.id, ${value} as value from issues i where i.status = asked and ${wanted}
        order by ${indexed[sort](sql)} ${value} desc, i.id desc limit ${limit + 1}
    ) page order by page.value desc, page.id desc limit ${limit + 1}`
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  return { ids: page.map(row => row.id), next: last === undefined ? null : positionOf(last), isComplete }
}

/** The indexes have the hour and the magnitudes: by these they skip what lies before the page. */
function isAfter(sql: Queryable, sort: IssueSort, { value, id }: IssuePosition): Condition {
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

function positionOf({ id, value }: Row): IssuePosition {
  return { id, value: value instanceof Date ? value.getTime() : value }
}
