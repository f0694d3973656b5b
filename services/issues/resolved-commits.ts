/**
 * Issues that are resolved in a commit. A commit is named by its id, or by how it begins. Once a release holds it they
 * are resolved in that release: the first of several, so that events of a later one bring them back.
 */
import * as v from 'valibot'
import { compareReleases, orderedRelease } from '../../events/releases.ts'
import type { Queryable, TransactionSql } from '../database/sql.ts'
import { noteActivity } from './activity.ts'

const heldRow = v.strictObject({ release: v.string(), first_seen: v.date() })

/** The first release that holds the commit; null while none does. */
export async function releaseWith(sql: Queryable, projectId: number, commit: string): Promise<string | null> {
  const rows = await sql.rows(heldRow)`
    select distinct c.release, coalesce(p.first_seen, r.created_at) as first_seen
    from release_commits c join releases r on r.project_id = c.project_id and r.release = c.release
      left join project_releases p on p.project_id = c.project_id and p.release = c.release
    where c.project_id = ${projectId} and starts_with(lower(c.sha), ${commit})`
  const [first] = rows.map(row => ({ version: row.release, firstSeen: row.first_seen.getTime() })).sort(compareReleases)
  return first?.version ?? null
}

const resolvedRow = v.strictObject({ id: v.string(), commit: v.string() })

/** In the transaction that gave the release its commits: what waited for one of them is resolved in it. */
export async function resolveWaiting(sql: TransactionSql, projectId: number, release: string): Promise<void> {
  const rows = await sql.rows(resolvedRow)`
    with waiting as (
      select i.id from issues i
      where i.project_id = ${projectId} and i.resolved_in_commit is not null and i.resolved_in_release is null
        and i.status = 'resolved' and exists (
          select from release_commits c where c.project_id = i.project_id and c.release = ${release}
            and starts_with(lower(c.sha), i.resolved_in_commit))
      order by i.project_id, i.id for update
    )
    update issues i set resolved_in_release = ${release}, resolved_highest = ${[orderedRelease(release)]}::text[]
    from waiting w where i.project_id = ${projectId} and i.id = w.id
    returning i.id, i.resolved_in_commit as commit`
  await noteActivity(
    sql,
    { projectId, userId: null },
    rows.map(({ id, commit }) => ({
      issueId: id,
      kind: 'resolved',
      data: { in_commit: commit, in_release: release }
    }))
  )
}
