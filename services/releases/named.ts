/**
 * Every release of a project that an event has named or somebody has made, with what was said of it. Names beyond the
 * bounds of the rollups (`(other)`) and events without a release are none.
 */
import * as v from 'valibot'
import type { Queryable } from '../database/sql.ts'
import { other } from '../rollups/bounds.ts'

const namedRow = v.strictObject({
  release: v.string(),
  status: v.picklist(['open', 'archived']),
  url: v.string(),
  released_at: v.nullable(v.date()),
  created_at: v.date(),
  is_registered: v.boolean(),
  first_event: v.nullable(v.date()),
  last_event: v.nullable(v.date())
})
export type NamedRelease = v.InferOutput<typeof namedRow>

/** All of them, or the one with this name. `created_at` is when it was first heard of. */
export async function namedReleases(
  sql: Queryable,
  projectId: number,
  { release = null, archived = true }: { release?: string | null; archived?: boolean } = {}
): Promise<NamedRelease[]> {
  const only = release === null ? sql`` : sql`and release = ${release}`
  return await sql.rows(namedRow)`
    select release, coalesce(r.status, 'open') as status, coalesce(r.url, '') as url, r.released_at,
      date_trunc('milliseconds', least(r.created_at, s.first_seen)) as created_at,
      r.created_at is not null as is_registered, s.first_seen as first_event,
      coalesce(s.last_seen, s.first_seen) as last_event
    from (select * from releases where project_id = ${projectId} ${only}) r
      full join (select release, first_seen, last_seen from project_releases where project_id = ${projectId}
        and release not in ('', ${other}) ${only}) s using (release)
    ${archived ? sql`` : sql`where coalesce(r.status, 'open') = 'open'`}`
}

const saidRow = v.strictObject({
  release: v.string(),
  commit_count: v.number(),
  deploy_count: v.number(),
  artifact_count: v.number(),
  deployed_at: v.nullable(v.date()),
  deployed_to: v.nullable(v.string())
})
export type SaidOfRelease = v.InferOutput<typeof saidRow>

/** Commits, deploys and uploads of these releases. */
export async function saidOfReleases(
  sql: Queryable,
  projectId: number,
  releases: readonly string[]
): Promise<Map<string, SaidOfRelease>> {
  const rows = await sql.rows(saidRow)`
    select n.release,
      (select count(*) from release_commits c where c.project_id = ${projectId} and c.release = n.release)
        as commit_count,
      (select count(*) from deploys d where d.project_id = ${projectId} and d.release = n.release) as deploy_count,
      (select count(*) from artifact_bundles b where b.project_id = ${projectId} and b.release = n.release
        and b.state = 'ok') as artifact_count,
      d.finished_at as deployed_at, d.environment as deployed_to
    from unnest(${releases}::text[]) as n (release) left join lateral (
      select finished_at, environment from deploys d where d.project_id = ${projectId} and d.release = n.release
      order by finished_at desc limit 1) d on true`
  return new Map(rows.map(row => [row.release, row]))
}

const nameRow = v.strictObject({ release: v.string() })

/** Releases that were deployed to one of these environments. */
export async function deployedTo(
  sql: Queryable,
  projectId: number,
  environments: readonly string[]
): Promise<Set<string>> {
  const rows = await sql.rows(nameRow)`
    select distinct release from deploys where project_id = ${projectId} and environment = any (${environments})`
  return new Set(rows.map(({ release }) => release))
}
