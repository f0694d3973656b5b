/**
 * Searches for single events by their ids: Mesher's own or the ones that clients gave. The rows are read by their key,
 * because the time of an event is in its id; no index of words is asked. The clients' ids are known as long as events
 * are kept (see services/database/partitions.ts).
 */
import * as v from 'valibot'
import { receivedAtOf } from '../../events/event-ids.ts'
import { eventIdForm } from '../../schema/event.ts'
import type { EventTerm, SearchTerm } from '../../events/search/query.ts'
import type { Queryable } from '../database/sql.ts'
import { eachClass, retentionClassesOf } from './event-windows.ts'

type IdTerm = EventTerm & { kind: 'event' }
type Asked = { text: string | null; terms: readonly SearchTerm[] }

/**
 * The same search with the ids of rows in the place of the ids that were written. A text that is nothing but the id of
 * an event asks for that event; where there is none, it stays text.
 */
export async function withStoredIds<Terms extends SearchTerm>(
  sql: Queryable,
  projectId: number,
  { text, terms }: { text: string | null; terms: readonly Terms[] }
): Promise<{ text: string | null; terms: readonly (Terms | IdTerm)[] }> {
  const pasted = text !== null && eventIdForm.test(text) ? uuidOf(text) : null
  const written = terms.flatMap(term => (term.kind === 'event' ? term.ids : []))
  const asked = [...written.map(uuidOf), ...(pasted === null ? [] : [pasted])]
  if (asked.length === 0) return { text, terms }
  const stored = await storedIds(sql, projectId, asked)
  const idsOf = (ids: readonly string[]): string[] => ids.flatMap(id => stored.get(uuidOf(id)) ?? [])
  const found = pasted === null ? [] : idsOf([pasted])
  const named: (Terms | IdTerm)[] = terms.map(term =>
    term.kind === 'event' ? { ...term, ids: idsOf(term.ids) } : term
  )
  return found.length === 0 ? { text, terms: named } : { text: null, terms: [...named, idTerm(found)] }
}

/** Ids of which each event that passes has one; null when any event may. */
export function idsAsked(terms: readonly SearchTerm[]): readonly string[] | null {
  return terms.find((term): term is IdTerm => term.kind === 'event' && !term.negated)?.ids ?? null
}

/** Whether it asks for an event by its id and for nothing else: then it is meant, whenever it was. */
export function isIdAlone({ text, terms }: Asked): boolean {
  const [first, second] = terms
  return text === null && second === undefined && first?.kind === 'event' && !first.negated
}

function idTerm(ids: readonly string[]): IdTerm {
  return { kind: 'event', negated: false, ids }
}

const idRow = v.strictObject({ asked: v.string(), id: v.string() })

async function storedIds(sql: Queryable, projectId: number, asked: readonly string[]): Promise<Map<string, string[]>> {
  const minted = asked.filter(isMinted)
  const rows = await sql.rows(idRow)`
    select k.event_id as asked, k.id from event_keys k where k.project_id = ${projectId}
      and k.event_id = any (${asked}::uuid[])`
  if (minted.length > 0) {
    const known = eachClass(
      sql,
      await retentionClassesOf(sql, projectId),
      retentionDays => sql`
      select e.id as asked, e.id from events e where e.project_id = ${projectId}
        and ${isOneOf(sql, minted, retentionDays)}`
    )
    rows.push(...(await sql.rows(idRow)`${known}`))
  }
  const stored = new Map<string, string[]>()
  for (const { asked, id } of rows) stored.set(asked, [...(stored.get(asked) ?? []), id])
  return stored
}

/** PostgreSQL's texts of times have years of four digits. */
const yearsEnd = Date.UTC(10_000, 0, 1)

function isMinted(id: string): boolean {
  return id.charAt(14) === '7' && receivedAtOf(id) < yearsEnd
}

/**
 * The condition on `e` that it is one of these, of which there is at least one. Partitions are left out by the span, as
 * the list of times does not do it.
 */
export function isOneOf(sql: Queryable, ids: readonly string[], retentionDays: number) {
  const times = ids.map(receivedAtOf)
  const [first, last] = [new Date(Math.min(...times)), new Date(Math.max(...times))]
  return sql`e.retention_days = ${retentionDays} and e.received_at >= ${first} and e.received_at <= ${last}
    and e.received_at = any (${times.map(time => new Date(time).toISOString())}::timestamptz[])
    and e.id = any (${ids}::uuid[])`
}

function uuidOf(id: string): string {
  const hex = id.replaceAll('-', '').toLowerCase()
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
