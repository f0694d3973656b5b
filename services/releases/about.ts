/** What the page of a release shows beside its numbers: where it ran, who wrote it, what came before it. */
import * as v from 'valibot'
import { compareReleases } from '../../events/releases.ts'
import type { Queryable, Sql } from '../database/sql.ts'
import { issueCounts } from './issue-counts.ts'
import { namedReleases } from './named.ts'
import type { EnvironmentEvents } from './summaries.ts'

const deployedRow = v.strictObject({ environment: v.string(), finished_at: v.date() })
const authorRow = v.strictObject({ name: v.string(), email: v.string(), commits: v.number() })
const authorsMax = 100

export type AboutRelease = {
  resolved_issues: number
  previous: string | null
  authors: v.InferOutput<typeof authorRow>[]
  /** When it was last deployed to each environment. */
  deploys: Map<string, Date>
}

export async function releaseAbout(sql: Sql, projectId: number, release: string): Promise<AboutRelease> {
  const [resolved, previous, deploys, authors] = await Promise.all([
    issueCounts(sql, projectId, 'resolved', [release]),
    previousOf(sql, projectId, release),
    sql.rows(deployedRow)`
      select environment, max(finished_at) as finished_at from deploys
      where project_id = ${projectId} and release = ${release} group by environment`,
    sql.rows(authorRow)`
      select author_name as name, author_email as email, count(*) as commits from release_commits
      where project_id = ${projectId} and release = ${release} and (author_name, author_email) <> ('', '')
      group by 1, 2 order by 3 desc, 1, 2 limit ${authorsMax}`
  ])
  return {
    resolved_issues: resolved.get(release) ?? 0,
    previous,
    authors: [...authors],
    deploys: new Map(deploys.map(({ environment, finished_at: at }) => [environment, at]))
  }
}

/** The highest that is lower, of those with the same name before their version. */
async function previousOf(sql: Queryable, projectId: number, release: string): Promise<string | null> {
  const named = (await namedReleases(sql, projectId)).map(row => ({
    version: row.release,
    firstSeen: row.created_at.getTime()
  }))
  const own = named.find(({ version }) => version === release)
  if (own === undefined) return null
  const before = named
    .filter(one => packageOf(one.version) === packageOf(release) && compareReleases(one, own) < 0)
    .sort(compareReleases)
  return before.at(-1)?.version ?? null
}

function packageOf(release: string): string {
  return release.slice(0, Math.max(0, release.lastIndexOf('@')))
}

/** Those with events of the release in the range, and those that it was deployed to. */
export function environmentsOf(
  events: readonly EnvironmentEvents[],
  deploys: ReadonlyMap<string, Date>
): { name: string; events: number; deployed_at: string | null }[] {
  const counts = new Map(events.map(({ environment, events: count }) => [environment, count]))
  return [...new Set([...counts.keys(), ...deploys.keys()])]
    .map(name => ({
      name,
      events: counts.get(name) ?? 0,
      deployed_at: deploys.get(name)?.toISOString() ?? null
    }))
    .sort((a, b) => b.events - a.events || (a.name < b.name ? -1 : 1))
}
