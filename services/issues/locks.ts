/**
 * Locks issues while they are changed, in the order in which commits lock them, so that no deadlock is possible. When
 * an issue was merged, unmerged or deleted between the look-up and the lock, it is looked up again in a new
 * transaction.
 */
import * as v from 'valibot'
import { rootsAmong } from '../search/issue-roots.ts'
import { shownTitles } from '../search/issue-titles.ts'
import type { Sql, TransactionSql } from '../database/sql.ts'

const lockedIssueRow = v.strictObject({
  id: v.string(),
  number: v.number(),
  title: v.string(),
  status: v.string(),
  assignee_id: v.nullable(v.string()),
  merged_into: v.nullable(v.string()),
  /** What it was merged into itself, where that is not known to be the root. */
  merged_via: v.nullable(v.string()),
  /** Set by "resolve in next release". */
  waits_for_release: v.boolean(),
  resolved_in_release: v.nullable(v.string()),
  resolved_in_commit: v.nullable(v.string())
})
export type LockedIssue = v.InferOutput<typeof lockedIssueRow>

const attemptsMax = 10

/** The roots of these issues, each once; null when one of them is not in the project. */
export async function rootsIn(sql: Sql, projectId: number, ids: readonly string[]): Promise<string[] | null> {
  const wanted = [...new Set(ids)]
  const { count } = await sql`select from issues where project_id = ${projectId} and id = any (${wanted}::uuid[])`
  return count === wanted.length ? await rootsAmong(sql, projectId, wanted) : null
}

/**
 * Runs `work` in a transaction that holds the roots of these issues, with `families` also what was merged into them.
 * Null when an issue is not in the project, or is deleted meanwhile.
 */
export async function withIssues<Result>(
  sql: Sql,
  projectId: number,
  ids: readonly string[],
  { families }: { families: boolean },
  work: (sql: TransactionSql, locked: LockedIssue[]) => Promise<Result>
): Promise<Result | null> {
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const roots = await rootsIn(sql, projectId, ids)
    if (roots === null) return null
    const done = await sql.begin(async sql => {
      const locked = await lockRoots(sql, projectId, ids, roots, families)
      return locked === null ? null : { result: await work(sql, locked) }
    })
    if (done !== null) return done.result
  }
  throw new Error('issues were merged again and again while they were to be changed')
}

/**
 * Locks the families of these issues; ids that the project does not have are left out. Null when one was merged,
 * unmerged or deleted meanwhile: the transaction is to end, and the next one tries again.
 */
export async function lockFamilies(
  sql: TransactionSql,
  projectId: number,
  ids: readonly string[]
): Promise<LockedIssue[] | null> {
  const known = await sql.rows(idRow)`
    select id from issues where project_id = ${projectId} and id = any (${[...new Set(ids)]}::uuid[])`
  const own = known.map(({ id }) => id)
  return await lockRoots(sql, projectId, own, await rootsAmong(sql, projectId, own), true)
}

const idRow = v.strictObject({ id: v.string() })

async function lockRoots(
  sql: TransactionSql,
  projectId: number,
  ids: readonly string[],
  roots: readonly string[],
  families: boolean
): Promise<LockedIssue[] | null> {
  const locked = await lock(sql, projectId, roots, families)
  const held = locked.filter(issue => issue.merged_into === null && roots.includes(issue.id))
  const isHeld = (id: string): boolean => locked.some(issue => issue.id === id)
  const isAsWas =
    held.length === roots.length &&
    (!families || (ids.every(isHeld) && !(await hasGrown(sql, projectId, roots, locked))))
  return isAsWas ? locked : null
}

async function lock(
  sql: TransactionSql,
  projectId: number,
  roots: readonly string[],
  families: boolean
): Promise<LockedIssue[]> {
  return await sql.rows(lockedIssueRow)`
    select id, number, ${shownTitles(sql).title} as title, status, assignee_id, merged_into, merged_via,
      resolved_releases is not null as waits_for_release,
      resolved_in_release, resolved_in_commit
    from issues i
    where project_id = ${projectId}
      and (id = any (${roots}::uuid[]) ${families ? sql`or merged_into = any (${roots}::uuid[])` : sql``})
    order by project_id, id for update`
}

/**
 * Whether something was merged into the roots while we waited for the locks. The statement that locks does not see
 * that, this one does; from now on no merge is possible.
 */
async function hasGrown(
  sql: TransactionSql,
  projectId: number,
  roots: readonly string[],
  locked: readonly LockedIssue[]
): Promise<boolean> {
  const { count } = await sql`
    select from issues where project_id = ${projectId} and merged_into = any (${roots}::uuid[])
      and id <> all (${locked.map(({ id }) => id)}::uuid[]) limit 1`
  return count > 0
}
