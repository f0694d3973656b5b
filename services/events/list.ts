/**
 * Events of a project, newest first, a page at a time. The cost is bounded for any number of events and for rare and
 * frequent searches. Frequent matches are found by reading the newest events. Otherwise the index of words is asked,
 * newest first, in windows of days that grow (for a release: the days with events of it); where it finds too many, the
 * timeline is read after all. A page that takes too long is returned as far as it got.
 */
import { namesOf } from '../../events/own-names.ts'
import type { EventItem } from '../../schema/api/events.ts'
import {
  endOfRows,
  eventScope,
  scanIds,
  scanIndex,
  scanTimeline,
  type EventRow,
  type EventScope
} from '../search/event-scan.ts'
import { idsAsked } from '../search/event-ids.ts'
import { below, leastId, newestDays, wholeTime, type Position, type Window } from '../search/event-windows.ts'
import { rootsOf, type Root } from '../search/issue-roots.ts'
import { hourOfNewest, hoursOfReleases } from '../rollups/releases.ts'
import { isNothingButId, releasesOf, type EventFilter } from '../search/query.ts'
import type { Sql } from '../database/sql.ts'

export type EventListOptions = {
  projectId: number
  filter: EventFilter
  /** Wanted are events before this position, and not before `from` (milliseconds). */
  before: Position
  from: number
  limit: number
  /** After this time the page is what was found so far. */
  budgetMs?: number
}

/**
 * `next` is where the next page begins; null when there are no more events. A page may be short, even empty, and have a
 * next one.
 */
export type EventPage = { items: EventItem[]; next: Position | null }

/**
 * Rows of the timeline looked at first, for each event that is wanted. A filter that 1 in 20 events passes fills the
 * page from these.
 */
const rowsPerEvent = 20
/** With at least one match in this many rows, reading on along the timeline is quicker than the index. */
const frequentShare = 100
/**
 * At most so many matching events of a window are read and sorted; with more, the timeline finds a page among fewer
 * rows.
 */
const matchingMax = 2_000
const windowDays = { first: 2, growth: 4 } as const
const budgetMsDefault = 2_500

export async function listEvents(sql: Sql, options: EventListOptions): Promise<EventPage> {
  const { projectId, filter, limit } = options
  const scope = await eventScope(sql, projectId, filter)
  const { rows, next } = await wayOf(scope)(sql, scope, options)
  const page = rows.slice(0, limit)
  return { items: await itemsOf(sql, projectId, page), next: rows.length > limit ? positionOf(page.at(-1)) : next }
}

type Found = { rows: EventRow[]; next: Position | null }

function wayOf({ filter: { where }, search: asked }: EventScope) {
  if (asked === null) return walkTimeline
  return idsAsked(where) === null ? search : byIds
}

/** A search for nothing but an id means that event, whatever the range; it is all of the list then. */
async function byIds(sql: Sql, scope: EventScope, { before, from, limit }: EventListOptions): Promise<Found> {
  const ids = idsAsked(scope.filter.where) ?? []
  if (!isNothingButId(scope.filter)) return { rows: await scanIds(sql, scope, { before, from }, ids), next: null }
  const rows = await scanIds(sql, scope, wholeTime, ids)
  return { rows: rows.slice(0, limit), next: null }
}

/** All events: window after window until there are enough. */
async function walkTimeline(sql: Sql, scope: EventScope, { before, from, limit }: EventListOptions): Promise<Found> {
  const rows: EventRow[] = []
  let position = before
  for (let days: number = windowDays.first; position.at > from; days *= windowDays.growth) {
    const window = newestDays(position, days, from)
    const wanted = limit + 1 - rows.length
    rows.push(...(await scanTimeline(sql, scope, window, { wanted })))
    if (rows.length > limit) break
    position = below(window)
  }
  return { rows, next: null }
}

async function search(
  sql: Sql,
  scope: EventScope,
  { before, from, limit, budgetMs = budgetMsDefault }: EventListOptions
): Promise<Found> {
  const deadline = performance.now() + budgetMs
  const rows: EventRow[] = []
  const look = async (way: Way, reach: Window): Promise<Position> => {
    const found = await way(sql, scope, reach, { wanted: limit + 1 - rows.length, deadline })
    rows.push(...found.rows)
    return found.end
  }
  const newest = newestDays(before, windowDays.first, from)
  let end = await look(amongNewest, newest)
  if (rows.length <= limit) end = await look(throughIndex, { before: end, from: newest.from })
  if (rows.length > limit || end.at > newest.from) return { rows, next: end }
  if (end.at <= from) return { rows, next: null }

  for (const reach of await worthLooking(sql, scope, { before: end, from }, limit + 1 - rows.length)) {
    end = await look(throughIndex, reach)
    if (rows.length > limit || end.at > reach.from) return { rows, next: end }
  }
  return { rows, next: null }
}

/**
 * Finds the newest matching events, at most `wanted`. With as many, `end` means nothing: the search ended at the last
 * of them.
 */
type Way = (sql: Sql, scope: EventScope, reach: Window, bounds: { wanted: number; deadline: number }) => Promise<Walked>

type Walked = { rows: EventRow[]; /** How far it was looked. */ end: Position }

