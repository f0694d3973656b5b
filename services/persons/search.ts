/**
 * People who have a text in one of their names, those that were seen last first. The words of the newest events are
 * looked at for it; of older events the index finds those with a name that begins with the text. Both are bounded, and
 * the result says whether there may be others.
 */
import * as v from 'valibot'
import type { FoundPerson } from '../../schema/api/persons.ts'
import { sqlStateOf } from '../database/errors.ts'
import type { PendingQuery, Queryable, Sql } from '../database/sql.ts'
import { eachClass, inWindow, retentionClassesOf, wholeTime } from '../search/event-windows.ts'
import { facet, projectLexeme, quoted } from '../search/lexemes.ts'
import { likeOf } from '../search/patterns.ts'
import { throughIndex } from '../search/through-index.ts'

type Part = PendingQuery<Record<string, unknown>>
export type PersonSearch = { projectId: number; text: string; limit: number }

/** What an event says of its user; the first is what lists show, whichever of the names it is. */
const nameKeys = ['user', 'user.email', 'user.username'] as const
const newestMax = 5_000
const indexedMax = 1_000
const budgetMs = 300
const cancelled = '57014'

const foundRow = v.strictObject({ user: v.string(), received_at: v.date(), names: v.array(v.string()) })
type Row = v.InferOutput<typeof foundRow>

export async function searchPersons(
  sql: Sql,
  search: PersonSearch
): Promise<{ persons: FoundPerson[]; isComplete: boolean }> {
  const classes = await retentionClassesOf(sql, search.projectId)
  const { rows: newest, isAll } = await amongNewest(sql, search, classes)
  const older = isAll ? [] : await byBeginning(sql, search, classes)
  const byUser = new Map<string, FoundPerson>()
  for (const row of [...newest, ...(older ?? [])].sort((a, b) => b.received_at.getTime() - a.received_at.getTime())) {
    if (!byUser.has(row.user)) byUser.set(row.user, personOf(row))
  }
  const persons = [...byUser.values()].slice(0, search.limit)
  return { persons, isComplete: isAll && newest.length <= search.limit }
}

const newestRow = v.strictObject({ looked: v.number(), ...foundRow.entries })

async function amongNewest(
  sql: Sql,
  { projectId, text, limit }: PersonSearch,
  classes: readonly number[]
): Promise<{ rows: Row[]; isAll: boolean }> {
  const newest = eachClass(
    sql,
    classes,
    days => sql`
      select e."user", e.received_at, e.id, e.search from events e
      where e.project_id = ${projectId} and ${inWindow(sql, wholeTime, days)}
      order by e.received_at desc, e.id desc limit ${newestMax}`
  )
  const patterns = nameKeys.map(key => likeOf(facet(key, ''), ['', text.toLowerCase(), '']))
  const rows = await sql.rows(newestRow)`
    with newest as materialized (
      select * from (${newest}) e order by e.received_at desc, e.id desc limit ${newestMax}
    ), persons as (
      select distinct on (e."user") e.* from newest e where e."user" <> '' order by e."user", e.received_at desc
    )
    select (select count(*) from newest) as looked, p."user", p.received_at, said.names
    from persons p cross join lateral (${namesOf(sql, sql`p.search`)}) said
    where exists (select from unnest(said.names) as name where lower(name) like any (${patterns}))
    order by p.received_at desc limit ${limit + 1}`
  const [first] = rows
  const looked = first?.looked ?? (await countOf(sql, newest))
  return { rows: rows.map(({ looked: _looked, ...row }) => row), isAll: looked < newestMax }
}

async function countOf(sql: Sql, newest: Part): Promise<number> {
  const [row] = await sql.rows(v.strictObject({ looked: v.number() }))`
    select count(*) as looked from (select from (${newest}) e limit ${newestMax}) e`
  return row?.looked ?? 0
}

/** Null when it took too long. */
async function byBeginning(
  sql: Sql,
  { projectId, text, limit }: PersonSearch,
  classes: readonly number[]
): Promise<Row[] | null> {
  const starts = [...new Set([text, text.toLowerCase()])].flatMap(start => nameKeys.map(key => facet(key, start)))
  const query = `${quoted(projectLexeme(projectId))} & (${starts.map(start => `${quoted(start)}:*`).join(' | ')})`
  try {
    return await sql.begin(async sql => {
      await sql`select set_config('statement_timeout', ${String(budgetMs)}, true)`
      const found = eachClass(
        sql,
        classes,
        days => sql`select e."user", e.received_at, e.search from events e where e.project_id + 0 = ${projectId}
          and ${inWindow(sql, wholeTime, days)} and e.search @@ ${query}::tsquery limit ${indexedMax}`
      )
      return await throughIndex(
        sql,
        async () =>
          await sql.rows(foundRow)`
            select p."user", p.received_at, said.names from (
              select distinct on (e."user") e.* from (${found}) e where e."user" <> ''
              order by e."user", e.received_at desc
            ) p cross join lateral (${namesOf(sql, sql`p.search`)}) said
            order by p.received_at desc limit ${limit + 1}`
      )
    })
  } catch (error) {
    if (sqlStateOf(error) === cancelled) return null
    throw error
  }
}

function namesOf(sql: Queryable, words: Part): Part {
  const starts = nameKeys.map(key => facet(key, ''))
  return sql`select coalesce(array_agg(word), '{}') as names from unnest(tsvector_to_array(${words})) as word
    where word ^@ ${starts[0] ?? ''} or word ^@ ${starts[1] ?? ''} or word ^@ ${starts[2] ?? ''}`
}

function personOf({ user, received_at: at, names }: Row): FoundPerson {
  const named = (key: string): string => {
    const start = facet(key, '')
    return names.find(name => name.startsWith(start))?.slice(start.length) ?? ''
  }
  return { user, email: named('user.email'), username: named('user.username'), last_seen: at.toISOString() }
}
