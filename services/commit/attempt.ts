/**
 * Commits batches in one transaction that is sent in one write. It is planned from what this process believes (which
 * issues exist, that nothing is a duplicate); PostgreSQL refuses it whole when a belief does not hold, then the facts
 * are looked up and it is planned again. Throws what PostgreSQL or the connection throws: with `UnknownOutcome` the
 * transaction may have been committed, and sending the same batches again is safe, because the ledger knows them.
 */
import assert from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PreparedBatch } from '../../schema/pipeline.ts'
import { ConnectionError } from '../database/errors.ts'
import type { Sql } from '../database/sql.ts'
import type { RunOptions, StatementResult, WireConnection } from '../database/wire/connection.ts'
import { withSharedWire } from '../database/wire/pool.ts'
import type { CommittedBatch } from './committed-batch.ts'
import { knownIssues } from './known-issues.ts'
import { learnFrom, nothingKnown, planned } from './knowledge.ts'
import { reconstructOutcomes } from './ledger.ts'
import type { CommitPlan } from './plan.ts'
import { writeLedgerStep, writePlanSteps, type ResultPositions } from './statements.ts'
import { wordSets, type WordSets } from './word-sets.ts'

export type AttemptOptions = { node: string; deadlineMs: number }

/**
 * Every failed attempt teaches at least one fact. After so many at once, people change these issues as fast as they are
 * looked up, or something is wrong: the rest of the time is for trying slowly.
 */
const attemptsAtOnce = 20
const pauseMs = 20

/** Commits these batches, each whole and once, in one transaction. Settles within `deadlineMs`, and a little. */
export async function commitBatches(
  sql: Sql,
  batches: PreparedBatch[],
  { node, deadlineMs }: AttemptOptions
): Promise<CommittedBatch[]> {
  const knowledge = nothingKnown()
  const sets = wordSets(sql)
  const until = performance.now() + deadlineMs
  const left = (): number => Math.max(until - performance.now(), 1)

  const written = await withSharedWire(
    sql,
    async wire => {
      await within(sets.write(sql), left())
      for (let attempt = 1; ; attempt++) {
        const fresh = batches.filter(batch => !knowledge.committed.has(batch.id))
        if (fresh.length === 0) return []
        const plan = await within(planned(sql, fresh, knowledge), left())
        try {
          return finished(sql, plan, await runPlan(wire, fresh, plan, { node, sets, deadlineMs: left() }))
        } catch (error) {
          if (attempt >= attemptsAtOnce && performance.now() >= until) throw error
          if (!(await within(learnFrom(sql, error, fresh, knowledge), left()))) throw error
          if (attempt >= attemptsAtOnce) await sleep(pauseMs)
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

/** For statements outside the transaction: when they are late, nothing was sent yet or all is committed already. */
async function within<Result>(work: Promise<Result>, ms: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new ConnectionError('DEADLINE', 'PostgreSQL did not answer in time')), ms)
  })
  return await Promise.race([work, late]).finally(() => clearTimeout(timer))
}

async function committedEarlier(sql: Sql, batch: PreparedBatch): Promise<CommittedBatch> {
  const outcomes = await reconstructOutcomes(sql, batch)
  return { id: batch.id, outcomes, changes: [], stored: [], alreadyCommitted: true }
}

type PlanResults = { copied: StatementResult | undefined; counted: StatementResult | undefined }

async function runPlan(
  wire: WireConnection,
  batches: readonly PreparedBatch[],
  plan: CommitPlan,
  { node, sets, ...options }: RunOptions & { node: string; sets: WordSets }
): Promise<PlanResults> {
  const [first] = batches
  assert(first)
  let positions: ResultPositions | undefined
  const results = await wire.run(pipeline => {
    writeLedgerStep(pipeline, batches, node)
    positions = writePlanSteps(pipeline, plan, { node, mark: first.id, sets })
  }, options)
  return { copied: results[positions?.copied ?? -1], counted: results[positions?.counted ?? -1] }
}

/** The result of a transaction that was committed; remembers the issues that it made, and what they adopted. */
function finished(sql: Sql, plan: CommitPlan, { copied, counted }: PlanResults): CommittedBatch[] {
  assert.equal(copied?.rowCount ?? 0, plan.rows.length, 'COPY stores every row it was sent')
  const regressed = new Set(counted?.rows[0]?.[0]?.split(','))
  for (const tally of plan.counted) {
    if (regressed.has(tally.rootId)) tally.change.kind = 'regressed'
  }
  const known = knownIssues(sql)
  for (const { projectId, fingerprint, issueId, seen } of plan.created) {
    known.set(projectId, fingerprint, { issueId, rootId: issueId, discarded: false, seen })
  }
  for (const { projectId, fingerprint, seen, sample } of plan.counted) {
    if (sample.weights === undefined) continue
    const issue = known.get(projectId, fingerprint)
    if (issue) known.set(projectId, fingerprint, { ...issue, seen })
  }
  for (const { projectId, fingerprint, issue } of plan.adopted) {
    const { issueId, rootId, discarded } = issue
    known.set(projectId, fingerprint, { issueId, rootId, discarded })
  }
  return plan.batches.map(({ batch, outcomes, stored, changes }) => ({
    id: batch.id,
    outcomes,
    changes,
    stored,
    alreadyCommitted: false
  }))
}
