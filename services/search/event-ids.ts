/**
 * Searches for single events by their ids: Mesher's own or the ones that clients gave. The rows are read by their key,
 * because the time of an event is in its id; no index of words is asked. The clients' ids are known as long as events
 * are kept (see services/database/partitions.ts).
 */
import * as v from 'valibot'
import { receivedAtOf } from '../../events/event-ids.ts'
import { eventIdForm } from '../../schema/event.ts'
import { conjuncts, termNodes } from '../../events/search/nodes.ts'
import type { SearchNode, SearchTerm } from '../../events/search/query.ts'
import type { Queryable } from '../database/sql.ts'
import { eachClass, retentionClassesOf } from './event-windows.ts'

/** Ids of events that these terms hold: the ones of `event_id`, and words that are nothing else. */
export function idsWritten(node: SearchNode): string[] {
  return termNodes(node).flatMap(({ term }) =>
    term.kind === 'event' ? term.ids.map(uuidOf) : isPastedId(term) ? [uuidOf(term.text)] : []
  )
}

/**
 * The term with the ids of rows in the place of the ids that were written. A word that is the id of an event asks for
 * that event; where there is none, it stays a word.
 */
export function withStoredIds<Term extends SearchTerm>(
  term: Term,
  stored: ReadonlyMap<string, readonly string[]>
): Term | IdTerm {
  const idsOf = (id: string): readonly string[] => stored.get(uuidOf(id)) ?? []
  if (term.kind === 'event') return { ...term, ids: term.ids.flatMap(idsOf) }
  const pasted = isPastedId(term) ? idsOf(term.text) : []
  return pasted.length === 0 ? term : { kind: 'event', negated: term.negated, ids: pasted }
}

type IdTerm = SearchTerm & { kind: 'event' }

function isPastedId(term: SearchTerm): term is SearchTerm & { kind: 'words' } {
  return term.kind === 'words' && eventIdForm.test(term.text)
}

/** Ids of which each event that passes has one; null when any event may. */
export function idsAsked(node: SearchNode | null): readonly string[] | null {
  if (node === null) return null
  if (node.op === 'term') return node.term.kind === 'event' && !node.term.negated ? node.term.ids : null
  const parts = node.parts.map(idsAsked)
  if (node.op === 'and') return parts.find(ids => ids !== null) ?? null
  return parts.every(ids => ids !== null) ? [...new Set(parts.flat())] : null
}

/** Whether it asks for events by their ids and for nothing else: then they are meant, whenever they were. */
export function isIdAlone(node: SearchNode | null): boolean {
  const [first, second] = conjuncts(node)
  return second === undefined && first?.op === 'term' && first.term.kind === 'event' && !first.term.negated
}

const idRow = v.strictObject({ asked: v.string(), id: v.string() })

/** The id of the row of an event that is named by its own id or by its client's; null when there is none. */
export async function storedIdOf(sql: Queryable, projectId: number, id: string): Promise<string | null> {
  const stored = await storedIds(sql, projectId, [uuidOf(id)])
  return stored.get(uuidOf(id))?.[0] ?? null
}

/** The ids of rows by the ids that were written. */
export async function storedIds(
  sql: Queryable,
  projectId: number,
  asked: readonly string[]
): Promise<Map<string, string[]>> {
  if (asked.length === 0) return new Map()
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
