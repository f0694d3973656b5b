/**
 * Free text as a tsquery and a condition, over a tsvector whose words have positions (events) or have none (issues).
 * Whole words and phrases are the index's; of a word with stars it knows the beginning, and the lexemes tell.
 */
import type { Pattern, WordsTerm } from '../../events/search/query.ts'
import type { Queryable } from '../database/sql.ts'
import { allOf, type Compiled, type Condition } from './compiled.ts'
import { quoted } from './lexemes.ts'
import { isExact, likeOf } from './patterns.ts'

export function isWholeWords({ words }: WordsTerm): boolean {
  return words.every(isExact)
}

/** As it stands: negated or not is the caller's matter. `vector` is the tsvector of a row. */
export function wordsCompiled(sql: Queryable, { words, isPhrase }: WordsTerm, vector: Condition): Compiled {
  if (isPhrase) return { query: words.map(([word]) => quoted(word)).join(' <-> '), condition: null }
  const known = words.flatMap(word => startOf(word) ?? [])
  const starred = words.filter(word => !isExact(word))
  return {
    query: known.length === 0 ? null : known.join(' & '),
    condition:
      starred.length === 0
        ? null
        : allOf(
            sql,
            starred.map(word => hasWordLike(sql, vector, word))
          )
  }
}

export function startOf(word: Pattern): string | null {
  const [start] = word
  return isExact(word) ? quoted(start) : start === '' ? null : `${quoted(start)}:*`
}

/** Lexemes that are no words hold an equals sign or begin with a mark, which no word does. */
export function hasWordLike(sql: Queryable, vector: Condition, word: Pattern): Condition {
  return sql`exists (select from unnest(tsvector_to_array(${vector})) as word where word like ${likeOf('', word)}
    and strpos(word, '=') = 0 and left(word, 1) not in ('~', '#'))`
}
