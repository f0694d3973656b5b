/**
 * The two ways to find events, each reading a bounded number of rows: along the timeline, newest first, and through the
 * index of words. Both look at one window of time; what the index finds is checked again on the rows.
 */
import * as v from 'valibot'
import { messageCharsInLists } from '../../schema/api/events.ts'
import { eventNodeOf } from '../../events/search/nodes.ts'
import type { Condition } from './compiled.ts'
import { isOneOf } from './event-ids.ts'
import { searchOf, whereOf, type EventFilter } from './query.ts'
import { resolved } from './resolved.ts'
import { eachClass, inWindow, retentionClassesOf, type Position, type Window } from './event-windows.ts'
import { setsOf } from './word-sets.ts'
import type { Queryable, Sql } from '../database/sql.ts'
import { sqlStateOf } from '../database/errors.ts'

/**
 * The project, its retention classes and the filter; `search` is the filter as a condition on a row `e`, null for no
 * filter. What the filter names is resolved: `eventScope` does it.
 */
export type EventScope = {
  projectId: number
  classes: readonly number[]
  filter: EventFilter
  search: Condition | null
}

/** A search that asks for what there is not in this project throws a `SearchError`. */
export async function eventScope(sql: Sql, projectId: number, asked: EventFilter): Promise<EventScope> {
  const filter = { ...asked, where: eventNodeOf(await resolved(sql, projectId, asked.where)) }
  const where = whereOf(filter)
  return {
    projectId,
    classes: await retentionClassesOf(sql, projectId),
    filter,
    search: searchOf(sql, projectId, { ...filter, where }, await setsOf(sql, projectId, where))
  }
}

export const eventRow = v.strictObject({
  id: v.string(),
  issue_id: v.string(),
  received_at: v.date(),
  occurred_at: v.date(),
  level: v.string(),
  environment: v.string(),
  release: v.string(),
  user: v.string(),
  message: v.string(),
  title: v.nullable(v.string()),
  culprit: v.nullable(v.string())
})
export type EventRow = v.InferOutput<typeof eventRow>

/**
 * The newest matching events of the window, at most `wanted`, along the timeline; with `until` no older ones than that.
 * All events in between are read, so they must be few.
 */
export async function scanTimeline(
  sql: Queryable,
  scope: EventScope,
  window: Window,
  { wanted, until }: { wanted: number; until?: Position | null }
): Promise<EventRow[]> {
  const { projectId, classes, search } = scope
  const notOlder = until ? sql`and (e.received_at, e.id) >= (${new Date(until.at)}, ${until.id})` : sql``
  // With a filter, `offset 0` keeps the planner from choosing an index by it.
  const bound = search === null ? sql`limit ${wanted}` : sql`offset 0`
  const timeline = eachClass(
    sql,
    classes,
    retentionDays => sql`
    select e.* from events e where e.project_id = ${projectId}
      and ${inWindow(sql, window, retentionDays)} ${notOlder} ${newestFirst(sql)} ${bound}`
  )
  return await sql.rows(eventRow)`
    select ${columns(sql)} from (select * from (${timeline}) e ${newestFirst(sql)} ${bound}) e
    ${search === null ? sql`` : sql`where ${matches(sql, scope)}`} ${newestFirst(sql)} limit ${wanted}`
}

const endRow = v.strictObject({ id: v.string(), received_at: v.date() })

/** Where the newest `rows` events of the window end; null when there are fewer. */
export async function endOfRows(
  sql: Queryable,
  { projectId, classes }: EventScope,
  window: Window,
  rows: number
): Promise<Position | null> {
  const timeline = eachClass(
    sql,
    classes,
    retentionDays => sql`
    select e.received_at, e.id from events e where e.project_id = ${projectId}
      and ${inWindow(sql, window, retentionDays)} ${newestFirst(sql)} limit ${rows}`
  )
  const [row] = await sql.rows(endRow)`
    select e.id, e.received_at from (${timeline}) e ${newestFirst(sql)} offset ${rows - 1} limit 1`
  return row === undefined ? null : { at: row.received_at.getTime(), id: row.id }
}

