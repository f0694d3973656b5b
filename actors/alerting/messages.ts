/**
 * The messages of alerting. Evaluator, notifier and spike detector run on one node of a cluster and meet in the
 * database; the AlertWatcher of every node reads there what to tell its dashboards. Only the evaluator gets mail from
 * outside: a hint that something was committed.
 */
import type { ChangedAlert } from '../../services/alerts/fired.ts'
import type { Delivery } from '../../services/alerts/deliveries.ts'

export type AlertJob = 'transitions' | 'thresholds'

export type AlertEvaluatorMessage =
  /** Something was committed that rules may be about. */
  | { type: 'hint' }
  | { type: 'poll' }
  | { type: 'tick' }
  | { type: 'done'; job: AlertJob; more: boolean }
  | { type: 'failed'; job: AlertJob; error: unknown }

export type AlertWatcherMessage =
  { type: 'poll' } | { type: 'read'; now: Date; changed: ChangedAlert[] } | { type: 'failed'; error: unknown }

export type NotifierMessage =
  | { type: 'poll' }
  | { type: 'claimed'; deliveries: Delivery[] }
  | { type: 'ended'; delivery: Delivery }
  | { type: 'failed'; error: unknown }
  /** A fault of the notifier itself. */
  | { type: 'broke'; error: unknown }

export type Escalated = { projectId: number; issueIds: string[] }

export type SpikeDetectorMessage =
  { type: 'tick' } | { type: 'done'; escalated: Escalated[] } | { type: 'failed'; error: unknown }
