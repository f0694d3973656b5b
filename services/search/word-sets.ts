/**
 * The sets of words (shared-words.ts) in which terms of a search are found, looked up before the events are searched;
 * and the words of events with those of their sets, for what looks at rows.
 */
import * as v from 'valibot'
import { termNodes } from '../../events/search/nodes.ts'
import type { EventNode, EventTerm } from '../../events/search/query.ts'
import type { Queryable } from '../database/sql.ts'
import { exact, type Condition } from './compiled.ts'
import { positiveOf, startsOf, type MatchingSets } from './event-terms.ts'
import { facet, projectLexeme, quoted } from './lexemes.ts'
import { isShared } from './shared-words.ts'

/** Of terms that may be found in sets. */
export type TermSets = ReadonlyMap<EventTerm, MatchingSets>

/** With more, looking each up in the index of words costs more than reading the rows. */
const setsMax = 200

const setRow = v.strictObject({ id: v.number() })

export async function setsOf(sql: Queryable, projectId: number, where: EventNode | null): Promise<TermSets> {
  const asked = termNodes(where).flatMap(({ term }) => (startsOf(term).some(isShared) ? [term] : []))
  return new Map(
    await Promise.all(
      asked.map(async term => {
        const among = setsWith(sql, projectId, term)
        const rows = await sql.rows(setRow)`${among} limit ${setsMax + 1}`
        return [term, rows.length > setsMax ? { among } : { ids: rows.map(({ id }) => id) }] as const
      })
    )
  )
}

/** The ids of the sets in which the term is found, negated or not. */
function setsWith(sql: Queryable, projectId: number, term: EventTerm): Condition {
  const words = sql`w.words`
  const matching = (query: string) => sql`${words} @@ ${query}::tsquery`
  return sql`
    select w.id from word_sets w where w.project_id = ${projectId} and ${matching(quoted(projectLexeme(projectId)))}
      and ${exact(sql, positiveOf(sql, term, words), { matching })}`
}

/** All words of a row of events, which is called `row` in the statement. */
export function allWords(sql: Queryable, row: 'e' | 'g') {
  const event = sql(row)
  return sql`(${event}.search || coalesce((select w.words from word_sets w
    where w.project_id = ${event}.project_id and w.id = ${event}.word_set), ''))`
}

const facetRow = v.strictObject({ set: v.number(), lexeme: v.string() })

/** The facets in these sets: of one key, or all with null. */
export async function facetsIn(
  sql: Queryable,
  projectId: number,
  sets: readonly number[],
  key: string | null
): Promise<v.InferOutput<typeof facetRow>[]> {
  if (sets.length === 0) return []
  const isAsked =
    key === null ? sql`lexeme like '%=%' and lexeme not like '~%'` : sql`starts_with(lexeme, ${facet(key, '')})`
  return await sql.rows(facetRow)`
    select w.id as set, lexeme from word_sets w, unnest(tsvector_to_array(w.words)) as lexeme
    where w.project_id = ${projectId} and w.id = any (${sets}::integer[]) and ${isAsked}`
}
