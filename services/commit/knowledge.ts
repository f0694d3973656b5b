/**
 * What one commit looks up. It is planned from what this process believes; when PostgreSQL refuses a belief, the fact
 * is looked up here and the commit is planned again. Every refusal teaches at least one fact, so a commit comes to an
 * end. The codes MSH02 and MSH03 are raised by the functions of the commit in schema/migrations.
 */
import pg from 'pg'
import type { PreparedBatch } from '../../schema/pipeline.ts'
import type { Sql } from '../database/sql.ts'
import { learnEventKeys } from './event-keys.ts'
import { knownIssues, learnIssues, type IssueKey } from './known-issues.ts'
import { committedBatches } from './ledger.ts'
import { issueKey, planCommit, type CommitPlan, type Knowledge } from './plan.ts'

export function nothingKnown(): Knowledge {
  return { committed: new Set(), keys: new Map(), issues: new Set() }
}

/** Plans a commit. Issues that this process has not met are looked up before they count as new. */
export async function planned(sql: Sql, batches: readonly PreparedBatch[], knowledge: Knowledge): Promise<CommitPlan> {
  const known = knownIssues(sql)
  const plan = planCommit(batches, knowledge, known)
  const unsure = plan.created.filter(tally => !knowledge.issues.has(issueKey(tally)))
  if (unsure.length === 0) return plan
  await lookUpIssues(sql, unsure, knowledge)
  return planCommit(batches, knowledge, known)
}

/** Looks up the fact that a refusal contradicts; false when the error is of another kind. */
export async function learnFrom(
  sql: Sql,
  error: unknown,
  batches: readonly PreparedBatch[],
  knowledge: Knowledge
): Promise<boolean> {
  const events = batches.flatMap(batch => batch.events)
  switch (contradictedBy(error)) {
    case 'not committed': {
      const ids = batches.map(batch => batch.id)
      for (const id of await committedBatches(sql, ids)) knowledge.committed.add(id)
      return true
    }
    case 'no duplicate':
      for (const [key, id] of await learnEventKeys(sql, events)) knowledge.keys.set(key, id)
      return true
    case 'known issue':
      await lookUpIssues(sql, events, knowledge)
      return true
    case undefined:
      return false
  }
}

async function lookUpIssues(sql: Sql, issues: Iterable<IssueKey>, knowledge: Knowledge): Promise<void> {
  const keys = new Map<string, IssueKey>()
  for (const { projectId, fingerprint } of issues) {
    keys.set(issueKey({ projectId, fingerprint }), { projectId, fingerprint })
  }
  await learnIssues(sql, [...keys.values()])
  for (const key of keys.keys()) knowledge.issues.add(key)
}

/** The belief that a refusal contradicts. */
function contradictedBy(error: unknown): 'not committed' | 'no duplicate' | 'known issue' | undefined {
  const { code, table = '' } = error instanceof pg.DatabaseError ? error : {}
  if (code === '23505' && table === 'ledger') return 'not committed'
  if (code === 'MSH02' || (code === '23505' && table.startsWith('event_keys'))) return 'no duplicate'
  return code === 'MSH03' ? 'known issue' : undefined
}
