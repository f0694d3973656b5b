/**
 * A search as people type it, taken apart: `key:value` becomes a filter that is shown and can be removed. Words go to
 * the server as they are, and with them the terms that no filter can say: negated ones, comparisons, `has`, stars, a
 * user's other names, names that may be no tags, and all where AND, OR, NOT or parentheses stand between.
 */
import { facetRank } from '../../../../schema/facets.ts'
import { searchKeyNamed, type EventField } from '../../../../schema/search-keys.ts'
import { hasOperators, tokensOf, unquoted, type Token } from '../../lib/searchQuery.ts'
import { texts } from './texts.ts'

export const filterNames = ['level', 'environment', 'release', 'user', 'tag'] as const
export type FilterName = (typeof filterNames)[number]
/** `tag` values are written `key:value`. */
export type Filters = Record<FilterName, string[]>
export type EventSearch = {
  words: string
  filters: Filters
  /** Why it cannot be asked for; '' when it can. */
  wrong: string
}

const levels = ['fatal', 'error', 'warning', 'info', 'debug']
const fieldFilters: Readonly<Partial<Record<EventField, FilterName>>> = {
  environment: 'environment',
  release: 'release',
  user: 'user',
  'user.id': 'user'
}

export function searchOf(text: string): EventSearch {
  const filters: Filters = { level: [], environment: [], release: [], user: [], tag: [] }
  const words: string[] = []
  let wrong = ''
  if (hasOperators(text)) return { words: text, filters, wrong }
  for (const token of tokensOf(text)) {
    if (token.kind === 'text' || isForServer(token)) {
      words.push(token.text)
      continue
    }
    const values = valuesOf(token.value)
    const name = filterNamed(token.key)
    if (name === 'level' && !values.every(value => levels.includes(value))) {
      wrong = texts.search.wrongLevel(levels)
    } else filters[name].push(...(name === 'tag' ? values.map(value => `${token.key}:${value}`) : values))
  }
  return { words: words.join(' '), filters, wrong }
}

function filterNamed(name: string): FilterName {
  const key = searchKeyNamed(name)
  if (key?.kind === 'level') return 'level'
  return (key?.kind === 'field' ? fieldFilters[key.field] : undefined) ?? 'tag'
}

/** Whether no filter can say it. */
function isForServer({ key: name, value, negated }: Token & { kind: 'term' }): boolean {
  if (negated || value === '' || value.includes('*') || /^[:/<>]/.test(value)) return true
  const key = searchKeyNamed(name)
  if (key === undefined) return facetRank(name) === undefined
  return key.kind !== 'level' && (key.kind !== 'field' || fieldFilters[key.field] === undefined)
}

/** `a`, `"a b"`, and `[a, "b, c"]`. */
function valuesOf(value: string): string[] {
  const inner = /^\[(.*)\]$/s.exec(value)?.[1]
  if (inner === undefined) return [unquoted(value)]
  const parts = inner.match(/"(?:\\[^]|[^"\\])*"?|[^\s,][^,]*/g) ?? []
  return parts.map(part => unquoted(part.trim())).filter(part => part !== '')
}

/** What is chosen with one value more. */
export function withValue(chosen: readonly string[], value: string): string[] {
  return chosen.includes(value) ? [...chosen] : [...chosen, value]
}
