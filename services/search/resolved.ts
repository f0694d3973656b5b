/**
 * A search with what only the database knows: ids of rows, the latest release, the releases that are later than a
 * version, former names of the project in short ids, and which names are tags. What cannot mean anything in this
 * project throws a `SearchError`, so that no list is empty without a word.
 */
import { compareVersions, type Release } from '../../events/releases.ts'
import { mapTerms, termNodes } from '../../events/search/nodes.ts'
import type { Pattern, ReleaseComparison, SearchNode, SearchTerm } from '../../events/search/query.ts'
import { expected } from '../../events/search/reader.ts'
import type { Sql } from '../database/sql.ts'
import { idsWritten, storedIds, withStoredIds } from './event-ids.ts'
import { isLatest, releasesAmong } from './latest-release.ts'
import { withNames } from './names.ts'
import { slugsOf } from './project-slugs.ts'
import { countedTags, tagsAmong } from './tag-names.ts'

export async function resolved(sql: Sql, projectId: number, node: SearchNode | null): Promise<SearchNode | null> {
  if (node === null) return null
  const named = await withKnownNames(sql, projectId, node)
  const [stored, releases, slugs] = await Promise.all([
    storedIds(sql, projectId, idsWritten(named)),
    asksForReleases(named) ? releasesAmong(sql, projectId) : [],
    termNodes(named).some(({ term }) => term.kind === 'issue') ? slugsOf(sql, projectId) : []
  ])
  return mapTerms(named, ({ term, column }) => ({
    op: 'term',
    column,
    term: withNumbers(withReleases(withStoredIds(term, stored), releases), slugs, column)
  }))
}

async function withKnownNames(sql: Sql, projectId: number, node: SearchNode): Promise<SearchNode> {
  const names = [...new Set(termNodes(node).flatMap(({ unknown }) => unknown?.name ?? []))]
  if (names.length === 0) return node
  const tags = await tagsAmong(sql, projectId, names)
  return withNames(node, tags, names.every(name => tags.has(name)) ? [] : await countedTags(sql, projectId))
}

function asksForReleases(node: SearchNode): boolean {
  return termNodes(node).some(({ term }) => comparisonIn(term) !== null || patternsIn(term)?.some(isLatest) === true)
}

function comparisonIn(term: SearchTerm): ReleaseComparison | null {
  return term.kind === 'release_order' || term.kind === 'first_release_order' ? term.comparison : null
}

/** Of a term about releases. */
function patternsIn(term: SearchTerm): readonly Pattern[] | null {
  const isOfRelease = term.kind === 'first_release' || (term.kind === 'field' && term.field === 'release')
  return isOfRelease ? term.patterns : null
}

/** `releases` are in their order, the latest last. */
function withReleases(term: SearchTerm, releases: readonly Release[]): SearchTerm {
  const { negated } = term
  const comparison = comparisonIn(term)
  if (comparison !== null) {
    const patterns = releases
      .filter(({ version }) => isMeant(version, comparison))
      .map(({ version }) => [version] as const)
    return term.kind === 'release_order'
      ? { kind: 'field', field: 'release', negated, patterns }
      : { kind: 'first_release', negated, patterns }
  }
  const latest = releases.at(-1)?.version
  const patterns = patternsIn(term)?.map((pattern): Pattern => (isLatest(pattern) && latest ? [latest] : pattern))
  return patterns === undefined || !('patterns' in term) ? term : { ...term, patterns }
}

function isMeant(version: string, { operator, name }: ReleaseComparison): boolean {
  const order = compareVersions(version, name)
  if (order === null) return false
  if (order === 0) return operator === '>=' || operator === '<='
  return order > 0 === operator.startsWith('>')
}

/** Numbers in the place of short ids; one of another project is not to be found here. */
function withNumbers(term: SearchTerm, slugs: readonly string[], column: number): SearchTerm {
  if (term.kind !== 'issue') return term
  const slug = slugs.at(-1) ?? ''
  return {
    ...term,
    ids: term.ids.map(id => {
      const [, prefix, number] = /^(.+)-(\d{1,15})$/.exec(id.toLowerCase()) ?? []
      if (prefix === undefined || id.length === 36) return id
      if (!slugs.includes(prefix)) throw expected(column, `an issue of this project, like ${slug.toUpperCase()}-1`)
      return number ?? id
    })
  }
}
