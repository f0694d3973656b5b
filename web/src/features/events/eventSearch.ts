/**
 * A search as people type it, taken apart: `key:value` becomes a filter of its own, one that can be seen and taken
 * away; words go to the server as they are, and with them the terms that no filter can say: what is not so, what is
 * there at all, values with a star, a user's other names; and what is asked of issues, which the server refuses in its
 * words. What only looks like a term, an address or a quoted phrase, stays text.
 */
import { searchKeys, tokensOf, type Token } from '../../lib/searchQuery.ts'

export const filterNames = ['level', 'environment', 'release', 'user', 'tag'] as const
export type FilterName = (typeof filterNames)[number]
/** `tag` values are written `key:value`. */
export type Filters = Record<FilterName, string[]>
export type EventSearch = {
  words: string
  filters: Filters
  /** Why it cannot be asked for; '' when it can. */ wrong: string
}

const names: Readonly<Record<string, FilterName>> = {
  level: 'level',
  environment: 'environment',
  env: 'environment',
  release: 'release',
  user: 'user',
  'user.id': 'user'
}
const levels = ['fatal', 'error', 'warning', 'info', 'debug']
const tagKey = /^[\w.:-]{1,32}$/
const ofIssues = new Set(searchKeys.filter(({ subject }) => subject === 'issues').map(({ key }) => key.toLowerCase()))

export function searchOf(text: string): EventSearch {
  const filters: Filters = { level: [], environment: [], release: [], user: [], tag: [] }
  const words: string[] = []
  let wrong = ''
  for (const token of tokensOf(text)) {
    if (token.kind === 'text' || token.value === '' || token.value.startsWith('//') || !tagKey.test(token.key)) {
      words.push(token.text)
      continue
    }
    const { key } = token
    const values = valuesOf(token.value)
    const name = names[key.toLowerCase()]
    if (key.startsWith('-')) wrong = `To leave out what is ${token.text.slice(1)}, write !${token.text.slice(1)}.`
    else if (isForServer(token)) words.push(token.text)
    else if (name === 'level' && !values.every(value => levels.includes(value))) {
      wrong = `A level is one of ${levels.join(', ')}.`
    } else if (key === 'message') words.push(...values.map(value => (/\s/.test(value) ? `"${value}"` : value)))
    else if (name === undefined) filters.tag.push(...values.map(value => `${key}:${value}`))
    else filters[name].push(...values)
  }
  return { words: words.join(' '), filters, wrong }
}

function isForServer({ key, value, negated }: Token & { kind: 'term' }): boolean {
  const name = key.toLowerCase()
  return negated || name === 'has' || value.includes('*') || /^user\.(?!id$)/.test(name) || ofIssues.has(name)
}

/** `a`, `"a b"`, `[a, "b c"]`, and `a,b` of nothing but names. */
function valuesOf(value: string): string[] {
  const inner = /^\[(.*)\]$/.exec(value)?.[1]
  const parts = inner === undefined ? [value] : inner.split(',')
  return parts.map(part => part.trim().replace(/^"(.*?)"?$/, '$1')).filter(part => part !== '')
}

/** What is chosen with one value more. */
export function withValue(chosen: readonly string[], value: string): string[] {
  return chosen.includes(value) ? [...chosen] : [...chosen, value]
}
