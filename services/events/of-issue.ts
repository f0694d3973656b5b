/**
 * The events of an issue and of the issues merged into it, newest first. Ids sort by time, so a position is an id;
 * partitions are opened in windows of days that grow backwards, between the issue's first and last event. With a
 * filter, frequent matches are found among the newest events, rare ones by the index of words as far back as that is
 * quick. Beyond that a bounded number of events is read one by one, so a page may be short and have a next one.
 */
import * as v from 'valibot'
import { idAt, receivedAtOf } from '../../events/event-ids.ts'
import type { EventItem } from '../../schema/api/events.ts'
import { itemsOf } from './list.ts'
import { columns, eventRow, matches, scanIds, scanIndex, type EventRow, type EventScope } from '../search/event-scan.ts'
import { idsAsked } from '../search/event-ids.ts'
import { eachClass } from '../search/event-windows.ts'
import { familyOf } from '../search/issue-roots.ts'
import type { Queryable, Sql } from '../database/sql.ts'

/** The root, and when it was seen (milliseconds). */
export type IssueLife = { rootId: string; firstSeen: number; lastSeen: number }

/**
 * Events before the id `before`, null for the newest, and not before `from` (milliseconds). The index of words is used
 * for `indexedMs` at most.
 */
export type IssueEventsOptions = {
  before: string | null
  from: number
  limit: number
  scannedMax?: number
  indexedMs?: number
}

/** `next` is the `before` of the next page. */
export type IssueEventPage = { items: EventItem[]; next: string | null }

export type Family = { projectId: number; classes: readonly number[]; ids: readonly string[] }

const dayMs = 86_400_000
const windowDays = { first: 2, growth: 4 } as const
const stepRows = 1_000
const scannedMaxDefault = 10_000
const indexedMax = 2_000
const indexedMsDefault = 100

/** The windows from an id backwards: ids lie before `before`, times not before `from`. */
export function* windowsBefore(before: string, from: number): Generator<{ before: string; from: number }> {
  let days: number = windowDays.first
  for (let position = before; receivedAtOf(position) >= from && position > idAt(from); days *= windowDays.growth) {
    const start = Math.max(from, Math.floor((receivedAtOf(position) - 1) / dayMs) * dayMs - (days - 1) * dayMs)
    yield { before: position, from: start }
    position = idAt(start)
  }
}

/** The newest events of a family in a window, at most `rowsMax`; `columns` are those of `e`. */
function newestOfFamily(
  sql: Queryable,
  { projectId, classes, ids }: Family,
  window: { before: string; from: number },
  columns: ReturnType<Queryable['unsafe']>,
  rowsMax: number
) {
  const all = eachClass(
    sql,
    classes,
    retentionDays => sql`
    select newest.* from unnest(${ids}::uuid[]) as issue, lateral (
      select ${columns} from events e
      where e.issue_id = issue and e.project_id = ${projectId} and e.retention_days = ${retentionDays}
        and e.received_at >= ${new Date(window.from)} and e.received_at <= ${new Date(receivedAtOf(window.before))}
          and e.id < ${window.before}
      order by e.id desc limit ${rowsMax}
    ) newest`
  )
  return sql`select * from (${all}) e order by e.id desc limit ${rowsMax}`
}

export async function listIssueEvents(
  sql: Sql,
  scope: EventScope,
  { rootId, firstSeen, lastSeen }: IssueLife,
  options: IssueEventsOptions
): Promise<IssueEventPage> {
  const { limit, scannedMax = scannedMaxDefault, indexedMs = indexedMsDefault } = options
  const { projectId, classes } = scope
  const family = { projectId, classes, ids: await familyOf(sql, projectId, rootId) }
  const from = Math.max(options.from, firstSeen)
  const newest = idAt(lastSeen + 1)
  const rows: EventRow[] = []
  const look = async (way: Way, before: string): Promise<string | null> => {
    const found = await way(sql, scope, family, { before, from }, limit + 1 - rows.length)
    rows.push(...found.rows)
    return rows.length > limit ? null : found.end
  }
  const asked = idsAsked(scope.filter.where)
  if (asked !== null) {
    const before = options.before ?? newest
    const window = { before: { at: receivedAtOf(before), id: before }, from }
    return await pageOf(sql, projectId, await scanIds(sql, scope, window, asked, family.ids), limit, null)
  }
  let end = await look(
    walk({ scannedMax: scope.search === null ? Infinity : stepRows }),
    options.before === null || options.before > newest ? newest : options.before
  )
  if (end !== null) {
    const probed = end
    end = await look(throughIndex({ indexedMs }), probed)
    // What the index found in time is a page; if it found nothing, events are read one by one.
    if (end === probed) end = await look(walk({ scannedMax }), probed)
  }
  return await pageOf(sql, projectId, rows, limit, end)
}

