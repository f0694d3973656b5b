/**
 * A search text as a tsquery over `events.search`, in its text form. The syntax is that of web search: words that must
 * all be there, "quoted phrases", -without, or. It is cut into words like messages are, so text that is pasted from a
 * message finds the message.
 */
import type { EventTerm } from '../../events/search/query.ts'
import { limits } from '../../schema/limits.ts'
import { isIdAlone } from './event-ids.ts'
import { termQuery } from './event-terms.ts'
import { facet, projectLexeme, quoted, wordsOf } from './lexemes.ts'
import { isExact } from './patterns.ts'

/**
 * The filter of a list of events; an empty list and null filter nothing. `tags` are written `key:value`, `terms` are
 * those of a parsed search.
 */
export type EventFilter = {
  text: string | null
  tags: readonly string[]
  levels: readonly string[]
  environments: readonly string[]
  releases: readonly string[]
  users: readonly string[]
  terms?: readonly EventTerm[]
  /** Further tsqueries, all of which must hold. */
  queries?: readonly string[]
}

/** A minus, then a phrase in quotes (the last may lack its end) or what stands between spaces. */
const termPattern = /(-?)(?:"([^"]*)"?|([^\s"]+))/g

/** A part of a search text: a word or a phrase, as it was written. */
export type TextTerm = { text: string; isPhrase: boolean; negated: boolean }

/** The parts of a search text that must all hold, one list for each alternative. */
export function textTerms(text: string): TextTerm[][] {
  const alternatives: TextTerm[][] = [[]]
  for (const [, minus, phrase, bare] of text.matchAll(termPattern)) {
    if (bare?.toLowerCase() === 'or' && minus === '') alternatives.push([])
    else {
      alternatives.at(-1)?.push({ text: phrase ?? bare ?? '', isPhrase: phrase !== undefined, negated: minus === '-' })
    }
  }
  return alternatives
}

/** The tsquery of a search text; null when there is no word in it. */
export function queryOfText(text: string): string | null {
  return queryOfTerms(textTerms(text), part => wordsOf(part.text).map(quoted).join(' <-> '))
}

/** `queryOf` makes the tsquery of a part; a part without a word is left out. */
export function queryOfTerms(alternatives: readonly TextTerm[][], queryOf: (part: TextTerm) => string): string | null {
  const queries = alternatives.map(parts =>
    parts.map(part => ({ query: queryOf(part), negated: part.negated })).filter(({ query }) => query !== '')
  )
  return anyOf(
    queries
      .filter(parts => parts.length > 0)
      .map(parts => `(${parts.map(({ query, negated }) => `${negated ? '!' : ''}(${query})`).join(' & ')})`)
  )
}

/**
 * The tsquery of the whole filter; null for no filter. The project is part of it, so that the index leaves others out.
 */
export function searchQueryOf(
  projectId: number,
  { text, tags, levels, environments, releases, users, terms = [], queries = [] }: EventFilter
): string | null {
  const parts = [
    text === null ? null : queryOfText(text),
    ...tagQueries(tags),
    anyOf(levels.map(value => quoted(facet('level', value)))),
    anyOf(environments.map(value => quoted(facet('environment', value)))),
    anyOf(releases.map(value => quoted(facet('release', value)))),
    anyOf(users.map(value => quoted(facet('user', value)))),
    ...terms.map(termQuery),
    ...queries
  ].filter(part => part !== null)
  return parts.length === 0 && terms.length === 0
    ? null
    : [quoted(projectLexeme(projectId)), ...parts.map(part => `(${part})`)].join(' & ')
}

/** Whether the filter is the id of one event, and nothing else. */
export function isNothingButId({
  text,
  tags,
  levels,
  environments,
  releases,
  users,
  terms = []
}: EventFilter): boolean {
  const others = [tags, levels, environments, releases, users]
  return others.every(list => list.length === 0) && isIdAlone({ text, terms })
}

/** The releases that matching events can have; null when the filter does not name them exactly. */
export function releasesOf({ releases, terms = [] }: EventFilter): string[] | null {
  if (releases.length > 0) return [...releases]
  const term = terms.find(
    term => term.kind === 'field' && term.field === 'release' && !term.negated && term.patterns.every(isExact)
  )
  return term?.kind === 'field' ? term.patterns.map(([name]) => name) : null
}

/**
 * Tags of one key are alternatives. A key may hold colons, and where it ends cannot be told from `a:b:c`: every way to
 * read it counts.
 */
function tagQueries(tags: readonly string[]): (string | null)[] {
  const byKey = new Map<string, string[]>()
  for (const tag of tags) {
    const key = tag.slice(0, tag.indexOf(':'))
    const facets = byKey.get(key) ?? []
    byKey.set(key, facets)
    for (
      let colon = tag.indexOf(':');
      colon !== -1 && colon <= limits.tagKeyCharsMax;
      colon = tag.indexOf(':', colon + 1)
    ) {
      if (colon > 0) facets.push(quoted(facet(tag.slice(0, colon), tag.slice(colon + 1))))
    }
  }
  return [...byKey.values()].map(anyOf)
}

function anyOf(queries: readonly string[]): string | null {
  return queries.length === 0 ? null : queries.join(' | ')
}
