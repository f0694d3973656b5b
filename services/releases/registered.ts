/**
 * Releases as build tools and people make them: one for each project that a release belongs to. What events tell of
 * releases is elsewhere (services/issues/project-releases.ts); a release may be known from either.
 */
import type { Queryable, Sql } from '../database/sql.ts'

/** What is not named stays as it is. */
export type ReleaseChange = {
  status?: 'open' | 'archived' | undefined
  url?: string | null | undefined
  startedAt?: Date | null | undefined
  releasedAt?: Date | null | undefined
}

/** Of one project. */
export const releasesMax = 20_000

/** Makes the release where it is not there, and changes it. False where the project has as many as one may have. */
export async function putRelease(
  sql: Queryable,
  projectId: number,
  release: string,
  { status, url, startedAt, releasedAt }: ReleaseChange = {}
): Promise<boolean> {
  const { count } = await sql`
    insert into releases as r (project_id, release, status, url, started_at, released_at)
    select ${projectId}, ${release}, ${status ?? 'open'}, ${url ?? ''}, ${startedAt ?? null}::timestamptz,
      ${releasedAt ?? null}::timestamptz
    where exists (select from releases where project_id = ${projectId} and release = ${release})
      or (select count(*) from releases where project_id = ${projectId}) < ${releasesMax}
    on conflict (project_id, release) do update set
      status = coalesce(${status ?? null}, r.status), url = coalesce(${url ?? null}, r.url),
      started_at = coalesce(excluded.started_at, r.started_at),
      released_at = coalesce(excluded.released_at, r.released_at)`
  return count > 0
}

/**
 * Forgets what was said of a release, with its commits, deploys and artifacts; its events stay. False where nothing was
 * said of it.
 */
export async function deleteRelease(sql: Sql, projectId: number, release: string): Promise<boolean> {
  const { count } = await sql`delete from releases where project_id = ${projectId} and release = ${release}`
  return count > 0
}
