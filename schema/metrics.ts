/**
 * What the figures of Mesher are made of, for the processes that report them: plain functions, so that an actor's test
 * can pass its own. All are cheap enough to call per batch; none is called per event. services/machine/metrics.ts turns
 * them into Prometheus' text.
 */
import type { ProcessInfo } from '../mesh/types.ts'
import type { Outcome, RefusalReason } from './outcomes.ts'

export type SpoolFigures = {
  accepting: boolean
  files: number
  bytes: number
  bytesMax: number
  /** When the oldest file was written, in milliseconds since the epoch. */
  oldestAt?: number | null
  /** Files that are set aside. */
  setAside: number
  /** Null while the database takes events. */
  outage: object | null
}

/** The edge as it is at one moment. The counts run from its start, and begin anew when it crashes. */
export type EdgeFigures = {
  /** Requests that wait for their fate. */
  pending: number
  /** Clients that left before their answer: what they sent may be stored all the same. */
  aborted: number
  /** Requests that waited until the deadline. */
  timedOut: number
  /** Replies that nobody waits for: after the deadline, after the client has left, or given twice. */
  late: number
  /** Answers by status. */
  answered: Readonly<Record<string, number>>
  sockets: number
  /** How often a dashboard has begun to read too slowly. */
  slowDashboards: number
  /** Connections that were closed because too many were open. */
  connectionsRefused: number
  /** Bytes of bodies that are being read. */
  waitingBytes: number
}

export type Metrics = {
  /** Events whose fate was committed. Those of a batch that an earlier commit had already are not reported again. */
  committed: (outcomes: ReadonlyArray<{ readonly outcome: Outcome }>) => void
  /** One transaction is sent with this many events. */
  group: (events: number) => void
  /** One transaction has been committed. */
  commitTime: (ms: number) => void
  /** Requests, or events of a request, that were refused. */
  refused: (reason: RefusalReason, count: number) => void
  spool: (figures: SpoolFigures) => void
  edge: (figures: EdgeFigures) => void
  /** How far this machine's clock is ahead of the database's. */
  clockSkew: (aheadMs: number) => void
  /** Partitions of events that are due by the database's clock and are kept for now. */
  keptPartitions: (count: number) => void
  /** The last backup that servers have made: when, in milliseconds since the epoch, and how large it is. */
  backup: (last: { at: number; bytes: number }) => void
  backupFailed: () => void
}

/** What is looked up only when somebody asks for the figures. */
export type MetricsSources = {
  processes: () => ReadonlyArray<Pick<ProcessInfo, 'label' | 'mailboxLength' | 'mailboxOldestMs'>>
  /** Restarts so far by child, whatever is still running of it. */
  restarts: () => Iterable<readonly [child: string, count: number]>
  deadLetters: () => number
  /** The work of a leader, and whether this node does it. */
  leads: () => Iterable<readonly [work: string, leads: boolean]>
}
