/**
 * Commits batches together with the feedback that came with their events. The feedback is written first, in a statement
 * of its own that may be repeated; so it is there when the batch is acknowledged, and when the commit fails the batch
 * comes again with it.
 */
import type { PreparedBatch } from '../../schema/pipeline.ts'
import type { CommittedBatch } from './attempt.ts'
import { commitGroup, type CommitGroupOptions } from './commit.ts'
import { storeFeedback } from './feedback.ts'
import type { Sql } from '../database/sql.ts'

export async function commitWithFeedback(
  sql: Sql,
  batches: PreparedBatch[],
  options: CommitGroupOptions
): Promise<CommittedBatch[]> {
  const withFeedback = new Map(batches.flatMap(({ id, feedback }) => (feedback === undefined ? [] : [[id, feedback]])))
  if (withFeedback.size === 0) return await commitGroup(sql, batches, options)

  await storeFeedback(sql, [...withFeedback.values()].flat())
  const committed = await commitGroup(sql, batches, options)
  return committed.map(batch => {
    const outcomes = withFeedback.get(batch.id)?.map(({ id }) => ({ id, outcome: 'stored' as const }))
    return outcomes === undefined ? batch : { ...batch, outcomes: [...batch.outcomes, ...outcomes] }
  })
}