type Reach = { before: string; from: number }

/** `end` is how far back was searched, null for all of the issue's events. */
type Found = { rows: EventRow[]; end: string | null }

/** Finds the newest matching events of a family, at most `wanted`. */
type Way = (sql: Sql, scope: EventScope, family: Family, reach: Reach, wanted: number) => Promise<Found>

/** Reads event after event, at most `scannedMax`. */
function walk({ scannedMax }: { scannedMax: number }): Way {
  return async (sql, scope, family, { before, from }, wanted) => {
    const rows: EventRow[] = []
    let scanned = 0
    for (const window of windowsBefore(before, from)) {
      for (let position: string | null = window.before; position !== null;) {
        const step = await scan(
          sql,
          scope,
          family,
          { ...window, before: position },
          scope.search === null ? wanted - rows.length : stepRows
        )
        rows.push(...step.rows)
        scanned += step.scanned
        if (rows.length >= wanted) return { rows, end: null }
        if (step.end !== null && scanned >= scannedMax) return { rows, end: step.end }
        position = step.end
      }
    }
    return { rows, end: null }
  }
}

/** Asks the index of words, window after window, until there are enough, or one has too many matches to read. */
function throughIndex({ indexedMs }: { indexedMs: number }): Way {
  return async (sql, scope, { ids }, { before, from }, wanted) => {
    const deadline = performance.now() + indexedMs
    const rows: EventRow[] = []
    for (const window of windowsBefore(before, from)) {
      const left = deadline - performance.now()
      if (left <= 0) return { rows, end: window.before }
      const reach = { before: { at: receivedAtOf(window.before), id: window.before }, from: window.from }
      const found = await scanIndex(sql, scope, reach, {
        matchingMax: indexedMax,
        wanted: wanted - rows.length,
        deadlineMs: left,
        issueIds: ids
      })
      if (found.kind !== 'complete') return { rows, end: window.before }
      rows.push(...found.rows)
      if (rows.length >= wanted) break
    }
    return { rows, end: null }
  }
}

/** With more rows than the page holds, the next one begins after its last. */
async function pageOf(
  sql: Sql,
  projectId: number,
  rows: readonly EventRow[],
  limit: number,
  end: string | null
): Promise<IssueEventPage> {
  const page = rows.slice(0, limit)
  return { items: await itemsOf(sql, projectId, page), next: rows.length > limit ? (page.at(-1)?.id ?? null) : end }
}

type Step = { rows: EventRow[]; scanned: number; /** Null when the window has no more. */ end: string | null }

const looked = { scanned: v.number(), oldest: v.nullable(v.string()) }
/** Without a match there is still one row, with nulls beside the number of events read. */
const scannedRow = v.union([v.strictObject({ ...eventRow.entries, ...looked }), v.object({ id: v.null(), ...looked })])

/** The filter runs in the database: sending an event costs four times as much as reading it there. */
async function scan(
  sql: Queryable,
  scope: EventScope,
  family: Family,
  window: { before: string; from: number },
  rowsMax: number
): Promise<Step> {
  // With the whole message: searches look at it.
  const read = sql`e.id, e.issue_id, e.received_at, e.occurred_at, e.level, e.environment, e.release, e."user",
    e.message, e.title, e.culprit, e.search`
  const newest = newestOfFamily(sql, family, window, read, rowsMax)
  const found = await sql.rows(scannedRow)`
    with newest as materialized (${newest})
    select ${columns(sql)}, looked.scanned, looked.oldest
    from (select count(*) as scanned, (select id from newest order by id limit 1) as oldest from newest) looked
    left join (select * from newest e where ${scope.search === null ? sql`true` : matches(sql, scope)}) e on true
      order by e.id desc`
  const { scanned = 0, oldest = null } = found[0] ?? {}
  return { rows: found.filter(row => row.id !== null), scanned, end: scanned < rowsMax ? null : oldest }
}
