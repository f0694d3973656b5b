/**
 * A search text in the dashboard: its tokens, what may stand where the cursor is, and the terms that links are made of.
 * The server judges what is typed; here it is only taken apart well enough to complete it and to take a term out. What
 * links are made of, the server's parser must read as it was meant: a test holds both together.
 */
import { facets } from '../../../schema/facets.ts'
import { searchKeyNamed, searchKeys } from '../../../schema/search-keys.ts'

export type Token = { text: string; start: number; end: number } & (
  { kind: 'term'; negated: boolean; key: string; value: string; valueStart: number } | { kind: 'text' }
)

const term = /^(!?)(tags\[[^\]\s]*\]|[\w.-]+):(\S[^]*)?$/
const part = /(?:"(?:\\[^]|[^"\\])*"?|\[(?:"(?:\\[^]|[^"\\])*"?|[^"\]])*\]?|[^\s"[])+/g

/** Cuts at blanks outside of quotes and brackets; parentheses around terms are tokens of their own. */
export function tokensOf(text: string): Token[] {
  return [...text.matchAll(part)].flatMap(({ 0: found, index }) => {
    const opening = /^(?:[!-]?\()*/.exec(found)?.[0] ?? ''
    const closing = closingOf(found.slice(opening.length))
    const end = found.length - closing.length
    return [
      ...(opening === '' ? [] : [tokenOf(opening, index)]),
      ...(end === opening.length ? [] : [tokenOf(found.slice(opening.length, end), index + opening.length)]),
      ...(closing === '' ? [] : [tokenOf(closing, index + end)])
    ]
  })
}

function tokenOf(text: string, start: number): Token {
  const span = { text, start, end: start + text.length }
  const [, sign, key, value = ''] = term.exec(text) ?? []
  return key === undefined
    ? { ...span, kind: 'text' }
    : { ...span, kind: 'term', negated: sign === '!', key, value, valueStart: span.end - value.length }
}

/** The parentheses at the end that close what was opened before. */
function closingOf(text: string): string {
  const bare = text.replaceAll(/"(?:\\[^]|[^"\\])*"?/g, '')
  const open = bare.split('(').length - bare.split(')').length
  const all = /\)*$/.exec(text)?.[0] ?? ''
  return all.slice(0, Math.max(0, -open))
}

/** Whether terms stand in other relations than all holding. */
export function hasOperators(text: string): boolean {
  return tokensOf(text).some(token => /^(?:AND|OR|NOT|(?:[!-]?\()+)$/.test(token.text))
}

const idAlone = /^(?:event[_.]id:)?([0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i

/** The id of an event that the text is, with nothing beside it; null when it is anything else. */
export function eventIdIn(text: string): string | null {
  return idAlone.exec(text.trim())?.[1] ?? null
}

export type Suggestion = {
  label: string
  about: string
  /** The text with it put in, and where the cursor goes. */ text: string
  cursor: number
}

export type CompletionSource = {
  subject: 'issues' | 'events'
  /** Values by key: releases, environments, members. */
  values?: Readonly<Record<string, readonly string[]>>
}

const suggestionsMax = 12

export function suggestionsFor(text: string, cursor: number, source: CompletionSource): Suggestion[] {
  const token = tokensOf(text).find(({ start, end }) => cursor > start && cursor <= end)
  if (token?.kind === 'term' && cursor >= token.valueStart) return valueSuggestions(text, token, source)
  const typed = token === undefined ? '' : text.slice(token.start, cursor).replace(/^!/, '')
  return keySuggestions(text, token ?? { start: cursor, end: cursor, text: '' }, typed, source)
}

function keySuggestions(
  text: string,
  { start, end, text: whole }: Pick<Token, 'start' | 'end' | 'text'>,
  typed: string,
  { subject }: CompletionSource
): Suggestion[] {
  const known = searchKeys.filter(key => key.subject === 'both' || subject === 'issues')
  const keys = [...known, ...facets.filter(({ name }) => searchKeyNamed(name) === undefined)].map(({ name, help }) => ({
    name,
    about: help
  }))
  const sign = whole.startsWith('!') ? '!' : ''
  return ranked(keys, typed, ({ name }) => name).map(({ name, about }) => ({
    label: `${sign}${name}:`,
    about,
    ...putIn(text, start, end, `${sign}${name}:`)
  }))
}

function valueSuggestions(
  text: string,
  { key, value, valueStart, end }: Extract<Token, { kind: 'term' }>,
  { values = {} }: CompletionSource
): Suggestion[] {
  const known = searchKeyNamed(key)
  const options = [...(known?.values ?? []), ...(values[known?.name ?? tagNamed(key)] ?? [])]
  return ranked(options, unquoted(value), option => option).map(option => ({
    label: option,
    about: known?.help ?? 'Value',
    ...putIn(text, valueStart, end, `${known?.values?.includes(option) === true ? option : quoted(option)} `)
  }))
}

/** What begins with what was typed, then what holds it. */
function ranked<Option>(options: readonly Option[], typed: string, name: (option: Option) => string): Option[] {
  const wanted = typed.toLowerCase()
  const rank = (option: Option): number => {
    const at = name(option).toLowerCase().indexOf(wanted)
    return at === -1 ? 2 : at === 0 ? 0 : 1
  }
  return options
    .map(option => ({ option, rank: rank(option) }))
    .filter(one => one.rank < 2)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, suggestionsMax)
    .map(({ option }) => option)
}

function putIn(text: string, start: number, end: number, what: string): { text: string; cursor: number } {
  return {
    text: text.slice(0, start) + what + text.slice(end).replace(/^\s+/, what.endsWith(' ') ? '' : ' '),
    cursor: start + what.length
  }
}

/**
 * A value as it must be written for the parser to read exactly this: whatever could mean anything else stands in
 * quotes, where a backslash takes the meaning from quotes, stars and backslashes.
 */
export function quoted(value: string): string {
  return /^[\w.@+-][\w.@:+-]*$/.test(value) ? value : `"${value.replaceAll(/["*\\]/g, '\\$&')}"`
}

/** The value that was written, quoted or not; a quote that is not closed yet ends with the text. */
export function unquoted(written: string): string {
  const inner = /^"((?:\\[^]|[^"\\])*)/.exec(written)?.[1] ?? written
  return inner.replaceAll(/\\(["*\\])/g, '$1')
}

/** How a search names a tag: a name that is a key of the search, or reads as none, stands in `tags[…]`. */
export function tagKey(name: string): string {
  return searchKeyNamed(name) === undefined && /^[A-Za-z_][\w.-]+$/.test(name) ? name : `tags[${name}]`
}

/** The tag that a key of a term names, with or without `tags[…]`. */
export function tagNamed(key: string): string {
  return /^tags\[(.*)\]$/.exec(key)?.[1] ?? key
}

/** The search for exactly this value of a tag. */
export function tagTerm(name: string, value: string): string {
  return `${tagKey(name)}:${quoted(value)}`
}

/** Terms that operators stand between stay: nobody knows what would be meant without them. */
export function withoutKey(text: string, key: string): string {
  if (hasOperators(text)) return text
  return tokensOf(text)
    .filter(token => token.kind === 'text' || token.key !== key)
    .map(token => token.text)
    .join(' ')
}

/** What to say when nothing is found: a word that longer ones may begin with, as a search for them; '' without one. */
export function starredWord(text: string): string {
  const word = tokensOf(text).find(
    token => token.kind === 'text' && /^(?!AND$|NOT$)[\p{L}\p{N}_]{3,}$/u.test(token.text)
  )
  return word === undefined ? '' : ` Words are whole: ${word.text}* finds longer ones.`
}
