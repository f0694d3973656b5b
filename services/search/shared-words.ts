/**
 * Lexemes that nearly all events of an issue share: names in the stack, and what is derived of the code and not of the
 * one who met the error. Written for each event they were a third of the cost of storing it, so they are kept once as a
 * set, and events have its number (services/commit/word-sets.ts). What is in a set outlives the events that are erased,
 * so nothing that says something of a person is in one.
 */
import type { FacetName } from '../../schema/facets.ts'
import type { PreparedEvent, StackNames } from '../../schema/pipeline.ts'
import { facet, projectLexeme, stackStarts } from './lexemes.ts'

/** The filter of alert rules knows these too: `asks_word_sets` in schema/migrations. */
const sharedFacets: readonly FacetName[] = ['error.type', 'handled', 'mechanism', 'logger', 'sdk.name', 'runtime']
const sharedFacetNames: ReadonlySet<string> = new Set(sharedFacets)
const sharedStarts: ReadonlySet<string> = new Set([
  ...Object.values(stackStarts),
  ...sharedFacets.map(name => facet(name, ''))
])

const stackKinds = ['filename', 'function', 'module', 'cause'] as const
const leastShared = 2

export function isSharedFacet(name: string): boolean {
  return sharedFacetNames.has(name)
}

/** Whether lexemes that begin so may be in a set. */
export function isShared(start: string): boolean {
  return sharedStarts.has(start)
}

type Source = Pick<PreparedEvent, 'projectId' | 'facets' | 'stack'>

/** The same for all events of a project that have the same set; empty where there is not enough to share. */
export function sharedKey({ facets, stack }: Source): string {
  let key = stackKey(stack)
  let words = 0
  for (const kind of stackKinds) words += stack?.[kind].length ?? 0
  for (const name of sharedFacets) {
    const value = facets?.[name] ?? ''
    key += lengthMark(value.length) + value
    if (value !== '') words += 1
  }
  return words < leastShared ? '' : key
}

/** What a key begins with. */
export function stackKey(stack: StackNames | undefined): string {
  let key = ''
  for (const kind of stackKinds) {
    const names = stack?.[kind] ?? []
    key += lengthMark(names.length)
    for (const name of names) key += lengthMark(name.length) + name
  }
  return key
}

/** Whether `sharedKey` would return this key, of which the first `from` characters are known to be right. */
export function hasSharedFacets(key: string, from: number, { facets }: Pick<Source, 'facets'>): boolean {
  let at = from
  for (const name of sharedFacets) {
    const value = facets?.[name] ?? ''
    if (key.charCodeAt(at++) !== value.length || !key.startsWith(value, at)) return false
    at += value.length
  }
  return true
}

/** Lists and texts stand after their lengths, so that no others give the same key. */
function lengthMark(length: number): string {
  return String.fromCharCode(length)
}

/** What is in the set of the event. */
export function sharedLexemes({ projectId, facets, stack }: Source): string[] {
  const lexemes = [projectLexeme(projectId)]
  for (const name of sharedFacets) {
    const value = facets?.[name] ?? ''
    if (value !== '') lexemes.push(facet(name, value))
  }
  if (stack === undefined) return lexemes
  for (const kind of stackKinds) {
    for (const name of stack[kind]) lexemes.push(stackStarts[kind] + name)
  }
  return lexemes
}
