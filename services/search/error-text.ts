/**
 * What is asked of the text of an error (`error.value`): it is looked for in the message of the event, whose words are
 * in the index and which holds the text. A value is a phrase there; with stars it is narrowed down by the words before
 * the first one, and looked at on the rows.
 */
import type { Pattern } from '../../events/search/query.ts'
import { wordsOf } from '../../events/search/words.ts'
import type { PendingQuery, Queryable } from '../database/sql.ts'
import { quoted } from './lexemes.ts'
import { isExact, isSimple, likeOf } from './patterns.ts'

/** What rows with one of these have in the index; null when that says nothing. */
export function errorTextQuery(patterns: readonly Pattern[]): string | null {
  const phrases = patterns.map(phraseOf)
  return phrases.includes('') ? null : phrases.map(phrase => `(${phrase})`).join(' | ')
}

/** What must hold of the message of a row `e` beside that; null when nothing. */
export function errorTextCondition(
  sql: Queryable,
  patterns: readonly Pattern[]
): PendingQuery<Record<string, unknown>> | null {
  if (patterns.every(isIndexed)) return null
  return sql`e.message ilike any (${patterns.map(pattern => `%${likeOf('', pattern)}%`)})`
}

/** Whether the index answers for it alone. */
export function isIndexed(pattern: Pattern): boolean {
  return isSimple(pattern) && wordsOf(pattern[0]).length > 0
}

/** The last word before a star may go on; after a blank it is whole. */
function phraseOf(pattern: Pattern): string {
  const words = wordsOf(pattern[0])
  const goesOn = !isExact(pattern) && wordsOf(pattern[0].slice(-1)).length > 0
  return words.map((word, index) => quoted(word) + (goesOn && index === words.length - 1 ? ':*' : '')).join(' <-> ')
}
