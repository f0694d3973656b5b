/**
 * RetentionCleaner makes partitions ahead of the clock and removes expired data, at its start and then every `tickMs`.
 * A run that fails (an outage, a lock that was not granted in time) is repeated after `retryMs`. Partitions are made a
 * week ahead, so events are affected only after a week of failures.
 */
import type { Behaviour } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import { periodic, type PeriodicState } from '../behaviours/periodic.ts'
import type { RetentionCleanerMessage } from './messages.ts'

export type RetentionCleanerOptions = {
  clean: () => Promise<void>
  tickMs: number
  retryMs: number
  log: Log
}

export function retentionCleaner({
  clean,
  tickMs,
  retryMs,
  log
}: RetentionCleanerOptions): Behaviour<RetentionCleanerMessage, PeriodicState<null>> {
  const { start, handle } = periodic<null, void>({
    work: clean,
    done: own => own,
    tickMs,
    retryMs,
    failing: `expired data and partitions cannot be maintained; trying again every ${retryMs / 1000} s`,
    working: 'expired data and partitions are maintained again',
    log
  })
  return { init: self => start(null, self), handle }
}
