/**
 * Finds the issues with matching events, for filters of issues on tags, users and messages. The work is bounded for any
 * filter: when matches are frequent among the newest events, the issues of the newest events are returned; otherwise
 * the index of words is asked, in windows that grow backwards, up to a number of events. `isComplete` is false when
 * issues may be missing; the ones seen last are in the result.
 */
import * as v from 'valibot'
import { idsAsked } from './event-ids.ts'
import { matches, scanIds, type EventScope } from './event-scan.ts'
import { below, eachClass, inWindow, newestDays, type Position, type Window } from './event-windows.ts'
import { rootsAmong } from './issue-roots.ts'
import type { Queryable, Sql } from '../database/sql.ts'
import { sqlStateOf } from '../database/errors.ts'

/** Ids of roots: a merged issue counts for its root. */
export type IssueMatches = { ids: string[]; isComplete: boolean }

/** Matching events lie before `before` and not before `from` (milliseconds). */
export type EventRange = {
  before: Position
  from: number
  /** The index of words is asked for so long at most. */
  budgetMs?: number | undefined
}

/** The newest events are read first; with at least `frequent` matches among `rows`, matches are frequent. */
const probe = { rows: 1_000, frequent: 50 } as const
const sampledRows = 5_000
/** At most so many matching events are read through the index. */
const matchingMax = 2_000
const windowDays = { first: 2, growth: 4 } as const
const budgetMsDefault = 500
const cancelled = '57014'

export async function issuesWithEvents(sql: Sql, scope: EventScope, range: EventRange): Promise<IssueMatches> {
  const asked = idsAsked(scope.filter.where)
  if (asked !== null) {
    const rows = await scanIds(sql, scope, range, asked)
    const named = rows.map(row => row.issue_id)
    return { ids: await rootsAmong(sql, scope.projectId, named), isComplete: true }
  }
  const found = await newestIssues(sql, scope, newestDays(range.before, windowDays.first, range.from), probe.rows)
  const { ids, isComplete } =
    found.matching >= probe.frequent ? await sampled(sql, scope, range) : await searched(sql, scope, range, found.ids)
  return { ids: await rootsAmong(sql, scope.projectId, ids), isComplete }
}

type Found = { ids: string[]; matching: number; rows: number }

async function sampled(sql: Queryable, scope: EventScope, { before, from }: EventRange): Promise<IssueMatches> {
  const window = newestDays(before, windowDays.first, from)
  const { ids, rows } = await newestIssues(sql, scope, window, sampledRows)
  return { ids, isComplete: rows < sampledRows && window.from === from }
}

const newestRow = v.strictObject({ ids: v.nullable(v.array(v.string())), matching: v.number(), rows: v.number() })

/** The matching events among the newest `rowsMax` of the window. */
async function newestIssues(sql: Queryable, scope: EventScope, window: Window, rowsMax: number): Promise<Found> {
  const { projectId, classes } = scope
  const newest = eachClass(
    sql,
    classes,
    retentionDays => sql`
    select e.* from events e where e.project_id = ${projectId} and ${inWindow(sql, window, retentionDays)}
      order by e.received_at desc, e.id desc limit ${rowsMax}`
  )
  const [row] = await sql.rows(newestRow)`
    select array_agg(distinct issue_id) filter (where matches) as ids, count(*) filter (where matches) as matching,
      count(*) as rows from (
      select e.issue_id, ${matches(sql, scope)} as matches from (${newest}) e
        order by e.received_at desc, e.id desc limit ${rowsMax}
    ) e`
  return { ids: row?.ids ?? [], matching: row?.matching ?? 0, rows: row?.rows ?? 0 }
}

async function searched(
  sql: Sql,
  scope: EventScope,
  { before, from, budgetMs = budgetMsDefault }: EventRange,
  newest: readonly string[]
): Promise<IssueMatches> {
  const deadline = performance.now() + budgetMs
  const ids = new Set(newest)
  let matching = 0
  let position = before
  for (let days: number = windowDays.first; position.at > from; days *= windowDays.growth) {
    const left = deadline - performance.now()
    const window = newestDays(position, days, from)
    const found = left > 0 ? await indexedIssues(sql, scope, window, matchingMax - matching, left) : null
    if (found === null) return { ids: [...ids], isComplete: false }
    for (const id of found.ids) ids.add(id)
    matching += found.matching
    if (matching >= matchingMax) return { ids: [...ids], isComplete: false }
    position = below(window)
  }
  return { ids: [...ids], isComplete: true }
}

const idsRow = v.strictObject({ ids: v.nullable(v.array(v.string())), matching: v.number() })

/** Any `max` matching events of the window, through the index of words alone; null when it took too long. */
async function indexedIssues(
  sql: Sql,
  scope: EventScope,
  window: Window,
  max: number,
  deadlineMs: number
): Promise<Omit<Found, 'rows'> | null> {
  const { projectId, classes } = scope
  try {
    return await sql.begin(async sql => {
      // Forces the index, whatever the statistics say: only its cost is bounded by the number of matches.
      await sql`
        select set_config('statement_timeout', ${String(Math.ceil(deadlineMs))}, true), set_config('jit', 'off', true),
          set_config('enable_seqscan', 'off', true),
          set_config('enable_indexscan', 'off', true), set_config('enable_indexonlyscan', 'off', true)`
      const found = eachClass(
        sql,
        classes,
        retentionDays => sql`
        select e.issue_id from events e
        where e.project_id + 0 = ${projectId} and ${inWindow(sql, window, retentionDays)} and ${matches(sql, scope)}
          limit ${max}`
      )
      const [row] = await sql.rows(idsRow)`
        with matching as materialized (${found}) select array_agg(distinct issue_id) as ids, count(*) as matching
          from matching`
      return { ids: row?.ids ?? [], matching: row?.matching ?? 0 }
    })
  } catch (error) {
    if (sqlStateOf(error) === cancelled) return null
    throw error
  }
}
