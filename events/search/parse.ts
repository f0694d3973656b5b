/**
 * Parses what people type into a search field, as users of Sentry know it: `is:unresolved level:error release:>1.2.0
 * !browser:Chrome timesSeen:>100 firstSeen:-24h "free text" timeo* (a OR b)`. Terms side by side must all hold, as with
 * AND; OR binds less. `!` and NOT negate, `*` stands for anything, [a, b] for either, quotes hold blanks. A name that
 * is no search key is the name of a tag; `tags[level]:x` always is. Everything else is free text, as are most lines
 * pasted from a log: parentheses count only where they are closed, or where AND, OR or NOT makes them matter. What
 * cannot be understood is refused with its column.
 */
import { facetRank } from '../../schema/facets.ts'
import { searchKeyNamed, type SearchKey } from '../../schema/search-keys.ts'
import { allNodes, anyNode, negatedNode } from './nodes.ts'
import { isEventTerm, type SearchNode, type SearchTerm } from './query.ts'
import {
  columnOf,
  expected,
  isAtEnd,
  operatorAt,
  SearchError,
  skipBlanks,
  takeChar,
  takeKey,
  takeOperator,
  takeText,
  takeValues,
  type Key,
  type Reader,
  type Value
} from './reader.ts'
import { messageTerm, tagTerm, termOf, textTermOf, wordsTerm } from './terms.ts'

export const searchCharsMax = 1_000
export const searchTermsMax = 50
export const searchDepthMax = 10
const valuesMax = 20

/** What is searched: lists of events refuse terms about issues. Relative times count from `now`. */
export type ParseOptions = { subject: 'issues' | 'events'; now: number }

/** `query` is null for an empty text. */
export type ParsedSearch = { ok: true; query: SearchNode | null } | { ok: false; column: number; message: string }

export function parseSearch(text: string, options: ParseOptions): ParsedSearch {
  try {
    return { ok: true, query: searched(text, options) }
  } catch (error) {
    if (error instanceof SearchError) return { ok: false, column: error.column, message: error.message }
    throw error
  }
}

type Parser = Reader &
  ParseOptions & { terms: number; /** Whether parentheses are more than text. */ isGrouped: boolean }

class ParenthesisError extends SearchError {}

