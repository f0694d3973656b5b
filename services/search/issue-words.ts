/**
 * Free text about issues: words of titles and culprits by the index over `issue_words` (see schema/migrations), which
 * has no positions, so phrases are checked on the rows.
 */
import type { EventNode, EventTerm, WordsTerm } from '../../events/search/query.ts'
import type { Queryable } from '../database/sql.ts'
import { allOf, compiled, opposite, type Compiled, type Condition } from './compiled.ts'
import { projectLexeme, quoted } from './lexemes.ts'
import { wordsCompiled } from './text-words.ts'

/** `query` is a tsquery, to be lower-cased by PostgreSQL as the words were; `condition` the rest, on a row `i`. */
export type TitleSearch = { query: string; condition: Condition }

/** The tree has words alone. */
export function titleSearchOf(sql: Queryable, projectId: number, words: EventNode): TitleSearch {
  const { query, condition } = compiled(sql, words, {
    leaf: term => titleCompiled(sql, term),
    matching: matchingOf(sql)
  })
  return {
    query: [quoted(projectLexeme(projectId)), ...(query === null ? [] : [`(${query})`])].join(' & '),
    condition: condition ?? sql`true`
  }
}

/** The words of a row `i`. The sum keeps the planner from an index that would read all issues. */
export function wordsOfIssue(sql: Queryable): Condition {
  return sql`issue_words(i.project_id + 0, i.title, i.culprit)`
}

function matchingOf(sql: Queryable): (query: string) => Condition {
  return query => sql`${wordsOfIssue(sql)} @@ lower(${query})::tsquery`
}

function titleCompiled(sql: Queryable, term: EventTerm): Compiled {
  if (term.kind !== 'words') throw new Error(`titles are not searched for ${term.kind}`)
  const positive = positiveOf(sql, term)
  return term.negated ? opposite(sql, positive, matchingOf(sql)) : positive
}

function positiveOf(sql: Queryable, term: WordsTerm): Compiled {
  const { words, text, isPhrase } = term
  if (!isPhrase) {
    const { query, condition } = wordsCompiled(sql, term, wordsOfIssue(sql))
    // Cutting a title into words costs most, so it comes last.
    return {
      query,
      condition: condition === null ? null : allOf(sql, [...words.map(word => holds(sql, word.join('%'))), condition])
    }
  }
  const query = words.map(([word]) => quoted(word)).join(' & ')
  return { query, condition: words.length === 1 ? null : holds(sql, text.replaceAll(/[\\%_]/g, '\\$&')) }
}

/** `form` is a pattern of LIKE. Words have nothing of it but underscores, which then stand for more. */
function holds(sql: Queryable, form: string): Condition {
  return sql`i.title || ' ' || i.culprit ilike ${`%${form}%`}`
}
