/**
 * Releases with their numbers in a range of time: what the list of releases shows, and the head of the page of one. All
 * names of a project are sorted here, since versions are compared by rules that the database does not know; numbers are
 * worked out for the page alone.
 */
import { compareReleases } from '../../events/releases.ts'
import type { ReleaseSummary } from '../../schema/api/release-pages.ts'
import type { ExactRange } from '../counts/exact-range.ts'
import type { Sql } from '../database/sql.ts'
import {
  eventsByEnvironment,
  eventsByRelease,
  usersByRelease,
  type EventsByRelease,
  type UsersByRelease
} from './adoption.ts'
import { issueCounts } from './issue-counts.ts'
import { deployedTo, namedReleases, saidOfReleases, type NamedRelease } from './named.ts'

export const releaseSorts = ['newest', 'version', 'last_event', 'events', 'new_issues'] as const
export type ReleaseSort = (typeof releaseSorts)[number]

/** Empty `environments` mean all. */
export type Counted = { range: ExactRange; isOpen: boolean; environments: readonly string[] }

export type ReleasesAsked = Counted & {
  sort: ReleaseSort
  /** A part of the names that are wanted, in any case. */
  query: string
  archived: boolean
  offset: number
  limit: number
}

export type Totals = { events: number; users: number; users_estimated: boolean }

/**
 * `found` is how many there are in all. With environments, releases that had events there in the range, or were
 * deployed there.
 */
export async function releaseSummaries(
  sql: Sql,
  projectId: number,
  asked: ReleasesAsked
): Promise<{ items: ReleaseSummary[]; found: number; hasAny: boolean; totals: Totals }> {
  const [named, events, deployed] = await Promise.all([
    namedReleases(sql, projectId),
    eventsByRelease(sql, projectId, asked.range, asked.environments),
    deployedTo(sql, projectId, asked.environments)
  ])
  const words = asked.query.toLowerCase()
  const wanted = named.filter(
    ({ release, status }) =>
      (asked.archived || status === 'open') &&
      release.toLowerCase().includes(words) &&
      (asked.environments.length === 0 || events.byRelease.has(release) || deployed.has(release))
  )
  const sorted = await inOrder(sql, projectId, wanted, asked.sort, events)
  const page = sorted.slice(asked.offset, asked.offset + asked.limit)
  const [items, users] = await summarised(sql, projectId, page, asked, events)
  return {
    items,
    found: wanted.length,
    hasAny: named.length > 0,
    totals: { events: events.total, users: users.total, users_estimated: users.isEstimated }
  }
}

/** How many events of a release an environment had in the range. */
export type EnvironmentEvents = { environment: string; events: number }

/** Null when nobody has named it. Its environments are all that have events of it. */
export async function releaseSummary(
  sql: Sql,
  projectId: number,
  release: string,
  counted: Counted
): Promise<{ item: ReleaseSummary; totals: Totals; environments: EnvironmentEvents[] } | null> {
  const [named, rows] = await Promise.all([
    namedReleases(sql, projectId, { release }),
    eventsByEnvironment(sql, projectId, release, counted.range)
  ])
  const chosen = rows.filter(
    ({ environment }) => counted.environments.length === 0 || counted.environments.includes(environment)
  )
  const events = {
    byRelease: new Map([[release, chosen.reduce((sum, { own }) => sum + own, 0)]]),
    total: chosen.reduce((sum, { of }) => sum + of, 0)
  }
  const [[item], users] = await summarised(sql, projectId, named, counted, events)
  if (item === undefined) return null
  return {
    item,
    totals: { events: events.total, users: users.total, users_estimated: users.isEstimated },
    environments: rows.flatMap(({ environment, own }) => (own === 0 ? [] : { environment, events: own }))
  }
}

async function inOrder(
  sql: Sql,
  projectId: number,
  releases: readonly NamedRelease[],
  sort: ReleaseSort,
  { byRelease }: EventsByRelease
): Promise<NamedRelease[]> {
  const newest = (a: NamedRelease, b: NamedRelease): number =>
    b.created_at.getTime() - a.created_at.getTime() || (a.release < b.release ? 1 : -1)
  switch (sort) {
    case 'newest':
      return releases.toSorted(newest)
    case 'version':
      return releases.toSorted((a, b) =>
        compareReleases(
          { version: b.release, firstSeen: b.created_at.getTime() },
          { version: a.release, firstSeen: a.created_at.getTime() }
        )
      )
    case 'events': {
      const count = ({ release }: NamedRelease): number => byRelease.get(release) ?? 0
      return releases.toSorted((a, b) => count(b) - count(a) || newest(a, b))
    }
    case 'last_event': {
      const last = ({ last_event: at }: NamedRelease): number => at?.getTime() ?? 0
      return releases.toSorted((a, b) => last(b) - last(a) || newest(a, b))
    }
    case 'new_issues': {
      const names = releases.map(({ release }) => release)
      const fresh = await issueCounts(sql, projectId, 'new', names)
      const count = ({ release }: NamedRelease): number => fresh.get(release) ?? 0
      return releases.toSorted((a, b) => count(b) - count(a) || newest(a, b))
    }
  }
}

async function summarised(
  sql: Sql,
  projectId: number,
  page: readonly NamedRelease[],
  counted: Counted,
  events: EventsByRelease
): Promise<[ReleaseSummary[], UsersByRelease]> {
  const names = page.map(({ release }) => release)
  const [users, said, fresh, regressed] = await Promise.all([
    usersByRelease(sql, projectId, counted, events),
    saidOfReleases(sql, projectId, names),
    issueCounts(sql, projectId, 'new', names),
    issueCounts(sql, projectId, 'regressed', names)
  ])
  const items = page.map((row): ReleaseSummary => {
    const { release, first_event: first, last_event: last, released_at: releasedAt } = row
    const about = said.get(release)
    const count = events.byRelease.get(release) ?? 0
    return {
      version: release,
      status: row.status,
      url: row.url === '' ? null : row.url,
      created_at: row.created_at.toISOString(),
      released_at: releasedAt?.toISOString() ?? null,
      only_events: !row.is_registered,
      first_event: first?.toISOString() ?? null,
      last_event: last?.toISOString() ?? null,
      events: count,
      users: count === 0 ? 0 : (users.byRelease.get(release) ?? null),
      new_issues: fresh.get(release) ?? 0,
      regressed_issues: regressed.get(release) ?? 0,
      commit_count: about?.commit_count ?? 0,
      deploy_count: about?.deploy_count ?? 0,
      artifact_count: about?.artifact_count ?? 0,
      last_deploy:
        about?.deployed_at == null
          ? null
          : { environment: about.deployed_to ?? '', finished_at: about.deployed_at.toISOString() }
    }
  })
  return [items, users]
}
