/**
 * What this process believes of issues: fingerprint → the issue that its events go to. A belief may be out of date
 * (deleted, merged or discarded elsewhere): every commit states its beliefs, PostgreSQL refuses it when one does not
 * hold, and the fact is looked up. So the cache decides cost, never correctness. Bounded for each pool.
 */
import * as v from 'valibot'
import type { Sql } from '../database/sql.ts'
import { createGenerations, type Generations } from './generations.ts'

/**
 * `rootId` is the issue that it was merged into, else its own; `discarded` tells whether the root drops events.
 * `adopts`: the issue is of an older version and does not have this fingerprint yet; the commit gives it. `seen`: it
 * has at least so many events.
 */
export type KnownIssue = { issueId: string; rootId: string; discarded: boolean; adopts?: true; seen?: number }

export type IssueKey = { projectId: number; fingerprint: string }

export type KnownIssues = Generations<KnownIssue>

const generationMax = 50_000

const knownByPool = new WeakMap<Sql, KnownIssues>()

export function knownIssues(sql: Sql): KnownIssues {
  const known = knownByPool.get(sql)
  if (known) return known
  const created: KnownIssues = createGenerations(generationMax)
  knownByPool.set(sql, created)
  return created
}

const knownIssueRow = v.strictObject({
  project_id: v.number(),
  fingerprint: v.string(),
  id: v.string(),
  root_id: v.string(),
  event_count: v.number(),
  discarded: v.boolean()
})

/** Looks issues up and remembers them; issues that do not exist are forgotten. */
export async function learnIssues(sql: Sql, keys: readonly IssueKey[]): Promise<void> {
  const known = knownIssues(sql)
  for (const { projectId, fingerprint } of keys) known.forget(projectId, fingerprint)
  if (keys.length === 0) return

  for (const { projectId, fingerprint, ...issue } of await findIssues(sql, keys)) {
    known.set(projectId, fingerprint, issue)
  }
}

/** By their own fingerprints, and by the fingerprints that they adopted. */
export async function findIssues(sql: Sql, keys: readonly IssueKey[]): Promise<(IssueKey & KnownIssue)[]> {
  const rows = await sql.rows(knownIssueRow)`
    select i.project_id, k.fingerprint, i.id, coalesce(root.id, i.id) as root_id, i.event_count,
      coalesce(root.status, i.status) = 'discarded' as discarded
    from json_to_recordset(${JSON.stringify(keys)}::text::json) as k ("projectId" bigint, fingerprint text)
    cross join lateral (
      select id from issues where project_id = k."projectId" and fingerprint = decode(k.fingerprint, 'hex')
      union all
      select issue_id from issue_fingerprints
      where project_id = k."projectId" and fingerprint = decode(k.fingerprint, 'hex')
      limit 1
    ) found
    join issues i on i.project_id = k."projectId" and i.id = found.id
    left join issues root on root.project_id = i.project_id and root.id = i.merged_into`
  return rows.map(({ project_id: projectId, fingerprint, id, root_id: rootId, discarded, event_count: seen }) => ({
    projectId,
    fingerprint,
    issueId: id,
    rootId,
    discarded,
    seen
  }))
}
