/**
 * The messages of maintenance. Its processes work by themselves; the readiness check asks the watchers of the disk and
 * of the clock for their status.
 */
import type { ReplyTo } from '../../mesh/types.ts'
import type { ErasureStep } from '../../services/erasure/steps.ts'

export type DiskSpace = { freeBytes: number; totalBytes: number }

export type DiskStatus = { isLow: boolean; detail: string }

export type DiskWatcherMessage =
  | { type: 'tick' }
  | { type: 'measured'; space: DiskSpace }
  | { type: 'failed'; error: unknown }
  | { type: 'status'; replyTo: ReplyTo<DiskStatus> }

export type ClockStatus = {
  /** How far this machine's clock is ahead of the database's. */
  aheadMs: number
  isSkewed: boolean
}

export type ClockWatcherMessage =
  | { type: 'tick' }
  | { type: 'measured'; status: ClockStatus }
  | { type: 'failed' }
  | { type: 'status'; replyTo: ReplyTo<ClockStatus> }

export type EraserMessage =
  | { type: 'step' }
  | { type: 'tick' }
  | { type: 'review' }
  | { type: 'stepped'; step: ErasureStep; tookMs: number }
  | { type: 'reviewed' }
  | { type: 'failed'; error: unknown }

export type RetentionCleanerMessage = { type: 'clean' } | { type: 'cleaned' } | { type: 'failed'; error: unknown }