const phrases = /"(?:\\[^]|[^"\\])*"/g
const operators = /(?:^|[\s(])(?:(?:AND|OR|NOT)(?=[\s()]|$)|[!-]\()/

/** The same, but throws what is wrong as a `SearchError`. */
export function searched(text: string, options: ParseOptions): SearchNode | null {
  if (text.length > searchCharsMax) {
    throw expected(searchCharsMax + 1, `the end: a search has at most ${searchCharsMax} characters`)
  }
  try {
    return whole({ ...options, text, at: 0, depth: 0, terms: 0, isGrouped: true })
  } catch (error) {
    if (!(error instanceof ParenthesisError) || operators.test(text.replaceAll(phrases, '""'))) throw error
    return whole({ ...options, text, at: 0, depth: 0, terms: 0, isGrouped: false })
  }
}

function whole(parser: Parser): SearchNode | null {
  skipBlanks(parser)
  const column = columnOf(parser)
  const isBlank = isAtEnd(parser)
  const node = takeAny(parser)
  if (node === null && !isBlank) throw new SearchError(column, 'holds no word to search for')
  return node
}

function takeAny(parser: Parser): SearchNode | null {
  const column = columnOf(parser)
  const first = takeAll(parser)
  if (operatorAt(parser) !== 'OR') return first
  const parts = [demanded(first, column)]
  while (takeOperator(parser, 'OR')) {
    const at = columnOf(parser)
    parts.push(demanded(takeAll(parser), at))
  }
  return anyNode(parts)
}

function takeAll(parser: Parser): SearchNode | null {
  const parts: (SearchNode | null)[] = []
  for (skipBlanks(parser); !endsHere(parser); skipBlanks(parser)) {
    const column = columnOf(parser)
    if (!takeOperator(parser, 'AND')) parts.push(takeOne(parser))
    else if (parts.length === 0) throw expected(column, 'a word or a term before AND')
    else {
      const at = columnOf(parser)
      parts.push(demanded(endsHere(parser) ? null : takeOne(parser), at))
    }
  }
  return allNodes(parts)
}

function endsHere(parser: Parser): boolean {
  return isAtEnd(parser) || operatorAt(parser) === 'OR' || (parser.depth > 0 && parser.text[parser.at] === ')')
}

/** What an operator stands beside cannot be left out like a hyphen between words. */
function demanded(node: SearchNode | null, column: number): SearchNode {
  if (node === null) throw expected(column, 'a word or a term')
  return node
}

function takeOne(parser: Parser): SearchNode | null {
  if (takeOperator(parser, 'NOT')) {
    const column = columnOf(parser)
    return negatedNode(demanded(endsHere(parser) ? null : takeOne(parser), column))
  }
  if (!parser.isGrouped) return takeTerm(parser)
  const { text, at } = parser
  if (text[at] === ')') throw new ParenthesisError(at + 1, 'this ) closes nothing; in quotes it is text')
  if (text[at] === '(') return takeGroup(parser)
  if ((text[at] !== '!' && text[at] !== '-') || text[at + 1] !== '(') return takeTerm(parser)
  parser.at += 1
  return negatedNode(takeGroup(parser))
}

function takeGroup(parser: Parser): SearchNode {
  const column = columnOf(parser)
  if (parser.depth === searchDepthMax) {
    throw new ParenthesisError(column, `expected at most ${searchDepthMax} parentheses within each other`)
  }
  parser.at += 1
  parser.depth += 1
  skipBlanks(parser)
  const node = takeAny(parser)
  if (!takeChar(parser, ')')) throw new ParenthesisError(column, 'expected a closing ) for the one here')
  parser.depth -= 1
  if (node === null) throw new ParenthesisError(column, 'expected a word or a term in these parentheses')
  return node
}

/** Null for text without a word, like a dash between words. */
function takeTerm(parser: Parser): SearchNode | null {
  const start = parser.at
  const column = columnOf(parser)
  parser.terms += 1
  if (parser.terms > searchTermsMax) throw expected(column, `the end: a search has at most ${searchTermsMax} terms`)
  const sign = parser.text.charAt(start)
  const isSigned = sign === '!' || sign === '-'
  if (isSigned) parser.at += 1
  const afterSign = parser.at
  const key = takeKey(parser)
  if (key !== null) {
    const known = key.isTag ? undefined : searchKeyNamed(key.name)
    if (isTerm(parser, key, known) && (sign !== '-' || isKnown(key, known))) {
      const values = takeValues(parser, valuesMax)
      const node = keyed(parser, { key, known, values, negated: isSigned, column })
      return refusedOfEvents(node, parser)
    }
  }
  parser.at = isSigned && (sign === '-' || !isBlankAt(parser, afterSign)) ? afterSign : start
  const written = isBlankAt(parser, parser.at) ? '' : takeText(parser)
  const term = wordsTerm(written, isSigned)
  return term === null ? null : { op: 'term', column, term }
}

type Keyed = { key: Key; known: SearchKey | undefined; values: readonly Value[]; negated: boolean; column: number }

function keyed({ text, at, now }: Parser, { key, known, values, negated, column }: Keyed): SearchNode {
  const node = (term: SearchTerm): SearchNode => ({ op: 'term', column, term })
  if (known?.kind === 'message') {
    const any = demanded(anyNode(values.map(value => node(messageTerm(value)))), column)
    return negated ? negatedNode(any) : any
  }
  if (known !== undefined) return node(termOf(known, key, values, negated, now))
  const term = tagTerm(key, values, negated)
  if (isKnown(key, known)) return node(term)
  const written = text.slice(key.column - 1, at)
  return { op: 'term', column, term, unknown: { name: key.name, asText: textTermOf(key.name, written, negated) } }
}

function refusedOfEvents(node: SearchNode, { subject }: Parser): SearchNode {
  if (subject === 'events' && node.op === 'term' && !isEventTerm(node.term)) {
    throw expected(node.column, 'what events are searched by: this is asked of issues')
  }
  return node
}

/**
 * Whether it reads as a term: `TypeError: x`, `https://…`, `ActiveRecord::NotFound` and `a > b` are text, but a search
 * key must have a value.
 */
function isTerm(reader: Reader, key: Key, known: SearchKey | undefined): boolean {
  if (key.operator !== ':') return known?.isCompared === true
  if (key.isTag) return true
  if (reader.text[reader.at] === ':') return false
  if (known !== undefined) return true
  return (
    !isBlankAt(reader, reader.at) && !isAtEnd(reader) && !reader.text.startsWith('//', reader.at) && key.name.length > 1
  )
}

function isKnown({ name, isTag }: Key, known: SearchKey | undefined): boolean {
  return known !== undefined || isTag || facetRank(name) !== undefined
}

function isBlankAt({ text }: Reader, at: number): boolean {
  return /^\s?$/.test(text.charAt(at))
}
