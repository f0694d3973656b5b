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

/** Cuts at blanks outside of quotes and brackets. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  for (const { 0: found, index } of text.matchAll(part)) {
    const span = { text: found, start: index, end: index + found.length }
    const [, sign, key, value = ''] = term.exec(found) ?? []
    tokens.push(
      key === undefined
        ? { ...span, kind: 'text' }
        : { ...span, kind: 'term', negated: sign === '!', key, value, valueStart: span.end - value.length }
    )
  }
  return tokens
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
    ...putIn(text, valueStart, end, `${quoted(option)} `)
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
 * quotes, where a backslash takes the meaning from quotes, stars and backslashes. Comparisons like `>100` need none.
 */
export function quoted(value: string): string {
  return /^(?:[<>]=?)?[\w.@:+-]+$/.test(value) ? value : `"${value.replaceAll(/["*\\]/g, '\\$&')}"`
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

export function withoutKey(text: string, key: string): string {
  return tokensOf(text)
    .filter(token => token.kind === 'text' || token.key !== key)
    .map(token => token.text)
    .join(' ')
}
