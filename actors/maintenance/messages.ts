/**
 * The messages of maintenance. Its processes work by themselves; the readiness check asks the watchers of the disk and
 * of the clock for their status.
 */
import type { ReplyTo } from '../../mesh/types.ts'
import type { Assembled } from '../../services/artifacts/assemble.ts'
import type { ErasureStep } from '../../services/erasure/steps.ts'
import type { PeriodicMessage } from '../behaviours/periodic.ts'

export type DiskSpace = { freeBytes: number; totalBytes: number }

export type DiskStatus = { isLow: boolean; detail: string }

export type DiskStatusRequest = { type: 'status'; replyTo: ReplyTo<DiskStatus> }

export type DiskWatcherMessage = PeriodicMessage<DiskSpace> | DiskStatusRequest

export type ClockStatus = {
  /** How far this machine's clock is ahead of the database's. */
  aheadMs: number
  isSkewed: boolean
}

export type ClockStatusRequest = { type: 'status'; replyTo: ReplyTo<ClockStatus> }

export type ClockWatcherMessage = PeriodicMessage<ClockStatus> | ClockStatusRequest

export type EraserMessage =
  | { type: 'step' }
  | { type: 'tick' }
  | { type: 'review' }
  | { type: 'stepped'; step: ErasureStep; tookMs: number }
  | { type: 'reviewed' }
  | { type: 'failed'; error: unknown }

/** What a look for due backups came to. */
export type BackupTold = {
  /** For the log; null when none was due. */
  text: string | null
  /** The last backup there is, in milliseconds since the epoch; null when there is none. */
  lastAt: number | null
  bytes: number
}

export type BackupKeeperMessage = PeriodicMessage<BackupTold>

export type RetentionCleanerMessage = PeriodicMessage<void>

export type AssemblerMessage = PeriodicMessage<Assembled>
