/**
 * What one commit looks up. It is planned from what this process believes; when PostgreSQL refuses a belief, the fact
 * is looked up here and the commit is planned again. Every refusal teaches at least one fact, so a commit comes to an
 * end. The codes MSH02 to MSH04 are raised by the functions of the commit in schema/migrations.
 */
import pg from 'pg'
import * as v from 'valibot'
import { retentionClasses, type PreparedBatch, type PreparedEvent } from '../../schema/pipeline.ts'
import type { Sql } from '../database/sql.ts'
import { learnEventKeys } from './event-keys.ts'
import { knownIssues, learnIssues } from './known-issues.ts'
import { committedBatches } from './ledger.ts'
import { learnOlderIssues } from './older-issues.ts'
import { issueKey, planCommit, type CommitPlan, type Knowledge } from './plan.ts'

export function nothingKnown(): Knowledge {
  return { committed: new Set(), keys: new Map(), issues: new Set(), retention: new Map() }
}

/** Plans a commit. Issues that this process has not met are looked up before they count as new. */
export async function planned(sql: Sql, batches: readonly PreparedBatch[], knowledge: Knowledge): Promise<CommitPlan> {
  const known = knownIssues(sql)
  const plan = planCommit(batches, knowledge, known)
  const unsure = plan.created.filter(tally => !knowledge.issues.has(issueKey(tally)))
  if (unsure.length === 0) return plan
  await lookUpIssues(
    sql,
    unsure.map(tally => tally.sample),
    knowledge
  )
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
    case 'retention':
      await lookUpRetentions(sql, events, knowledge)
      return true
    case undefined:
      return false
  }
}

/** The issues of these events, by their fingerprints and by those of older versions of grouping. */
async function lookUpIssues(sql: Sql, events: readonly PreparedEvent[], knowledge: Knowledge): Promise<void> {
  const byKey = new Map(events.map(event => [issueKey(event), event]))
  const samples = [...byKey.values()]
  await learnIssues(
    sql,
    samples.map(({ projectId, fingerprint }) => ({ projectId, fingerprint }))
  )
  const known = knownIssues(sql)
  const unknown = samples.filter(({ projectId, fingerprint }) => known.get(projectId, fingerprint) === undefined)
  if (unknown.length > 0) await learnOlderIssues(sql, unknown)
  for (const key of byKey.keys()) knowledge.issues.add(key)
}

const retentionRow = v.strictObject({ id: v.number(), retention_days: v.picklist(retentionClasses) })

async function lookUpRetentions(sql: Sql, events: readonly PreparedEvent[], knowledge: Knowledge): Promise<void> {
  const ids = [...new Set(events.map(({ projectId }) => projectId))]
  const rows = await sql.rows(retentionRow)`select id, retention_days from projects where id = any (${ids}::bigint[])`
  for (const { id, retention_days: days } of rows) knowledge.retention.set(id, days)
}

/** The belief that a refusal contradicts. */
function contradictedBy(error: unknown): 'not committed' | 'no duplicate' | 'known issue' | 'retention' | undefined {
  const { code, table = '' } = error instanceof pg.DatabaseError ? error : {}
  if (code === '23505' && table === 'ledger') return 'not committed'
  if (code === 'MSH02' || (code === '23505' && table.startsWith('event_keys'))) return 'no duplicate'
  if (code === 'MSH04') return 'retention'
  return code === 'MSH03' ? 'known issue' : undefined
}
