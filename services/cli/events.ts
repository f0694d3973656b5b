/**
 * Reads events for the command line, always of one project and within its retention classes; lists within a time range.
 */
import * as v from 'valibot'
import { receivedAtOf } from '../../events/event-ids.ts'
import { loadEvent } from '../events/load.ts'
import { storedIdOf } from '../search/event-ids.ts'
import { eachClass, inWindow, leastId, retentionClassesOf } from '../search/event-windows.ts'
import type { Sql } from '../database/sql.ts'

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
