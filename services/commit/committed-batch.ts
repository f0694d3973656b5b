/**
 * What a commit tells its caller about each batch. Dashboards, alerts and the edge learn from it what was stored and
 * which issues it changed. A batch that an earlier commit had stored has outcomes alone.
 */
import type { CommittedOutcome, Level, PreparedEvent } from '../../schema/pipeline.ts'

export type CommittedBatch = {
  id: string
  /** One for each event of the batch, in no order. */
  outcomes: CommittedOutcome[]
  /** Issues that this commit counted events in; an issue stands at the first batch of the group that has it. */
  changes: CountedIssue[]
  stored: PlacedEvent[]
  /** True when an earlier commit had it all: nothing was written, and `changes` and `stored` are empty. */
  alreadyCommitted: boolean
}

/**
 * An issue, or the root that it was merged into, that a commit counted events in, with the title and level of the
 * newest of them.
 */
export type CountedIssue = {
  issueId: string
  projectId: number
  title: string
  level: Level
  kind: 'created' | 'regressed' | 'updated'
}

/**
 * An event and the issue of its fingerprint; `rootId` is the one that this was merged into, else the same. `bytes` is
 * the size of the payload as stored, known once it is written. `weight` is how many events it stands for.
 */
export type PlacedEvent = { event: PreparedEvent; issueId: string; rootId: string; bytes: number; weight: number }
