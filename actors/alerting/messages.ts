/**
 * The messages of alerting. AlertEvaluator, Notifier and SpikeDetector run on one node of a cluster and exchange data
 * through the database. The AlertWatcher of every node reads there what its dashboards must be told. Only the evaluator
 * gets messages from other processes: a hint that something was committed.
 */
import type { Delivery } from '../../services/alerts/deliveries.ts'
import type { ChangedAlert } from '../../services/alerts/fired.ts'
import type { PeriodicMessage } from '../behaviours/periodic.ts'

export type AlertJob = 'transitions' | 'thresholds'

export type AlertEvaluatorMessage =
  /** Something was committed that rules may be about: there is no need to wait for `poll`. */
  | { type: 'hint' }
  | { type: 'poll' }
  | { type: 'tick' }
  | { type: 'done'; job: AlertJob; more: boolean }
  | { type: 'failed'; job: AlertJob; error: unknown }

export type AlertsRead = { now: Date; changed: ChangedAlert[] }

export type AlertWatcherMessage = PeriodicMessage<AlertsRead>

export type DeliveryEnd =
  | { type: 'ended'; delivery: Delivery }
  /** A fault of the notifier itself. */
  | { type: 'broke'; error: unknown }

export type NotifierMessage = PeriodicMessage<Delivery[]> | DeliveryEnd

export type Escalated = { projectId: number; issueIds: string[] }

export type SpikeDetectorMessage = PeriodicMessage<Escalated[]>
