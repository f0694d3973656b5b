/**
 * The events of a person: those whose `user` says one of the given names. They are found through the index of words,
 * and the event decides, since a tag or another person may have the same word. E-mail addresses are found as given and
 * in lower case. Events of versions before 0.3 are found by an address (`ip_address`) only where the user has no other
 * name.
 */
import * as v from 'valibot'
import { parseJson } from '../../events/json.ts'
import { cut } from '../../events/text.ts'
import type { Person } from '../../schema/api/persons.ts'
import { limits } from '../../schema/limits.ts'
import type { PendingQuery, Queryable, TransactionSql } from '../database/sql.ts'
import { payloadText, storedPayloadColumns } from '../events/payloads.ts'
import { facet, projectLexeme, quoted } from '../search/lexemes.ts'
import { eachClass, inWindow, retentionClassesOf, type Position, type Window } from '../search/event-windows.ts'
import { throughIndex } from '../search/through-index.ts'

type Part = PendingQuery<Record<string, unknown>>

const lexemeKeys = {
  user: ['user'],
  id: ['user'],
  email: ['user', 'user.email'],
  username: ['user', 'user.username'],
  ip_address: ['user', 'user.ip']
} as const

/** Of a person in a project; `person` holds a name. */
export type PersonIn = { projectId: number; person: Person }

/** The question to the index of words. */
function searchOf({ projectId, person }: PersonIn): string {
  const words = Object.entries(lexemeKeys).flatMap(([kind, keys]) =>
    namesGiven(person, kind).flatMap(name => keys.map(key => quoted(facet(key, name))))
  )
  return `${quoted(projectLexeme(projectId))} & (${[...new Set(words)].join(' | ')})`
}

function namesGiven(person: Person, kind: string): string[] {
  const { [kind]: name }: Record<string, string | undefined> = person
  if (name === undefined) return []
  return kind === 'email' && name !== name.toLowerCase() ? [name, name.toLowerCase()] : [name]
}

/**
 * A query for events `e` in a window that the index finds, newest first, at most `rowsMax`; it must run in
 * `throughIndex`. It comes in an object, because a query that is awaited is sent.
 */
export async function candidatesIn(
  sql: Queryable,
  one: PersonIn,
  window: Window,
  columns: Part,
  rowsMax: number
): Promise<{ events: Part }> {
  const search = searchOf(one)
  const branches = eachClass(
    sql,
    await retentionClassesOf(sql, one.projectId),
    days => sql`
    select ${columns} from events e where e.project_id + 0 = ${one.projectId} and ${inWindow(sql, window, days)}
      and e.search @@ ${search}::tsquery
    order by e.received_at desc, e.id desc limit ${rowsMax}`
  )
  return { events: sql`(select * from (${branches}) e order by e.received_at desc, e.id desc limit ${rowsMax})` }
}

const foundRow = v.strictObject({
  id: v.string(),
  received_at: v.date(),
  retention_days: v.number(),
  issue_id: v.string(),
  user: v.string(),
  ...storedPayloadColumns
})
export type FoundEvent = Omit<v.InferOutput<typeof foundRow>, 'packed' | 'payload'> & { payload: string }

/** `end` is where the next page begins; null when there are no more. */
export type FoundPage = { events: FoundEvent[]; end: Position | null }

/** Payloads of a page, as PostgreSQL keeps them. */
const pageBytesMax = 4 * 1024 * 1024

/** Their newest events in the window, of so many that the index finds. Few come at once when they are large. */
export async function pageOfPerson(
  sql: TransactionSql,
  one: PersonIn,
  window: Window,
  rowsMax: number
): Promise<FoundPage> {
  const columns = sql`e.id, e.received_at, e.retention_days, e.issue_id, e."user", e.payload, e.packed,
    coalesce(pg_column_size(e.packed), pg_column_size(e.payload)) as bytes`
  const { events } = await candidatesIn(sql, one, window, columns, rowsMax)
  const found = await throughIndex(
    sql,
    async () =>
      await sql.rows(foundRow)`
        select e.id, e.received_at, e.retention_days, e.issue_id, e."user", e.payload::text as payload, e.packed from (
          select *, sum(bytes) over (order by received_at desc, id desc) - bytes as before from ${events} e
        ) e where before <= ${pageBytesMax} order by e.received_at desc, e.id desc`
  )
  const rows = found.map(({ payload, packed, ...row }) => ({ ...row, payload: payloadText({ payload, packed }) }))
  const last = rows.at(-1)
  return {
    events: rows.filter(row => isTheirs(one.person, row)),
    end: last === undefined ? null : { at: last.received_at.getTime(), id: last.id }
  }
}

const name = v.fallback(v.nullish(v.union([v.string(), v.number()])), null)
const withUser = v.object({
  user: v.object({ id: name, email: name, username: name, ip_address: name })
})

export type UserNames = { id: string; email: string; username: string; ip_address: string }

/** What the event calls its user; '' where it says nothing. */
export function namesIn(payload: string): UserNames {
  const parsed = parseJson(payload)
  const found = v.safeParse(withUser, parsed.ok ? parsed.value : null)
  const user = found.success ? found.output.user : null
  return {
    id: shown(user?.id),
    email: shown(user?.email),
    username: shown(user?.username),
    ip_address: shown(user?.ip_address)
  }
}

function shown(given: string | number | null | undefined): string {
  return cut(String(given ?? ''), limits.nameCharsMax)
}

function isTheirs(person: Person, { user, payload }: FoundEvent): boolean {
  if (person.user === user) return true
  const names = namesIn(payload)
  return (
    names.id === person.id ||
    names.username === person.username ||
    names.ip_address === person.ip_address ||
    names.email.toLowerCase() === person.email?.toLowerCase()
  )
}
