/**
 * Events of a project, newest first, a page at a time. What it costs is bounded however many events there are and however rare or frequent
 * what is searched for is: a look at the newest events finds what is frequent; else the index of words is asked, for windows of days that grow, newest
 * first (of a release, the days that it lived in), and where it finds too many, the timeline is walked after all. A page that would take too long is handed out as far as it got.
 */
import type { EventItem } from '../schema/api/events.ts'
import { scanIndex, scanTimeline, endOfRows, type EventRow, type EventScope } from './event-scan.ts'
import { below, leastId, newestDays, retentionClassesOf, type Position, type Window } from './event-windows.ts'
import { rootsOf } from './issue-roots.ts'
import { hoursOfReleases } from './releases.ts'
import { releasesOf, searchQueryOf, type EventFilter } from './search-query.ts'
import type { Sql } from './sql.ts'

export type EventListOptions = {
  projectId: number
  filter: EventFilter
  /** The newest event that is wanted lies before this one, the oldest not before `from` (milliseconds). */
  before: Position
  from: number
  limit: number
  /** When this has passed, what was found is the page. */
  budgetMs?: number
}

/** `next` is where the next page begins; null when there are no more events. A page may be short, even empty, and have a next one. */
export type EventPage = { items: EventItem[], next: Position | null }

/** Rows of the timeline looked at first, for each event that is wanted. A filter that 1 in 20 events passes fills the page from these. */
const rowsPerEvent = 20
/** With one match in so many of these, the next ones are likelier to fill the page than the index is quick. */
const frequentShare = 100
/** Matching events of a window that are read and sorted; with more of them, the timeline finds a page among fewer rows. */
const matchingMax = 2_000
const windowDays = { first: 2, growth: 4 } as const
const budgetMsDefault = 2_500

export async function listEvents (sql: Sql, options: EventListOptions): Promise<EventPage> {
  const { projectId, filter, limit } = options
  const classes = await retentionClassesOf(sql, projectId)
  const scope = { projectId, classes, filter, search: searchQueryOf(projectId, filter) }
  const { rows, next } = await (scope.search === null ? walkTimeline : search)(sql, scope, options)
  const page = rows.slice(0, limit)
  return { items: await itemsOf(sql, projectId, page), next: rows.length > limit ? positionOf(page.at(-1)) : next }
}

type Found = { rows: EventRow[], next: Position | null }

/** All events: window after window until there are enough. */
async function walkTimeline (sql: Sql, scope: EventScope, { before, from, limit }: EventListOptions): Promise<Found> {
  const rows: EventRow[] = []
  let position = before
  for (let days: number = windowDays.first; position.at > from; days *= windowDays.growth) {
    const window = newestDays(position, days, from)
    const wanted = limit + 1 - rows.length
    rows.push(...await scanTimeline(sql, scope, window, { rowsMax: wanted, wanted }))
    if (rows.length > limit) break
    position = below(window)
  }
  return { rows, next: null }
}

async function search (sql: Sql, scope: EventScope, { before, from: oldest, limit, budgetMs = budgetMsDefault }: EventListOptions): Promise<Found> {
  const deadline = performance.now() + budgetMs
  const rows: EventRow[] = []
  const newest = newestDays(before, windowDays.first, oldest)
  const probed = limit * rowsPerEvent
  const probe = await walkRows(sql, scope, newest, { rowsMax: probed, wanted: limit + 1 })
  rows.push(...probe.rows)
  let position = probe.end
  if (rows.length <= limit && rows.length * frequentShare >= probed && position.at > newest.from) {
    const walked = await walkRows(sql, scope, { ...newest, before: position }, { rowsMax: matchingMax, wanted: limit + 1 - rows.length })
    rows.push(...walked.rows)
    position = walked.end
  }
  let from = oldest
  let days: number = windowDays.first
  let isGrowing = true
  let isNarrowed = false
  while (rows.length <= limit && position.at > from) {
    const left = deadline - performance.now()
    if (left <= 0) return { rows, next: position }
    if (!isNarrowed && position.at <= newest.from) {
      ({ position, from } = await narrowed(sql, scope, { position, from }))
      isNarrowed = true
      days = windowDays.first
      continue
    }
    const window = newestDays(position, days, from)
    const wanted = limit + 1 - rows.length
    const found = await scanIndex(sql, scope, window, { matchingMax, wanted, deadlineMs: Math.max(left / 2, 1) })
    if (found.kind === 'complete') {
      rows.push(...found.rows)
      position = below(window)
      if (isGrowing) days = nextDays(days, { found: found.rows.length, missing: limit + 1 - rows.length })
    } else if (days > 1) {
      // Somewhere here there are many: a wide window would find too many again and again, until one begins among them.
      days = Math.max(1, Math.floor(days / windowDays.growth))
      isGrowing = false
    } else {
      const walked = await walkWindow(sql, scope, window, { wanted, deadline })
      rows.push(...walked.rows)
      position = walked.end
    }
  }
  return { rows, next: null }
}

