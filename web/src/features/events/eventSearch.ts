/**
 * A search as people type it, taken apart: words go to the server as they are (web search syntax), `key:value` becomes a filter of its own. What only
 * looks like one, an address or a quoted phrase, stays text.
 */
import { tokensOf } from '../../lib/searchQuery.ts'

export const filterNames = ['level', 'environment', 'release', 'user', 'tag'] as const
export type FilterName = typeof filterNames[number]
/** `tag` values are written `key:value`. */
export type Filters = Record<FilterName, string[]>
export type EventSearch = { words: string, filters: Filters, /** Why it cannot be asked for; '' when it can. */ wrong: string }

const names: Readonly<Record<string, FilterName>> = {
  level: 'level', environment: 'environment', env: 'environment', release: 'release', user: 'user', 'user.id': 'user'
}
const levels = ['fatal', 'error', 'warning', 'info', 'debug']
const tagKey = /^[\w.:-]{1,32}$/

export function searchOf (text: string): EventSearch {
  const filters: Filters = { level: [], environment: [], release: [], user: [], tag: [] }
  const words: string[] = []
  let wrong = ''
  for (const token of tokensOf(text)) {
    if (token.kind === 'text' || token.value === '' || token.value.startsWith('//') || !tagKey.test(token.key)) {
      words.push(token.text)
      continue
    }
    const key = token.key.replace(/^-/, '')
    const values = valuesOf(token.value)
    const name = names[key.toLowerCase()]
    if (token.negated || key !== token.key) wrong = `Events cannot be searched for what is not ${key}. To leave a word out, write -word.`
    else if (name === 'level' && !values.every(value => levels.includes(value))) wrong = `A level is one of ${levels.join(', ')}.`
    else if (/^user\.(?!id$)/i.test(key)) wrong = 'Events are found by what stands for their user in the list: user:…'
    else if (key === 'message') words.push(...values.map(value => /\s/.test(value) ? `"${value}"` : value))
    else if (name === undefined) filters.tag.push(...values.map(value => `${key}:${value}`))
    else filters[name].push(...values)
  }
  return { words: words.join(' '), filters, wrong }
}

/** `a`, `"a b"`, `[a, "b c"]`, and `a,b` of nothing but names. */
function valuesOf (value: string): string[] {
  const inner = /^\[(.*)\]$/.exec(value)?.[1]
  const parts = inner === undefined ? [value] : inner.split(',')
  return parts.map(part => part.trim().replace(/^"(.*?)"?$/, '$1')).filter(part => part !== '')
}

/** What is chosen with one value more. */
export function withValue (chosen: readonly string[], value: string): string[] {
  return chosen.includes(value) ? [...chosen] : [...chosen, value]
}
