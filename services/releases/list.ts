/**
 * The releases of a project, from events and from what was said of them, newest first: by when each was first heard of.
 */
import * as v from 'valibot'
import { other } from '../rollups/bounds.ts'
import type { PendingQuery, Queryable } from '../database/sql.ts'

const releaseRow = v.strictObject({
  project_id: v.number(),
  release: v.string(),
  status: v.picklist(['open', 'archived']),
  url: v.string(),
  started_at: v.nullable(v.date()),
  released_at: v.nullable(v.date()),
  created_at: v.date(),
  is_registered: v.boolean(),
  first_event: v.nullable(v.date()),
  last_event: v.nullable(v.date()),
  commit_count: v.number(),
  last_commit: v.nullable(v.string()),
  deploy_count: v.number(),
  last_deploy_at: v.nullable(v.date()),
  last_deploy_environment: v.nullable(v.string()),
  artifact_count: v.number()
})
export type ReleaseRow = v.InferOutput<typeof releaseRow>

export type ReleasesAfter = { createdAt: string; release: string }

/**
 * Of one project or of several, where each has its own row. `after` is where the page before ended, or how many rows
 * were before; `name` is a part of the names that are wanted.
 */
export async function listReleases(
  sql: Queryable,
  projectIds: readonly number[],
  {
    after = null,
    offset = 0,
    limit,
    name = '',
    archived = true
  }: { after?: ReleasesAfter | null; offset?: number; limit: number; name?: string; archived?: boolean }
): Promise<ReleaseRow[]> {
  return await rowsOf(
    sql,
    projectIds,
    sql`
      where ${name === '' ? sql`true` : sql`strpos(lower(release), ${name.toLowerCase()}) > 0`}
        ${archived ? sql`` : sql`and status = 'open'`}
        ${after === null ? sql`` : sql`and (created_at, release) < (${after.createdAt}::timestamptz, ${after.release})`}
      order by created_at desc, release desc, project_id offset ${offset} limit ${limit}`
  )
}

/** One row for each of these projects in which an event or somebody named the release. */
export async function readReleases(
  sql: Queryable,
  projectIds: readonly number[],
  release: string
): Promise<ReleaseRow[]> {
  return await rowsOf(sql, projectIds, sql`where release = ${release}`)
}

async function rowsOf(
  sql: Queryable,
  projectIds: readonly number[],
  which: PendingQuery<Record<string, unknown>>
): Promise<ReleaseRow[]> {
  return await sql.rows(releaseRow)`
    with named as (
      select project_id, release, coalesce(r.status, 'open') as status, coalesce(r.url, '') as url, r.started_at,
        r.released_at, date_trunc('milliseconds', least(r.created_at, s.first_seen)) as created_at,
        r.created_at is not null as is_registered, s.first_seen as first_event,
        coalesce(s.last_seen, s.first_seen) as last_event
      from (select * from releases where project_id = any (${projectIds}::bigint[])) r
        full join (select project_id, release, first_seen, last_seen from project_releases
          where project_id = any (${projectIds}::bigint[]) and release not in ('', ${other})) s
          using (project_id, release)
    ), page as (select * from named ${which})
    select p.*,
      (select count(*) from release_commits c where c.project_id = p.project_id and c.release = p.release)
        as commit_count,
      (select sha from release_commits c where c.project_id = p.project_id and c.release = p.release and position = 0)
        as last_commit,
      (select count(*) from deploys d where d.project_id = p.project_id and d.release = p.release) as deploy_count,
      d.finished_at as last_deploy_at, d.environment as last_deploy_environment,
      (select count(*) from artifact_bundles b where b.project_id = p.project_id and b.release = p.release
        and b.state = 'ok') as artifact_count
    from page p left join lateral (
      select finished_at, environment from deploys d where d.project_id = p.project_id and d.release = p.release
      order by finished_at desc limit 1) d on true
    order by p.created_at desc, p.release desc, p.project_id`
}
