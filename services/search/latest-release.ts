/** `release:latest` stands for the release that is the latest at the moment of the search. */
import { compareReleases, type Release } from '../../events/releases.ts'
import type { Pattern } from '../../events/search/query.ts'
import { releasesSeen } from '../rollups/releases.ts'
import type { Queryable } from '../database/sql.ts'
import { isExact } from './patterns.ts'

/** In the order of releases, the latest last. */
export async function releasesAmong(sql: Queryable, projectId: number): Promise<Release[]> {
  const seen = await releasesSeen(sql, projectId)
  return seen.map(({ name, firstSeen }) => ({ version: name, firstSeen: firstSeen.getTime() })).sort(compareReleases)
}

export function isLatest(pattern: Pattern): boolean {
  return isExact(pattern) && pattern[0] === 'latest'
}
