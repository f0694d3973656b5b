/**
 * A search as people type it, taken apart: `key:value` becomes a filter that is shown and can be removed. Words go to
 * the server as they are, and with them the terms that no filter can say: negated ones, `has`, stars, a user's other
 * names, and terms about issues, which the server refuses. What only looks like a term, an address or a quoted phrase,
 * stays text.
 */
import { searchKeyNamed, type EventField } from '../../../../schema/search-keys.ts'
import { tokensOf, unquoted, type Token } from '../../lib/searchQuery.ts'

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
const tagForm = /^[\w.:-]{1,200}$/
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
  for (const token of tokensOf(text)) {
    if (token.kind === 'text' || token.value === '' || token.value.startsWith('//') || !tagForm.test(token.key)) {
      words.push(token.text)
      continue
    }
    const { key } = token
    const values = valuesOf(token.value)
    const name = filterNamed(key)
    if (key.startsWith('-')) wrong = `To leave out what is ${token.text.slice(1)}, write !${token.text.slice(1)}.`
    else if (isForServer(token)) words.push(token.text)
    else if (name === 'level' && !values.every(value => levels.includes(value))) {
      wrong = `A level is one of ${levels.join(', ')}.`
    } else if (key === 'message') words.push(...values.map(value => (/\s/.test(value) ? `"${value}"` : value)))
    else if (name === 'tag') filters.tag.push(...values.map(value => `${key}:${value}`))
    else filters[name].push(...values)
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
  if (negated || value.includes('*')) return true
  const key = searchKeyNamed(name)
  if (key === undefined || key.kind === 'level' || key.kind === 'message') return false
  return key.kind !== 'field' || fieldFilters[key.field] === undefined
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
