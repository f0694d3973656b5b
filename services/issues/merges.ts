/**
 * Merging issues. It changes a mapping only; no row of an event moves. A merge moves the whole families of the merged
 * issues, so that every issue leads to its root directly; that invariant is described in
 * services/search/issue-roots.ts. Events are counted by the issue of their own fingerprint, merged or not; the root
 * carries the sums of its family, which commits and folds keep. So an issue that is taken out again is as if it had
 * never been merged. What came before migration 0031 while it was merged stays with the root.
 */
import * as v from 'valibot'
import { noteActivity, type Deed } from './activity.ts'
import { countedAgain, countsOf } from './archives.ts'
import type { IssueChanger } from './changes.ts'
import { rootsIn, withIssues, type LockedIssue } from './locks.ts'
import { requestErasure } from '../deletions/requests.ts'
import { familyMax } from '../search/issue-roots.ts'
import type { Sql, TransactionSql } from '../database/sql.ts'

/** Beyond this many users in the merged issues, users that several issues share count several times. */
const usersCountedMax = 50_000

/** `missing`: an issue is not in the project. `same`: they are one issue already. */
export type MergeRefusal = 'missing' | 'missing_into' | 'same' | 'discarded' | 'too_many'

export type Merged = { into: string; merged: string[] }

/** Merges the roots of these issues into the root of `into`. */
export async function mergeIssues(
  sql: Sql,
  changer: IssueChanger,
  ids: readonly string[],
  into: string
): Promise<Merged | MergeRefusal> {
  const { projectId } = changer
  const [target, sources] = await Promise.all([rootsIn(sql, projectId, [into]), rootsIn(sql, projectId, ids)])
  if (sources === null) return 'missing'
  if (target === null) return 'missing_into'
  const merged = await withIssues(sql, projectId, [...ids, into], { families: true }, async (sql, locked) => {
    const root = locked.find(issue => issue.id === into)?.merged_into ?? into
    const others = locked.filter(issue => issue.merged_into === null && issue.id !== root)
    if (others.length === 0) return 'same'
    if (locked.some(issue => issue.merged_into === null && issue.status === 'discarded')) return 'discarded'
    if (locked.length > familyMax) return 'too_many'
    await sql`
      update issues set merged_into = ${root},
        merged_via = case when merged_into is null then ${root}::uuid else coalesce(merged_via, merged_into) end,
        merged_event_count = null, merged_user_count = null,
        merged_first_seen = null, merged_last_seen = null,
        last_seen_hour = date_bin('1 hour', last_seen, '2000-01-01 00:00Z'), event_magnitude = magnitude(event_count),
        user_magnitude = magnitude(user_count)
      where project_id = ${projectId}
        and id = any (${locked.filter(issue => issue.id !== root).map(({ id }) => id)}::uuid[])
          and merged_into is distinct from ${root}`
    await addUp(sql, projectId, root)
    await noteActivity(sql, changer, [
      { issueId: root, kind: 'merged', data: { issues: others.map(named) } },
      ...others.map((other): Deed => ({
        issueId: other.id,
        kind: 'merged_into',
        data: { issues: locked.filter(issue => issue.id === root).map(named) }
      }))
    ])
    return { into: root, merged: others.map(({ id }) => id) }
  })
  return merged ?? 'missing'
}

export type Unmerged = { from: string; unmerged: string[] }

/**
 * Takes an issue out of the one that it was merged into, with what had been merged into it before; given a root, takes
 * out everything that leads to it.
 */
