/** What the page of a release shows beside its numbers: where it ran, who wrote it, what came before it. */
import * as v from 'valibot'
import { compareReleases } from '../../events/releases.ts'
import { countedProjectHours } from '../counts/counted-hours.ts'
import type { ExactRange } from '../counts/exact-range.ts'
import type { Queryable, Sql } from '../database/sql.ts'
import { splitOf } from '../rollups/summed-hours.ts'
import { issueCounts } from './issue-counts.ts'
import { namedReleases } from './named.ts'

const environmentRow = v.strictObject({ name: v.string(), events: v.number(), deployed_at: v.nullable(v.date()) })
const authorRow = v.strictObject({ name: v.string(), email: v.string(), commits: v.number() })
const authorsMax = 100

export type AboutRelease = {
  resolved_issues: number
  previous: string | null
  environments: { name: string; events: number; deployed_at: string | null }[]
  authors: v.InferOutput<typeof authorRow>[]
}

export async function releaseAbout(
  sql: Sql,
  projectId: number,
  release: string,
  range: ExactRange
): Promise<AboutRelease> {
  const [resolved, previous, environments, authors] = await Promise.all([
    issueCounts(sql, projectId, 'resolved', [release]),
    previousOf(sql, projectId, release),
    environmentsOf(sql, projectId, release, range),
    sql.rows(authorRow)`
      select author_name as name, author_email as email, count(*) as commits from release_commits
      where project_id = ${projectId} and release = ${release} and (author_name, author_email) <> ('', '')
      group by 1, 2 order by 3 desc, 1, 2 limit ${authorsMax}`
  ])
  return {
    resolved_issues: resolved.get(release) ?? 0,
    previous,
    environments: environments.map(({ deployed_at: at, ...row }) => ({
      ...row,
      deployed_at: at?.toISOString() ?? null
    })),
    authors: [...authors]
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

/** Those with events of the release in the range, or that it was deployed to. */
async function environmentsOf(sql: Queryable, projectId: number, release: string, range: ExactRange) {
  const split = await splitOf(sql, 'project_days', range.whole)
  return await sql.rows(environmentRow)`
    select coalesce(e.environment, d.environment) as name, coalesce(e.events, 0)::bigint as events,
      d.finished_at as deployed_at
    from (
      select environment, sum(count) as events from ${countedProjectHours(sql, projectId, range, split)} h
      where release = ${release} group by environment
    ) e full join (
      select environment, max(finished_at) as finished_at from deploys
      where project_id = ${projectId} and release = ${release} group by environment
    ) d using (environment)
    order by 2 desc, 1`
}
