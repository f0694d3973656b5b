/**
 * The newest events of a project as they were stored, newest first, page after page. A page is about `pageBytes` large:
 * how many events that is, the pages before tell. Ends after `eventsMax` events.
 */
import * as v from 'valibot'
import { retentionClasses } from '../../schema/pipeline.ts'
import { below, eachClass, inWindow, leastId, newestDays, retentionClassesOf } from '../search/event-windows.ts'
import type { Sql } from '../database/sql.ts'
import { payloadText, storedPayloadColumns } from './payloads.ts'

const payloadRow = v.strictObject({
  id: v.string(),
  issue_id: v.string(),
  received_at: v.date(),
  ...storedPayloadColumns
})

export type StoredPayload = { id: string; issue_id: string; received_at: Date; payload: string }

const dayMs = 86_400_000
/** Somewhat more than the longest retention: partitions go whole. */
const reachMs = (Math.max(...retentionClasses) + 2) * dayMs
const windowDays = { first: 2, growth: 4 } as const
const pageBytes = 2 * 1024 * 1024
const pageRows = { first: 10, max: 100 } as const

/** `now` is in milliseconds; what was received later is left out. */
export async function* newestPayloads(
  sql: Sql,
  projectId: number,
  { now, eventsMax }: { now: number; eventsMax: number }
): AsyncGenerator<StoredPayload[], void> {
  const classes = await retentionClassesOf(sql, projectId)
  let position = { at: now + 1, id: leastId }
  let left = eventsMax
  let rowsNext: number = pageRows.first
  let days: number = windowDays.first
  while (left > 0 && position.at > now - reachMs) {
    const window = newestDays(position, days, now - reachMs)
    const wanted = Math.min(rowsNext, left)
    const branches = eachClass(
      sql,
      classes,
      retentionDays => sql`
      select e.id, e.issue_id, e.received_at, e.payload, e.packed from events e where e.project_id = ${projectId}
        and ${inWindow(sql, window, retentionDays)} order by e.received_at desc, e.id desc limit ${wanted}`
    )
    const rows = await sql.rows(payloadRow)`
      select e.id, e.issue_id, e.received_at, e.payload::text as payload, e.packed from (${branches}) e
      order by e.received_at desc, e.id desc limit ${wanted}`
    const page = rows.map(({ payload, packed, ...row }) => ({ ...row, payload: payloadText({ payload, packed }) }))
    const last = page.at(-1)
    if (last !== undefined) yield page
    left -= page.length
    if (last !== undefined && page.length === wanted) {
      position = { at: last.received_at.getTime(), id: last.id }
      rowsNext = rowsOfNext(page)
    } else {
      position = below(window)
      days *= windowDays.growth
    }
  }
}

function rowsOfNext(page: readonly StoredPayload[]): number {
  const bytes = page.reduce((sum, { payload }) => sum + payload.length, 0)
  return Math.min(pageRows.max, Math.max(1, Math.floor((pageBytes * page.length) / Math.max(bytes, 1))))
}
