/**
 * What follows a commit, by the writer or from the spool: its time is measured, dashboards here and on other nodes get
 * what was committed, and alert evaluation is woken when issues changed in a way that rules may be about. None of it
 * can fail the commit: all of it is mail. A commit that fails is followed by nothing.
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
  /** Tells dashboards, on all nodes. */
  tellStream: (news: StreamNews) => void
  evaluator: ProcessName<AlertEvaluatorMessage>
  /** Milliseconds, monotonic. */
  now: () => number
}

/** The same commit, with everything that must follow it. */
export function withAfterCommit(commit: Commit, options: AfterCommitOptions): Commit {
  return async batches => {
    const startedAt = options.now()
    const committed = await commit(batches)
    options.commitTime(options.now() - startedAt)
    afterCommit(committed, options)
    return committed
  }
}

/** A batch that had been committed before carries neither rows nor changes: nothing is told twice. */
function afterCommit(committed: CommittedBatch[], { mesh, tellStream, evaluator }: AfterCommitOptions): void {
  tellStream({ type: 'committed', batches: committed })
  const isNews = committed.some(({ changes }) => changes.some(({ kind }) => kind !== 'updated'))
  // Only the leader of a cluster has an evaluator; on other nodes a hint would be a dead letter. The leader polls
  // anyway.
  if (isNews && mesh.whereis(evaluator) !== undefined) mesh.cast(evaluator, { type: 'hint' })
}
