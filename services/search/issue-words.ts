/**
 * Free text about issues: words of titles and culprits by the index over `issue_words` (see schema/migrations), each as
 * the beginning of a word. The index has no positions, so phrases are checked on the rows.
 */
import { anyOf, allOf, not, type Condition } from './event-terms.ts'
import { queryOfTerms, textTerms, type TextTerm } from './query.ts'
import { projectLexeme, quoted } from './lexemes.ts'
import type { Queryable } from '../database/sql.ts'

/** Where `issue_words` cuts. */
const separators = /[\u0001-/:-@[-^`{-\u007f]+/ // eslint-disable-line no-control-regex

/** `query` is a tsquery, to be lower-cased by PostgreSQL as the words were; `condition` the rest, on a row `i`. */
export type TitleSearch = { query: string; condition: Condition }

/** Null when there is no word in the text. */
export function titleSearchOf(sql: Queryable, projectId: number, text: string): TitleSearch | null {
  const alternatives = textTerms(text)
  const query = queryOfTerms(alternatives, part =>
    part.isPhrase && part.negated
      ? ''
      : wordsOf(part)
          .map(word => `${quoted(word)}:*`)
          .join(' & ')
  )
  const phrases = alternatives.map(parts => parts.filter(part => part.isPhrase && wordsOf(part).length > 0))
  if (query === null && phrases.flat().length === 0) return null
  return {
    query: [quoted(projectLexeme(projectId)), ...(query === null ? [] : [`(${query})`])].join(' & '),
    condition: anyOf(
      sql,
      phrases.map(parts =>
        allOf(
          sql,
          parts.map(part => phraseCondition(sql, part))
        )
      )
    )
  }
}

/** Whether the text has a negated part: then events are not searched. */
export function isNegated(text: string): boolean {
  return textTerms(text)
    .flat()
    .some(part => part.negated && wordsOf(part).length > 0)
}

function phraseCondition(sql: Queryable, { text, negated }: TextTerm): Condition {
  const form = `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`
  return not(sql, negated, sql`i.title || ' ' || i.culprit ilike ${form}`)
}

function wordsOf({ text }: TextTerm): string[] {
  return text.split(separators).filter(word => word !== '')
}
