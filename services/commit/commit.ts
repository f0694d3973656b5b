/**
 * The way of a group of batches into PostgreSQL, whatever is in it:
 * 1. The feedback that came with the batches is written, so it is there when they are acknowledged (feedback.ts).
 * 2. All batches are committed in one transaction (attempt.ts). One that the ledger knows gets its earlier outcomes.
 * 3. When a day has no partition yet it gets one, and the transaction is sent again.
 * 4. When PostgreSQL refuses the data, each batch is committed alone.
 * 5. A batch that is still refused is committed with its poison events in quarantine (isolate-poison.ts).
 * Every other failure (an outage, an unknown outcome) is thrown: the same batches may be committed again.
 */
import type { PreparedBatch } from '../../schema/pipeline.ts'
import { isDataError, isMissingPartition } from '../database/errors.ts'
import { ensurePartitionsFor } from '../database/partitions.ts'
import type { Sql } from '../database/sql.ts'
import { commitBatches, type AttemptOptions } from './attempt.ts'
import type { CommittedBatch } from './committed-batch.ts'
import { storeFeedback } from './feedback.ts'
import { quarantinePoison } from './isolate-poison.ts'

export type CommitOptions = AttemptOptions & { now: () => number; quarantinedCharsMax: number }

/** Commits these batches, each whole and once. */
export async function commit(sql: Sql, batches: PreparedBatch[], options: CommitOptions): Promise<CommittedBatch[]> {
  await storeFeedback(
    sql,
    batches.flatMap(batch => batch.feedback ?? [])
  )
  const committed = await commitTogether(sql, batches, options)
  return withFeedback(committed, batches)
}

async function commitTogether(sql: Sql, batches: PreparedBatch[], options: CommitOptions): Promise<CommittedBatch[]> {
  try {
    return await commitWithPartitions(sql, batches, options)
  } catch (error) {
    if (!isDataError(error)) throw error
  }
  const committed: CommittedBatch[] = []
  for (const batch of batches) committed.push(...(await commitAlone(sql, batch, options)))
  return committed
}

/** Commits one batch; when PostgreSQL refuses its data again, without its poison events. */
async function commitAlone(sql: Sql, batch: PreparedBatch, options: CommitOptions): Promise<CommittedBatch[]> {
  try {
    return await commitWithPartitions(sql, [batch], options)
  } catch (error) {
    if (!isDataError(error)) throw error
  }
  // The poison may have hidden that a day has no partition; the search for it does not make one.
  await ensurePartitionsFor(sql, [batch], { now: options.now() })
  const cleared = await quarantinePoison(sql, batch, options.quarantinedCharsMax)
  return await commitBatches(sql, [cleared], options)
}

async function commitWithPartitions(
  sql: Sql,
  batches: PreparedBatch[],
  options: CommitOptions
): Promise<CommittedBatch[]> {
  try {
    return await commitBatches(sql, batches, options)
  } catch (error) {
    if (!isMissingPartition(error)) throw error
    await ensurePartitionsFor(sql, batches, { now: options.now() })
    return await commitBatches(sql, batches, options)
  }
}

/** Adds the outcomes of the feedback, which step 1 stored. */
function withFeedback(committed: CommittedBatch[], batches: readonly PreparedBatch[]): CommittedBatch[] {
  const feedback = new Map(batches.flatMap(batch => (batch.feedback === undefined ? [] : [[batch.id, batch.feedback]])))
  return committed.map(batch => {
    const outcomes = feedback.get(batch.id)?.map(({ id }) => ({ id, outcome: 'stored' as const }))
    return outcomes === undefined ? batch : { ...batch, outcomes: [...batch.outcomes, ...outcomes] }
  })
}
