/**
 * Everything of a person in a project, a page of lines of JSON at a time: events, newest first, then feedback and
 * quarantined events. What is shown is what `POST …/person/erase` removes.
 */
import * as v from 'valibot'
import type { Sql, TransactionSql } from '../database/sql.ts'
import type { Position } from '../search/event-windows.ts'
import { pageOfPerson, type FoundEvent, type PersonIn } from './find.ts'
import { addressesOf, namedIn } from './words.ts'

const eventsMax = 100
/** Beside the events of a person; no more of either is shown. */
const wordsMax = 10_000

/** `next` is where the next page begins; null after the last one. */
export type ExportPage = { lines: string[]; next: Position | null }

/** `before` is where the page begins. */
export async function exportPage(sql: Sql, one: PersonIn, before: Position): Promise<ExportPage> {
  return await sql.begin(async sql => {
    const { events, end } = await pageOfPerson(sql, one, { before, from: 0 }, eventsMax)
    const lines = events.map(event => eventLine(one.projectId, event))
    return end === null ? { lines: await wordsOf(sql, one), next: null } : { lines, next: end }
  })
}

function eventLine(projectId: number, { id, issue_id: issueId, received_at: at, payload }: FoundEvent): string {
  const head = { type: 'event', project_id: String(projectId), id, issue_id: issueId, received_at: at.toISOString() }
  // The payload is JSON already, and without line breaks only where its client sent none.
  return `${JSON.stringify(head).slice(0, -1)},"event":${oneLine(payload)}}`
}

/** Outside of strings a line break is a blank like others, and no string of JSON holds one. */
function oneLine(json: string): string {
  return json.replaceAll(/[\r\n]/g, ' ')
}

const feedbackRow = v.strictObject({
  id: v.string(),
  stored_event_id: v.nullable(v.string()),
  received_at: v.date(),
  name: v.string(),
  email: v.string(),
  message: v.string(),
  url: v.string(),
  environment: v.string(),
  release: v.string()
})
const quarantinedRow = v.strictObject({ id: v.string(), created_at: v.date(), error: v.string(), body: v.string() })

async function wordsOf(sql: TransactionSql, { projectId, person }: PersonIn): Promise<string[]> {
  const feedback = await sql.rows(feedbackRow)`
    select id, stored_event_id, received_at, name, email, message, url, environment, release from user_feedback
    where project_id = ${projectId} and lower(email) = any (${addressesOf(person)})
    order by received_at desc, id limit ${wordsMax}`
  const quarantined = await sql.rows(quarantinedRow)`
    select id, created_at, error, body from quarantined_events
    where project_id = ${projectId} and body ~* ${namedIn(person)} order by created_at desc, id limit ${wordsMax}`
  const project = { project_id: String(projectId) }
  return [
    ...feedback.map(({ stored_event_id: eventId, ...row }) =>
      JSON.stringify({ type: 'feedback', ...project, ...row, event_id: eventId })
    ),
    ...quarantined.map(row => JSON.stringify({ type: 'quarantined_event', ...project, ...row }))
  ]
}
