/**
 * Commits prepared batches: all of a group in one transaction that is sent in one write. It is built from what this
 * process believes (which issues exist, that nothing is a duplicate); PostgreSQL refuses it whole when a belief does
 * not hold, then the facts are looked up and it is built again. Throws what PostgreSQL or the connection throws: with
 * `UnknownOutcome` the transaction may have been committed, and sending the same batches again is safe (the ledger).
 */
import assert from 'node:assert'
import pg from 'pg'
import { ConnectionError, sqlStateOf } from '../database/errors.ts'
import type { Sql } from '../database/sql.ts'
import type { CommittedOutcome, PreparedBatch } from '../../schema/pipeline.ts'
import { issueKey, planCommit, type CommitPlan, type IssueChange, type Knowledge, type StoredEvent } from './plan.ts'
import { writeLedgerStep, writePlanSteps, type AnswerPositions } from './statements.ts'
import { learnEventKeys } from './event-keys.ts'
import { knownIssues, learnIssues, type IssueKey } from './known-issues.ts'
import { committedBatches, reconstructOutcomes } from './ledger.ts'
import type { RunOptions, StatementResult, WireConnection } from '../database/wire/connection.ts'
import { withSharedWire } from '../database/wire/pool.ts'

export type { IssueChange, StoredEvent } from './plan.ts'

export type CommittedBatch = {
  id: string
  /** One per event of the batch, in no order. */
  outcomes: CommittedOutcome[]
  /** Issues that this commit counted events of; an issue stands at the first batch of the group that has it. */
  changes: IssueChange[]
  stored: StoredEvent[]
  /** True when an earlier commit had it all: nothing was written, and `changes` and `stored` are empty. */
  alreadyCommitted: boolean
}

export type CommitOptions = { node: string; deadlineMs: number; signal?: AbortSignal }

/** Every failed attempt teaches at least one fact; this many at once means that something else is wrong. */
const attemptsMax = 20

/** Commits these batches, each whole and once, in one transaction. Settles within `deadlineMs`, and a little. */
export async function commitBatches(
  sql: Sql,
  batches: PreparedBatch[],
  { node, deadlineMs, signal }: CommitOptions
): Promise<CommittedBatch[]> {
  const knowledge = nothingKnown()
  const until = performance.now() + deadlineMs
  const left = (): number => Math.max(until - performance.now(), 1)

  const written = await withSharedWire(
    sql,
    async wire => {
      for (let attempt = 1; ; attempt++) {
        const fresh = batches.filter(batch => !knowledge.committed.has(batch.id))
        if (fresh.length === 0) return []
        const plan = await within(planned(sql, fresh, knowledge), left())
        try {
          return finished(sql, plan, await runPlan(wire, fresh, plan, node, { deadlineMs: left(), signal }))
        } catch (error) {
          if (attempt >= attemptsMax || !(await within(learnFrom(sql, error, fresh, knowledge), left()))) throw error
        }
      }
    },
    { connectTimeoutMs: left() }
  )

  const byId = new Map(written.map(batch => [batch.id, batch]))
  return await within(
    Promise.all(batches.map(async batch => byId.get(batch.id) ?? (await committedEarlier(sql, batch)))),
    left()
  )
}

/**
 * For statements outside the transaction: when they take too long nothing has been sent, or all is committed already.
 */
async function within<Result>(work: Promise<Result>, ms: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new ConnectionError('DEADLINE', 'PostgreSQL did not answer in time')), ms)
  })
  return await Promise.race([work, late]).finally(() => clearTimeout(timer))
}

async function committedEarlier(sql: Sql, batch: PreparedBatch): Promise<CommittedBatch> {
  return {
    id: batch.id,
    outcomes: await reconstructOutcomes(sql, batch),
    changes: [],
    stored: [],
    alreadyCommitted: true
  }
}

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

async function lookUpIssues(sql: Sql, issues: Iterable<IssueKey>, knowledge: Knowledge): Promise<void> {
  const keys = new Map<string, IssueKey>()
  for (const { projectId, fingerprint } of issues) {
    keys.set(issueKey({ projectId, fingerprint }), { projectId, fingerprint })
  }
  await learnIssues(sql, [...keys.values()])
  for (const key of keys.keys()) knowledge.issues.add(key)
}

type Answers = { copied: StatementResult | undefined; counted: StatementResult | undefined }

async function runPlan(
  wire: WireConnection,
  batches: readonly PreparedBatch[],
  plan: CommitPlan,
  node: string,
  options: RunOptions
): Promise<Answers> {
  const [first] = batches
  assert(first)
  let positions: AnswerPositions | undefined
  const results = await wire.run(pipeline => {
    writeLedgerStep(pipeline, batches, node)
    positions = writePlanSteps(pipeline, plan, { node, mark: first.id })
  }, options)
  return { copied: results[positions?.copied ?? -1], counted: results[positions?.counted ?? -1] }
}

/** What the commit came to; remembers the issues it made. */
function finished(sql: Sql, plan: CommitPlan, { copied, counted }: Answers): CommittedBatch[] {
  assert.equal(copied?.rowCount ?? 0, plan.rows.length, 'COPY stores every row it was sent')
  const regressed = new Set(counted?.rows[0]?.[0]?.split(','))
  for (const tally of plan.counted) {
    if (regressed.has(tally.issueId)) tally.change.kind = 'regressed'
  }
  const known = knownIssues(sql)
  for (const { projectId, fingerprint, issueId } of plan.created) {
    known.set(projectId, fingerprint, { issueId, via: issueId, target: issueId, discarded: false })
  }
  return plan.batches.map(({ batch, outcomes, stored, changes }) => ({
    id: batch.id,
    outcomes,
    changes,
    stored,
    alreadyCommitted: false
  }))
}

/** Looks up the fact that a refusal names; false when the error is of another kind. */
export async function learnFrom(
  sql: Sql,
  error: unknown,
  batches: readonly PreparedBatch[],
  knowledge: Knowledge
): Promise<boolean> {
  switch (factOf(error)) {
    case 'committed':
      for (const id of await committedBatches(
        sql,
        batches.map(batch => batch.id)
      )) {
        knowledge.committed.add(id)
      }
      return true
    case 'duplicate':
      for (const [key, id] of await learnEventKeys(
        sql,
        batches.flatMap(batch => batch.events)
      )) {
        knowledge.keys.set(key, id)
      }
      return true
    case 'issue':
      await lookUpIssues(
        sql,
        batches.flatMap(batch => batch.events),
        knowledge
      )
      return true
    case undefined:
      return false
  }
}

/** Which belief a refusal contradicts; the codes stand in the migration of the commit. */
function factOf(error: unknown): 'committed' | 'duplicate' | 'issue' | undefined {
  const { code, table = '' } = error instanceof pg.DatabaseError ? error : {}
  if (code === '23505' && table === 'ledger') return 'committed'
  if (code === 'MSH02' || (code === '23505' && table.startsWith('event_keys'))) return 'duplicate'
  return code === 'MSH03' ? 'issue' : undefined
}

/** Whether a commit failed because a day has no partition yet: `ensurePartitionsFor` makes it, then try again. */
export function isMissingPartition(error: unknown): boolean {
  return sqlStateOf(error) === '23514' && error instanceof Error && error.message.includes('no partition')
}
