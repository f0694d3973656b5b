/**
 * Reads events for the command line, always of one project and within its retention classes; lists within a time range.
 */
import * as v from 'valibot'
import { receivedAtOf } from '../../events/event-ids.ts'
import { eventNodeOf } from '../../events/search/nodes.ts'
import { searched } from '../../events/search/parse.ts'
import { listEvents, type EventPage } from '../events/list.ts'
import { loadEvent } from '../events/load.ts'
import { storedIdOf } from '../search/event-ids.ts'
import { eachClass, inWindow, leastId, retentionClassesOf, type Position } from '../search/event-windows.ts'
import type { Sql } from '../database/sql.ts'

const pageMax = 100

export type EventLine = {
  id: string
  issueId: string
  receivedAt: Date
  level: string
  environment: string
  release: string
  message: string
}

const rowSchema = v.strictObject({
  id: v.string(),
  issue_id: v.string(),
  received_at: v.date(),
  level: v.string(),
  environment: v.string(),
  release: v.string(),
  message: v.string()
})

/** `level` null means any. */
export type EventLinesOptions = { projectId: number; from: Date; to: Date; level: string | null; limit: number }

/** The newest events of a project within a time range; with a `level` only those. */
export async function newestEvents(
  sql: Sql,
  { projectId, from, to, level, limit }: EventLinesOptions
): Promise<EventLine[]> {
  const range = { before: { at: to.getTime() + 1, id: leastId }, from: from.getTime() }
  const events = eachClass(
    sql,
    await retentionClassesOf(sql, projectId),
    retentionDays => sql`
    select e.id, e.issue_id, e.received_at, e.level, e.environment, e.release, e.message from events e
    where e.project_id = ${projectId}
      and ${inWindow(sql, range, retentionDays)} ${level === null ? sql`` : sql`and e.level = ${level}`}
    order by e.received_at desc, e.id desc limit ${limit}`
  )
  const rows = await sql.rows(rowSchema)`select * from (${events}) e order by received_at desc, id desc limit ${limit}`
  return rows.map(row => ({
    id: row.id,
    issueId: row.issue_id,
    receivedAt: row.received_at,
    level: row.level,
    environment: row.environment,
    release: row.release,
    message: row.message
  }))
}

/** The newest events that a search finds. Throws a `SearchError` for what cannot be asked. */
export async function searchedEvents(
  sql: Sql,
  { projectId, from, to, level, limit }: EventLinesOptions,
  query: string
): Promise<EventLine[]> {
  const where = eventNodeOf(searched(query, { subject: 'events', now: to.getTime() }))
  const levels = level === null ? [] : [level]
  const filter = { where, tags: [], levels, environments: [], releases: [], users: [] }
  const lines: EventLine[] = []
  let before: Position | null = { at: to.getTime() + 1, id: leastId }
  while (before !== null && lines.length < limit) {
    const wanted = Math.min(pageMax, limit - lines.length)
    const page: EventPage = await listEvents(sql, { projectId, filter, before, from: from.getTime(), limit: wanted })
    lines.push(
      ...page.items.map(({ id, issue_id: issueId, received_at: receivedAt, level, environment, release, message }) => ({
        ...{ id, issueId, receivedAt: new Date(receivedAt), level, environment, release, message }
      }))
    )
    before = page.next
  }
  return lines
}

/** The payload of an event, by its id or by the one that its client gave, as JSON; null when the project has none. */
export async function payloadOfEvent(sql: Sql, projectId: number, id: string): Promise<string | null> {
  const stored = await storedIdOf(sql, projectId, id)
  if (stored === null) return null
  for (const retentionDays of await retentionClassesOf(sql, projectId)) {
    const key = { id: stored, projectId, receivedAt: new Date(receivedAtOf(stored)), retentionDays }
    const event = await loadEvent(sql, key)
    if (event !== null) return event.payload
  }
  return null
}