/** Somewhat more days than it takes to find what is missing, should matches stay as frequent as they were; at most `growth` times as many. */
function nextDays (days: number, { found, missing }: { found: number, missing: number }): number {
  const most = days * windowDays.growth
  return found === 0 ? most : Math.min(most, Math.ceil(days * 1.5 * Math.max(missing, 1) / found))
}

type Reach = { position: Position, from: number }

/**
 * Where releases are asked for, only the hours that they lived in. They are known from the rollup, which is a moment behind, so the newest days
 * are not left out by it.
 */
async function narrowed (sql: Sql, { projectId, filter }: EventScope, reach: Reach): Promise<Reach> {
  const releases = releasesOf(filter)
  if (releases === null) return reach
  const hours = await hoursOfReleases(sql, projectId, releases, { from: reach.from, to: reach.position.at })
  if (hours === null) return reach
  const { position } = reach
  return { position: hours.to < position.at ? { at: hours.to, id: leastId } : position, from: Math.max(reach.from, hours.from) }
}

type Walked = { rows: EventRow[], end: Position }

/** Along the timeline in steps that double, until enough is found, the window ends or the time is over. */
async function walkWindow (sql: Sql, scope: EventScope, window: Window, { wanted, deadline }: { wanted: number, deadline: number }): Promise<Walked> {
  const rows: EventRow[] = []
  let position = window.before
  for (let rowsMax = matchingMax; rows.length < wanted && position.at > window.from; rowsMax *= 2) {
    const walked = await walkRows(sql, scope, { ...window, before: position }, { rowsMax, wanted: wanted - rows.length })
    rows.push(...walked.rows)
    position = walked.end
    if (performance.now() > deadline) break
  }
  return { rows, end: position }
}

/** One step along the timeline. With as many events as were wanted `end` means nothing: the last of them is where it ends. */
async function walkRows (sql: Sql, scope: EventScope, window: Window, { rowsMax, wanted }: { rowsMax: number, wanted: number }): Promise<Walked> {
  const rows = await scanTimeline(sql, scope, window, { rowsMax, wanted })
  if (rows.length === wanted) return { rows, end: window.before }
  return { rows, end: await endOfRows(sql, scope, window, rowsMax) ?? below(window) }
}

/** Rows as lists show them; those of issues that were deleted are left out. */
export async function itemsOf (sql: Sql, projectId: number, rows: readonly EventRow[]): Promise<EventItem[]> {
  const roots = await rootsOf(sql, projectId, rows.map(row => row.issue_id))
  return rows.flatMap(row => {
    const root = roots.get(row.issue_id)
    return root === undefined ? [] : [itemOf(row, root)]
  })
}

function itemOf (row: EventRow, { rootId, title }: { rootId: string, title: string }): EventItem {
  return {
    id: row.id,
    issue_id: rootId,
    title,
    message: row.message,
    level: row.level,
    environment: row.environment,
    release: row.release,
    user: row.user,
    received_at: row.received_at.toISOString(),
    timestamp: row.occurred_at.toISOString()
  }
}

function positionOf (row: EventRow | undefined): Position | null {
  return row === undefined ? null : { at: row.received_at.getTime(), id: row.id }
}
