/**
 * RetentionCleaner keeps partitions ahead of the clock and removes what has had its time, at start and then every hour.
 * A run that fails (an outage, a lock that could not be had in time) is repeated after `retryMs`; partitions are made
 * a week ahead, so a week of failures passes before anything suffers.
 */
import { pipeToSelf } from '../../mesh/index.ts'
import type { Behaviour, CancelTimer, Self } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import type { RetentionCleanerMessage } from './messages.ts'

type State = { cleaning: boolean; cancelRetry: CancelTimer }

export type RetentionCleanerOptions = {
  clean: () => Promise<void>
  tickMs: number
  retryMs: number
  log: Log
}

export function retentionCleaner(options: RetentionCleanerOptions): Behaviour<RetentionCleanerMessage, State> {
  return {
    init: self => {
      self.sendEvery({ type: 'clean' }, options.tickMs)
      return startCleaning({ cleaning: false, cancelRetry: () => {} }, options, self)
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'clean':
          return startCleaning(state, options, self)
        case 'cleaned':
          return { ...state, cleaning: false }
        case 'failed':
          options.log.warn(
            { err: message.error },
            `partitions could not be tended; trying again in ${options.retryMs / 1000} s`
          )
          return { cleaning: false, cancelRetry: self.sendAfter({ type: 'clean' }, options.retryMs) }
      }
    }
  }
}

function startCleaning(state: State, { clean }: RetentionCleanerOptions, self: Self<RetentionCleanerMessage>): State {
  if (state.cleaning) return state
  // The hourly tick came first: one retry at a time.
  state.cancelRetry()
  pipeToSelf(
    self,
    clean(),
    () => ({ type: 'cleaned' }),
    error => ({ type: 'failed', error })
  )
  return { ...state, cleaning: true }
}