/** The events with these ids that match and lie in the window, newest first; with `issueIds` those of these issues. */
export async function scanIds(
  sql: Queryable,
  scope: EventScope,
  window: Window,
  ids: readonly string[],
  issueIds?: readonly string[]
): Promise<EventRow[]> {
  if (ids.length === 0) return []
  const found = eachClass(
    sql,
    scope.classes,
    retentionDays => sql`
    select e.* from events e where e.project_id = ${scope.projectId} and ${inWindow(sql, window, retentionDays)}
      and ${isOneOf(sql, ids, retentionDays)}`
  )
  return await sql.rows(eventRow)`
    select ${columns(sql)} from (${found}) e where ${matches(sql, scope)}
      ${issueIds === undefined ? sql`` : sql`and e.issue_id = any (${issueIds}::uuid[])`} ${newestFirst(sql)}`
}

export type IndexScanOptions = { matchingMax: number; wanted: number; deadlineMs: number; issueIds?: readonly string[] }

/** `complete`: all matching events of the window, or as many of them as were wanted. */
export type IndexScan = { kind: 'complete'; rows: EventRow[] } | { kind: 'too_many' } | { kind: 'too_slow' }

/** Without a match there is still one row, with nulls beside the count. */
const indexRow = v.union([
  v.strictObject({ ...eventRow.entries, matching: v.number() }),
  v.object({ id: v.null(), matching: v.number() })
])

/**
 * The newest matching events of the window, at most `wanted`, through the index of words. Given up when more than
 * `matchingMax` match, and when it takes longer than `deadlineMs`: for a phrase of frequent words all rows with these
 * words are read. With `issueIds` all matches are counted, and only events of these issues are returned.
 */
export async function scanIndex(
  sql: Sql,
  scope: EventScope,
  window: Window,
  { matchingMax, wanted, deadlineMs, issueIds }: IndexScanOptions
): Promise<IndexScan> {
  const { projectId, classes } = scope
  try {
    return await sql.begin(async sql => {
      // Forces the index, whatever the statistics say: only its cost is bounded by the number of matches.
      await sql`
        select set_config('statement_timeout', ${String(Math.ceil(deadlineMs))}, true), set_config('jit', 'off', true),
          set_config('enable_seqscan', 'off', true),
          set_config('enable_indexscan', 'off', true), set_config('enable_indexonlyscan', 'off', true)`
      // The sum keeps the planner from the timeline's index, too.
      const found = eachClass(
        sql,
        classes,
        retentionDays => sql`
        select ${columns(sql)} from events e
        where e.project_id + 0 = ${projectId} and ${inWindow(sql, window, retentionDays)} and ${matches(sql, scope)}
          limit ${matchingMax + 1}`
      )
      const rows = await sql.rows(indexRow)`
        with matching as materialized (${found})
        select looked.matching, e.* from (select count(*) as matching from matching) looked left join (
          select * from matching e ${issueIds === undefined ? sql`` : sql`where e.issue_id = any (${issueIds}::uuid[])`}
            ${newestFirst(sql)} limit ${wanted}
        ) e on true ${newestFirst(sql)}`
      return (rows[0]?.matching ?? 0) > matchingMax
        ? { kind: 'too_many' }
        : { kind: 'complete', rows: rows.filter(row => row.id !== null) }
    })
  } catch (error) {
    if (sqlStateOf(error) === cancelled) return { kind: 'too_slow' }
    throw error
  }
}

const cancelled = '57014'

/** Of `e`, as `eventRow` has them. */
export function columns(sql: Queryable) {
  return sql`e.id, e.issue_id, e.received_at, e.occurred_at, e.level, e.environment, e.release, e."user",
    left(e.message, ${messageCharsInLists}) as message, e.title, e.culprit`
}

function newestFirst(sql: Queryable) {
  return sql`order by e.received_at desc, e.id desc`
}

/** The condition on a row `e`: true without a filter. */
export function matches(sql: Queryable, { search }: EventScope): Condition {
  return search ?? sql`true`
}
