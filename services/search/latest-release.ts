/** `release:latest` stands for the release that is the latest at the moment of the search. */
import { compareReleases, type Release } from '../../events/releases.ts'
import type { Pattern } from '../../events/search/query.ts'
import { releasesSeen } from '../rollups/releases.ts'
import type { Queryable } from '../database/sql.ts'
import { isExact } from './patterns.ts'

type Term = { kind: string; field?: string; patterns?: readonly Pattern[] }

/** In the order of releases, the latest last. */
export async function releasesAmong(sql: Queryable, projectId: number): Promise<Release[]> {
  const seen = await releasesSeen(sql, projectId)
  return seen.map(({ name, firstSeen }) => ({ version: name, firstSeen: firstSeen.getTime() })).sort(compareReleases)
}

/** The term with the latest release's name; other terms as they are. */
export async function withLatestRelease<Given extends Term>(
  sql: Queryable,
  projectId: number,
  term: Given
): Promise<Given> {
  const isOfRelease = term.kind === 'first_release' || (term.kind === 'field' && term.field === 'release')
  if (!isOfRelease || term.patterns?.some(isLatest) !== true) return term
  const latest = (await releasesAmong(sql, projectId)).at(-1)?.version ?? 'latest'
  return { ...term, patterns: term.patterns.map(pattern => (isLatest(pattern) ? [latest] : pattern)) }
}

export function isLatest(pattern: Pattern): boolean {
  return isExact(pattern) && pattern[0] === 'latest'
}
