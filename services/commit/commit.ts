/**
 * Commits a group of batches whatever is in it. What PostgreSQL refuses for its data is found and put into quarantine,
 * so that one event never holds up another; a day without a partition gets one. Every other failure (an outage, an
 * unknown outcome) is thrown for the caller to spool: the same batches may be committed again under the same ids.
 */
import type { PreparedBatch, PreparedEvent } from '../../schema/pipeline.ts'
import type { CommittedBatch } from './attempt.ts'
import { commitBatches, isMissingPartition } from './attempt.ts'
import { findCulprits } from './isolate-poison.ts'
import { ensurePartitionsFor } from '../database/partitions.ts'
import { isDataError } from '../database/errors.ts'
import type { Sql } from '../database/sql.ts'

export type CommitGroupOptions = { node: string; deadlineMs: number; now: () => number; quarantinedCharsMax: number }

export async function commitGroup(
  sql: Sql,
  batches: PreparedBatch[],
  options: CommitGroupOptions
): Promise<CommittedBatch[]> {
  try {
    return await commitWithPartitions(sql, batches, options)
  } catch (error) {
    if (!isDataError(error)) throw error
  }
  const committed: CommittedBatch[] = []
  for (const batch of batches) committed.push(...(await commitIsolated(sql, batch, options)))
  return committed
}

async function commitWithPartitions(
  sql: Sql,
  batches: PreparedBatch[],
  { node, deadlineMs, now }: CommitGroupOptions
): Promise<CommittedBatch[]> {
  try {
    return await commitBatches(sql, batches, { node, deadlineMs })
  } catch (error) {
    if (!isMissingPartition(error)) throw error
    await ensurePartitionsFor(sql, batches, { now: now() })
    return await commitBatches(sql, batches, { node, deadlineMs })
  }
}

/** Commits one batch, with those of its events that PostgreSQL refuses in quarantine. */
async function commitIsolated(sql: Sql, batch: PreparedBatch, options: CommitGroupOptions): Promise<CommittedBatch[]> {
  try {
    return await commitWithPartitions(sql, [batch], options)
  } catch (error) {
    if (!isDataError(error)) throw error
  }
  const culprits = new Map((await findCulprits(sql, batch)).map(({ id, error }) => [id, error]))
  const quarantined = batch.events.flatMap(event =>
    quarantine(event, culprits.get(event.id), options.quarantinedCharsMax)
  )
  const cleared = {
    ...batch,
    events: batch.events.filter(({ id }) => !culprits.has(id)),
    quarantined: [...batch.quarantined, ...quarantined]
  }
  return await commitWithPartitions(sql, [cleared], options)
}

function quarantine(event: PreparedEvent, error: string | undefined, charsMax: number) {
  if (error === undefined) return []
  return [{ id: event.id, projectId: event.projectId, error, body: event.payload.slice(0, charsMax).toWellFormed() }]
}
