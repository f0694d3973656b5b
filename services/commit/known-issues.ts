/**
 * What this process believes of issues: fingerprint → where its events go. A belief may be out of date (deleted,
 * merged, discarded elsewhere): every commit states what it believes, PostgreSQL refuses it when it does not hold,
 * and then the facts are looked up. So the cache decides cost, never correctness. Bounded per pool: two generations,
 * of which the older is forgotten when the younger is full.
 */
import type { Sql } from '../database/sql.ts'

/** `via` is what the issue was merged into (else itself), `target` the end of that chain. */
export type KnownIssue = { issueId: string; via: string; target: string; discarded: boolean }

export type IssueKey = { projectId: number; fingerprint: string }

export type KnownIssues = {
  get: (projectId: number, fingerprint: string) => KnownIssue | undefined
  set: (projectId: number, fingerprint: string, issue: KnownIssue) => void
  forget: (projectId: number, fingerprint: string) => void
  clear: () => void
}

const generationMax = 50_000

const knownByPool = new WeakMap<Sql, KnownIssues>()

export function knownIssues(sql: Sql): KnownIssues {
  const known = knownByPool.get(sql)
  if (known) return known
  const created = createKnownIssues(generationMax)
  knownByPool.set(sql, created)
  return created
}

/** Remembers between `size` and twice as many issues. */
export function createKnownIssues(size: number): KnownIssues {
  let younger = new Map<number, Map<string, KnownIssue>>()
  let older = new Map<number, Map<string, KnownIssue>>()
  let count = 0

  function set(projectId: number, fingerprint: string, issue: KnownIssue): void {
    if (count >= size) {
      older = younger
      younger = new Map()
      count = 0
    }
    const issues = younger.get(projectId) ?? new Map<string, KnownIssue>()
    younger.set(projectId, issues)
    if (!issues.has(fingerprint)) count += 1
    issues.set(fingerprint, issue)
  }

  return {
    set,
    get: (projectId, fingerprint) => {
      const known = younger.get(projectId)?.get(fingerprint)
      if (known) return known
      const old = older.get(projectId)?.get(fingerprint)
      if (old) set(projectId, fingerprint, old)
      return old
    },
    forget: (projectId, fingerprint) => {
      younger.get(projectId)?.delete(fingerprint)
      older.get(projectId)?.delete(fingerprint)
    },
    clear: () => {
      younger = new Map()
      older = new Map()
      count = 0
    }
  }
}

/** Looks issues up and remembers them; those that do not exist are forgotten. */
export async function learnIssues(sql: Sql, keys: readonly IssueKey[]): Promise<void> {
  const known = knownIssues(sql)
  for (const { projectId, fingerprint } of keys) known.forget(projectId, fingerprint)
  if (keys.length === 0) return

  const rows = await sql<
    { project_id: number; fingerprint: string; id: string; via: string; target: string; discarded: boolean }[]
  >`
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
    known.set(projectId, fingerprint, { issueId: id, via, target, discarded })
  }
}