/** For frequent matches: reads some events, and more when there were matches among them. */
async function amongNewest(
  sql: Sql,
  scope: EventScope,
  reach: Window,
  { wanted }: { wanted: number }
): Promise<Walked> {
  const probed = wanted * rowsPerEvent
  const probe = await walkRows(sql, scope, reach, { rowsMax: probed, wanted })
  if (probe.rows.length === wanted || probe.end.at <= reach.from || probe.rows.length * frequentShare < probed) {
    return probe
  }
  const more = await walkRows(
    sql,
    scope,
    { ...reach, before: probe.end },
    { rowsMax: matchingMax, wanted: wanted - probe.rows.length }
  )
  return { rows: [...probe.rows, ...more.rows], end: more.end }
}

/**
 * For rare matches: asks the index for window after window, until there are enough or the time is over. A window with
 * too many matches is read along the timeline.
 */
async function throughIndex(
  sql: Sql,
  scope: EventScope,
  { before, from }: Window,
  { wanted, deadline }: { wanted: number; deadline: number }
): Promise<Walked> {
  const rows: EventRow[] = []
  let end = before
  let days: number = windowDays.first
  let isGrowing = true
  while (rows.length < wanted && end.at > from) {
    const left = deadline - performance.now()
    if (left <= 0) break
    const window = newestDays(end, days, from)
    const missing = wanted - rows.length
    const found = await scanIndex(sql, scope, window, {
      matchingMax,
      wanted: missing,
      deadlineMs: Math.max(left / 2, 1)
    })
    if (found.kind === 'complete') {
      rows.push(...found.rows)
      end = below(window)
      if (isGrowing) days = nextDays(days, { found: found.rows.length, missing: wanted - rows.length })
    } else if (days > 1) {
      // There are many matches near here: a wide window would find too many again.
      days = Math.max(1, Math.floor(days / windowDays.growth))
      isGrowing = false
    } else {
      const walked = await walkWindow(sql, scope, window, { wanted: missing, deadline })
      rows.push(...walked.rows)
      end = walked.end
    }
  }
  return { rows, end }
}

/**
 * Somewhat more days than the missing events take if matches stay as frequent; at most `growth` times as many as
 * before.
 */
function nextDays(days: number, { found, missing }: { found: number; missing: number }): number {
  const most = days * windowDays.growth
  return found === 0 ? most : Math.min(most, Math.ceil((days * 1.5 * Math.max(missing, 1)) / found))
}

/**
 * For a search for releases: only the hours with events of them, and first the newest hours that together have enough
 * events. Both come from the rollup. It lags by a moment, so the newest days are always searched.
 */
async function worthLooking(
  sql: Sql,
  { projectId, filter }: EventScope,
  reach: Window,
  wanted: number
): Promise<Window[]> {
  const { before, from } = reach
  const releases = releasesOf(filter)
  if (releases === null) return [reach]
  const hours = await hoursOfReleases(sql, projectId, releases, { from, to: before.at })
  if (hours === null) return [reach]
  const lived = {
    before: hours.to < before.at ? { at: hours.to, id: leastId } : before,
    from: Math.max(from, hours.from)
  }
  const newest = { ...lived, from: Math.max(lived.from, await hourOfNewest(sql, projectId, releases, hours, wanted)) }
  return [newest, { before: below(newest), from: lived.from }]
}

/** Along the timeline in steps that double, until enough is found, the window ends or the time is over. */
async function walkWindow(
  sql: Sql,
  scope: EventScope,
  window: Window,
  { wanted, deadline }: { wanted: number; deadline: number }
): Promise<Walked> {
  const rows: EventRow[] = []
  let position = window.before
  for (let rowsMax = matchingMax; rows.length < wanted && position.at > window.from; rowsMax *= 2) {
    const walked = await walkRows(
      sql,
      scope,
      { ...window, before: position },
      { rowsMax, wanted: wanted - rows.length }
    )
    rows.push(...walked.rows)
    position = walked.end
    if (performance.now() > deadline) break
  }
  return { rows, end: position }
}

/**
 * One step along the timeline. Its end is determined first, so that events that are committed meanwhile are within it
 * and no event is read twice. With as many events as wanted `end` means nothing: the step ended at the last of them.
 */
async function walkRows(
  sql: Sql,
  scope: EventScope,
  window: Window,
  { rowsMax, wanted }: { rowsMax: number; wanted: number }
): Promise<Walked> {
  const until = await endOfRows(sql, scope, window, rowsMax)
  return { rows: await scanTimeline(sql, scope, window, { wanted, until }), end: until ?? below(window) }
}

/**
 * Rows as lists show them; events of deleted issues are left out. Rows that are older than titles of events have the
 * one of their issue.
 */
export async function itemsOf(sql: Sql, projectId: number, rows: readonly EventRow[]): Promise<EventItem[]> {
  const roots = await rootsOf(
    sql,
    projectId,
    rows.map(row => row.issue_id)
  )
  return rows.flatMap(row => {
    const root = roots.get(row.issue_id)
    return root === undefined ? [] : [itemOf(row, root)]
  })
}

function itemOf(row: EventRow, issue: Root): EventItem {
  const { title, culprit } = namesOf(row) ?? issue
  return {
    id: row.id,
    issue_id: issue.rootId,
    title,
    culprit,
    message: row.message,
    level: row.level,
    environment: row.environment,
    release: row.release,
    user: row.user,
    received_at: row.received_at.toISOString(),
    timestamp: row.occurred_at.toISOString()
  }
}

function positionOf(row: EventRow | undefined): Position | null {
  return row === undefined ? null : { at: row.received_at.getTime(), id: row.id }
}
