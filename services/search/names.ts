/** Names in a search that are no keys: names of tags, or text where they look like it, or mistakes. */
import { mapTerms } from '../../events/search/nodes.ts'
import type { SearchNode } from '../../events/search/query.ts'
import { SearchError } from '../../events/search/reader.ts'
import { facets } from '../../schema/facets.ts'
import { nearest } from '../../schema/nearest.ts'
import { searchKeys } from '../../schema/search-keys.ts'

/**
 * The search with each such name read as what it is. One that is neither a tag nor looks like text throws a
 * `SearchError` that names the nearest of all keys and of `suggested`.
 */
export function withNames(node: SearchNode, tags: ReadonlySet<string>, suggested: readonly string[] = []): SearchNode {
  return mapTerms(node, ({ op, column, term, unknown }): SearchNode => {
    if (unknown === undefined || tags.has(unknown.name)) return { op, column, term }
    if (unknown.asText === null) throw unknownName(column, unknown.name, suggested)
    return { op, column, term: unknown.asText }
  })
}

const keyNames = [
  ...searchKeys.flatMap(({ name, aliases = [] }) => [name, ...aliases]),
  ...facets.map(({ name }) => name)
]

function unknownName(column: number, name: string, suggested: readonly string[]): SearchError {
  const near = nearest(name.toLowerCase(), [...keyNames, ...suggested])
  const meant = near === null ? '' : `; did you mean ${near}?`
  return new SearchError(
    column,
    `${name} is no key of the search, and no event has such a tag${meant} ` +
      `(in quotes it is text, as tags[${name}] a tag)`
  )
}
