/**
 * Which names are those of tags of a project, for a search that may mean a tag or be mistaken. The rollups know the
 * tags that are frequent; for the others the newest events are looked at, then the index of words. A name that is not
 * found within `budgetMs` counts as a tag.
 */
import * as v from 'valibot'
import { sqlStateOf } from '../database/errors.ts'
import type { Queryable, Sql } from '../database/sql.ts'
import { eachClass, inWindow, leastId, newestDays, retentionClassesOf, wholeTime } from './event-windows.ts'
import { facet, projectLexeme, quoted } from './lexemes.ts'

const nameRow = v.strictObject({ name: v.string() })
const newestEvents = 1_000
const keptDays = 90
const suggestedDays = 7
const aheadMs = 60_000
const budgetMs = 300
const cancelled = '57014'

/** Newest first, so that a tag in use is found at once. */
function days(sql: Queryable, count: number) {
  return sql`(select (now() at time zone 'utc')::date - back as day from generate_series(0, ${count}) as back)`
}

/** The names of tags that were counted in the last days, for suggestions. */
export async function countedTags(sql: Queryable, projectId: number): Promise<string[]> {
  const rows = await sql.rows(nameRow)`
    select distinct name from ${days(sql, suggestedDays)} d cross join lateral (
      with recursive names as (
        (select key as name from tag_days where project_id = ${projectId} and day = d.day order by key limit 1)
        union all
        select (select t.key from tag_days t where t.project_id = ${projectId} and t.day = d.day and t.key > n.name
          order by t.key limit 1)
        from names n where n.name is not null
      ) select name from names where name is not null) n`
  return rows.map(row => row.name)
}

/** Those of the names that an event has as a tag. */
export async function tagsAmong(sql: Sql, projectId: number, names: readonly string[]): Promise<Set<string>> {
  const counted = await sql.rows(nameRow)`
    select name from unnest(${names}::text[]) as name where exists (
      select from ${days(sql, keptDays)} d where exists (
        select from tag_days t where t.project_id = ${projectId} and t.day = d.day and t.key = name))`
  const known = new Set(counted.map(row => row.name))
  const missing = names.filter(name => !known.has(name))
  if (missing.length === 0) return known
  const classes = await retentionClassesOf(sql, projectId)
  const newest = eachClass(
    sql,
    classes,
    retentionDays => sql`
    select e.search from events e where e.project_id = ${projectId}
      and ${inWindow(sql, newestDays({ at: Date.now() + aheadMs, id: leastId }, 2, 0), retentionDays)}
      order by e.received_at desc, e.id desc limit ${newestEvents}`
  )
  const seen = await sql.rows(nameRow)`
    select name from unnest(${missing}::text[], ${missing.map(name => queryOf(projectId, name))}::text[])
      as missing (name, query)
    where exists (
      select from (${newest}) e, unnest(tsvector_to_array(e.search)) as lexeme where starts_with(lexeme, name || '='))
      or exists (select from word_sets w where w.project_id = ${projectId} and w.words @@ query::tsquery)`
  for (const { name } of seen) known.add(name)
  for (const name of missing) {
    if (!known.has(name) && (await hasIndexed(sql, projectId, classes, name))) known.add(name)
  }
  return known
}

/** The tsquery of a tag, whatever its value. */
function queryOf(projectId: number, name: string): string {
  return `${quoted(projectLexeme(projectId))} & ${quoted(facet(name, ''))}:*`
}

async function hasIndexed(sql: Sql, projectId: number, classes: readonly number[], name: string): Promise<boolean> {
  const query = queryOf(projectId, name)
  try {
    return await sql.begin(async sql => {
      await sql`
        select set_config('statement_timeout', ${String(budgetMs)}, true), set_config('jit', 'off', true),
          set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', 'off', true)`
      const found = eachClass(
        sql,
        classes,
        retentionDays => sql`select ${name}::text as name from events e where e.project_id + 0 = ${projectId}
          and ${inWindow(sql, wholeTime, retentionDays)} and e.search @@ ${query}::tsquery limit 1`
      )
      return (await sql.rows(nameRow)`${found}`).length > 0
    })
  } catch (error) {
    if (sqlStateOf(error) === cancelled) return true
    throw error
  }
}