export async function unmergeIssue(
  sql: Sql,
  changer: IssueChanger,
  issueId: string
): Promise<Unmerged | 'missing' | 'nothing_merged'> {
  const { projectId } = changer
  const unmerged = await withIssues(sql, projectId, [issueId], { families: true }, async (sql, locked) => {
    const root = locked.find(issue => issue.merged_into === null)
    const out = locked.filter(issue => issue.merged_into !== null && (issue.id === issueId || root?.id === issueId))
    if (root === undefined || out.length === 0) return 'nothing_merged'
    const along = root.id === issueId ? [] : mergedThrough(locked, issueId)
    await sql`
      update issues set merged_into = case when id = any (${along}::uuid[]) then ${issueId}::uuid end,
        merged_via = case when id = any (${along}::uuid[]) then merged_via end
      where project_id = ${projectId} and id = any (${[...along, ...out.map(({ id }) => id)]}::uuid[])`
    await addUp(sql, projectId, root.id)
    if (along.length > 0) await addUp(sql, projectId, issueId)
    await deleteEmpty(sql, changer, [root.id, ...out.map(({ id }) => id)])
    await noteActivity(sql, changer, [
      { issueId: root.id, kind: 'unmerged', data: { issues: out.map(named) } },
      ...out.map(({ id }): Deed => ({ issueId: id, kind: 'unmerged_from', data: { issues: [named(root)] } }))
    ])
    return { from: root.id, unmerged: out.map(({ id }) => id) }
  })
  return unmerged ?? 'missing'
}

const idRow = v.strictObject({ id: v.string() })

/**
 * Deletes those of these issues of which nothing is left: their events were erased while something was merged with
 * them. A discarded one stays, so that its events are discarded further on.
 */
export async function deleteEmpty(
  sql: TransactionSql,
  { projectId, userId }: { projectId: number; userId: string | null },
  ids: readonly string[]
): Promise<string[]> {
  const rows = await sql.rows(idRow)`
    delete from issues where project_id = ${projectId} and id = any (${ids}::uuid[]) and event_count = 0
      and merged_event_count is null and status <> 'discarded' returning id`
  const issueIds = rows.map(({ id }) => id)
  if (issueIds.length > 0) await requestErasure(sql, { kind: 'issue', projectId, issueIds, requestedBy: userId })
  return issueIds
}

/** Of a family what was merged into this issue, or into one that was. */
function mergedThrough(family: readonly LockedIssue[], issueId: string): string[] {
  const direct = family.filter(({ merged_via: via }) => via === issueId).map(({ id }) => id)
  return direct.flatMap(id => [id, ...mergedThrough(family, id)])
}

const usersRow = v.strictObject({ users: v.nullable(v.number()) })

/** After a merge or its end. */
async function addUp(sql: TransactionSql, projectId: number, root: string): Promise<void> {
  const before = await countsOf(sql, projectId, root)
  await sumFamily(sql, projectId, root)
  await countedAgain(sql, projectId, root, before)
}

/** Writes into the root the sums of all that lead to it. The family is locked. */
export async function sumFamily(sql: TransactionSql, projectId: number, root: string): Promise<void> {
  const [sums] = await sql.rows(usersRow)`
    select sum(user_count)::bigint as users from issues where project_id = ${projectId} and merged_into = ${root}`
  const summed = sums?.users ?? null
  const users = summed === null || summed > usersCountedMax ? summed : await otherUsers(sql, projectId, root)
  await sql`
    update issues i set merged_event_count = f.events, merged_user_count = ${users}::bigint,
      event_magnitude = magnitude(i.event_count + coalesce(f.events, 0)),
        user_magnitude = magnitude(i.user_count + ${users ?? 0}::bigint),
      merged_first_seen = f.first, merged_last_seen = f.last,
      last_seen_hour = greatest(date_bin('1 hour', i.last_seen, '2000-01-01 00:00Z'),
        date_bin('1 hour', f.last, '2000-01-01 00:00Z'))
    from (
      select sum(event_count)::bigint as events, min(first_seen) as first, max(last_seen) as last from issues
        where project_id = ${projectId} and merged_into = ${root}
    ) f where i.project_id = ${projectId} and i.id = ${root}`
}

const otherUsersRow = v.strictObject({ users: v.number() })

/** Users of the issues that lead to the root which the root itself has not seen. */
async function otherUsers(sql: TransactionSql, projectId: number, root: string): Promise<number> {
  const [row] = await sql.rows(otherUsersRow)`
    select count(distinct u.user_hash) as users from issues c join issue_users u on u.project_id = c.project_id
      and u.issue_id = c.id
    where c.project_id = ${projectId} and c.merged_into = ${root}
      and not exists (select from issue_users own where own.project_id = ${projectId} and own.issue_id = ${root}
        and own.user_hash = u.user_hash)`
  return row?.users ?? 0
}

function named({ id, number, title }: LockedIssue): object {
  return { id, number, title }
}
