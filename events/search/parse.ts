/**
 * Parses what people type into a search field, as users of Sentry know it: `is:unresolved level:error release:1.2.*
 * !browser:Chrome timesSeen:>100 firstSeen:-24h "free text"`. `!` negates, `*` stands for anything, [a, b] for either,
 * quotes hold blanks. A name that is no search key is the name of a tag; `tags[level]:x` always is. Everything else is
 * free text, as are most lines pasted from a log. What cannot be understood is refused with its column.
 */
import { searchKeyNamed, type SearchKey } from '../../schema/search-keys.ts'
import { isEventTerm, type SearchQuery, type SearchTerm } from './query.ts'
import {
  columnOf,
  isAtEnd,
  SearchError,
  skipBlanks,
  takeChar,
  takeKey,
  takeText,
  takeValues,
  type Key,
  type Reader
} from './reader.ts'
import { tagTerm, termOf } from './terms.ts'

export const searchCharsMax = 1_000
export const searchTermsMax = 50
const valuesMax = 20

/** What is searched: lists of events refuse terms about issues. Relative times count from `now`. */
export type ParseOptions = { subject: 'issues' | 'events'; now: number }

export type ParsedSearch = { ok: true; query: SearchQuery } | { ok: false; column: number; message: string }

export function parseSearch(text: string, options: ParseOptions): ParsedSearch {
  try {
    return { ok: true, query: queryOf(text, options) }
  } catch (error) {
    if (error instanceof SearchError) return { ok: false, column: error.column, message: error.message }
    throw error
  }
}

function queryOf(text: string, { subject, now }: ParseOptions): SearchQuery {
  if (text.length > searchCharsMax) {
    throw new SearchError(searchCharsMax + 1, `the end: a search has at most ${searchCharsMax} characters`)
  }
  const reader: Reader = { text, at: 0 }
  const words: string[] = []
  const terms: SearchTerm[] = []
  for (skipBlanks(reader); !isAtEnd(reader); skipBlanks(reader)) {
    if (words.length + terms.length >= searchTermsMax) {
      throw new SearchError(columnOf(reader), `the end: a search has at most ${searchTermsMax} terms`)
    }
    const column = columnOf(reader)
    const term = takeTerm(reader, now, words)
    if (term === null) continue
    if (subject === 'events' && !isEventTerm(term)) {
      throw new SearchError(column, 'what events are searched by: this is asked of issues')
    }
    terms.push(term)
  }
  return { text: words.length === 0 ? null : words.join(' '), terms }
}

/** Returns null for free text, which it adds to `words`. */
function takeTerm(reader: Reader, now: number, words: string[]): SearchTerm | null {
  const start = reader.at
  const negated = takeChar(reader, '!')
  const afterSign = reader.at
  const key = takeKey(reader)
  if (key !== null) {
    const known = key.isTag ? undefined : searchKeyNamed(key.name)
    if (isTerm(reader, key, known)) {
      const values = takeValues(reader, valuesMax)
      if (known === undefined) return tagTerm(key, values, negated)
      if (known.kind !== 'message') return termOf(known, key, values, negated, now)
      words.push(...values.map(value => `${negated ? '-' : ''}"${value.text.replaceAll('"', ' ')}"`))
      return null
    }
  }
  reader.at = negated && !isBlankAt(reader, afterSign) ? afterSign : start
  const minus = reader.at > start || (reader.text[reader.at] === '-' && takeChar(reader, '-')) ? '-' : ''
  const word = isAtEnd(reader) || isBlankAt(reader, reader.at) ? '' : takeText(reader)
  if (word !== '') words.push(minus + word)
  return null
}

/**
 * Whether it reads as a term: `TypeError: x`, `https://…` and `a > b` are text, but a search key must have a value.
 */
function isTerm(reader: Reader, key: Key, known: SearchKey | undefined): boolean {
  if (key.operator !== ':') return known?.kind === 'time' || known?.kind === 'count'
  if (key.isTag || known !== undefined) return true
  return (
    !isBlankAt(reader, reader.at) && !isAtEnd(reader) && !reader.text.startsWith('//', reader.at) && key.name.length > 1
  )
}

function isBlankAt({ text }: Reader, at: number): boolean {
  return /^\s?$/.test(text.charAt(at))
}
