/**
 * What this process believes of issues: fingerprint → where its events go. A belief may be out of date (deleted,
 * merged, discarded elsewhere): every commit states what it believes, PostgreSQL refuses it when it does not hold,
 * and then the facts are looked up. So the cache decides cost, never correctness. Bounded per pool.
 */
import { LRUCache } from 'lru-cache'
import type { Sql } from './sql.ts'

/** `via` is what the issue was merged into (else itself), `target` the end of that chain. */
export type KnownIssue = { issueId: string, via: string, target: string, discarded: boolean }

export type IssueKey = { projectId: number, fingerprint: string }

const knownMax = 100_000

const knownByPool = new WeakMap<Sql, LRUCache<string, KnownIssue>>()

/** The cache of a pool, by `cacheKey`. */
export function knownIssues (sql: Sql): LRUCache<string, KnownIssue> {
  const known = knownByPool.get(sql)
  if (known) return known
  const created = new LRUCache<string, KnownIssue>({ max: knownMax })
  knownByPool.set(sql, created)
  return created
}

export function cacheKey (projectId: number, fingerprint: string): string {
  return fingerprint + projectId
}

/** Looks issues up and remembers them; those that do not exist are forgotten. */
export async function learnIssues (sql: Sql, keys: readonly IssueKey[]): Promise<void> {
  const known = knownIssues(sql)
  for (const key of keys) known.delete(cacheKey(key.projectId, key.fingerprint))
  if (keys.length === 0) return

  const rows = await sql<{ project_id: string, fingerprint: string, id: string, via: string, target: string, discarded: boolean }[]>`
    with recursive chain as (
      select i.project_id, i.fingerprint, i.id, coalesce(i.merged_into, i.id) as via, i.id as target, i.merged_into, i.status, 0 as depth
      from json_to_recordset(${JSON.stringify(keys)}::text::json) as k ("projectId" bigint, fingerprint text)
      join issues i on i.project_id = k."projectId" and i.fingerprint = decode(k.fingerprint, 'hex')
      union all
      select c.project_id, c.fingerprint, c.id, c.via, i.id, i.merged_into, i.status, c.depth + 1
      from chain c join issues i on i.project_id = c.project_id and i.id = c.merged_into
      where c.depth < 100
    )
    select project_id, encode(fingerprint, 'hex') as fingerprint, id, via, target, status = 'discarded' as discarded
    from chain where merged_into is null`
  for (const { project_id: projectId, fingerprint, id, via, target, discarded } of rows) {
    known.set(cacheKey(Number(projectId), fingerprint), { issueId: id, via, target, discarded })
  }
}
