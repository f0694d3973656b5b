/**
 * What follows a commit, by the writer or from the spool: its duration is measured, dashboards on all nodes get what
 * was committed, and the AlertEvaluator gets a hint when issues changed in a way that rules may be about. None of it
 * can fail the commit, because all of it is messages. After a failed commit nothing follows.
 */
import type { Mesh, ProcessName } from '../../mesh/types.ts'
import type { PreparedBatch } from '../../schema/pipeline.ts'
import type { CommittedBatch } from '../../services/commit/committed-batch.ts'
import type { AlertEvaluatorMessage } from '../alerting/messages.ts'
import type { StreamNews } from '../streaming/messages.ts'

export type Commit = (batches: PreparedBatch[]) => Promise<CommittedBatch[]>

export type AfterCommitOptions = {
  mesh: Pick<Mesh, 'cast' | 'whereis'>
  commitTime: (ms: number) => void
  /** Tells dashboards on all nodes. */
  tellStream: (news: StreamNews) => void
  evaluator: ProcessName<AlertEvaluatorMessage>
  /** Milliseconds, monotonic. */
  now: () => number
}

/** Returns the same commit, followed by all of that. */
export function withAfterCommit(commit: Commit, options: AfterCommitOptions): Commit {
  return async batches => {
    const startedAt = options.now()
    const committed = await commit(batches)
    options.commitTime(options.now() - startedAt)
    afterCommit(committed, options)
    return committed
  }
}

/** A batch that had been committed before has neither rows nor changes, so nothing is told twice. */
function afterCommit(committed: CommittedBatch[], { mesh, tellStream, evaluator }: AfterCommitOptions): void {
  tellStream({ type: 'committed', batches: committed })
  const isNews = committed.some(({ changes }) => changes.some(({ kind }) => kind !== 'updated'))
  // Only the leader of a cluster has an evaluator. On other nodes the hint would be a dead letter; the leader polls.
  if (isNews && mesh.whereis(evaluator) !== undefined) mesh.cast(evaluator, { type: 'hint' })
}
