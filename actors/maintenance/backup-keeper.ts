/**
 * BackupKeeper makes a backup when the last one is old enough: it looks at its start and then every `tickMs`, and after
 * a failure every `retryMs`. A backup that is under way when the process ends is given up and leaves nothing behind.
 */
import type { Behaviour } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import { periodic, type PeriodicState } from '../behaviours/periodic.ts'
import type { BackupKeeperMessage, BackupTold } from './messages.ts'

export type BackupKeeperOptions = {
  /** Makes a backup when one is due. */
  backUp: (signal: AbortSignal) => Promise<BackupTold>
  /** Called after every look. */
  report: (told: BackupTold) => void
  /** Called when a backup could not be made. */
  failed: () => void
  tickMs: number
  retryMs: number
  log: Log
}

export function backupKeeper(
  options: BackupKeeperOptions
): Behaviour<BackupKeeperMessage, PeriodicState<AbortController>> {
  const { backUp, report, failed, tickMs, retryMs, log } = options
  const { start, handle } = periodic<AbortController, BackupTold>({
    work: ({ signal }) => backUp(signal),
    done: (own, told) => {
      report(told)
      if (told.text !== null) log.info(told.text)
      return own
    },
    tickMs,
    retryMs,
    failing: `no backup can be made; trying again every ${retryMs / 1_000} s`,
    working: 'backups are made again',
    log
  })
  return {
    init: self => start(new AbortController(), self),
    handle: (state, message, self) => {
      if (message.type === 'failed') failed()
      return handle(state, message, self)
    },
    terminate: ({ own }) => own.abort()
  }
}
