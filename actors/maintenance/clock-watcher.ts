/**
 * ClockWatcher compares this machine's clock with the database's every `tickMs`. A clock that is wrong by more than the
 * bound is logged when it begins and when it ends, shown in the figures, and told to the readiness check. While the
 * database does not answer, the last measurement stays.
 */
import type { Behaviour, Self } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import type { ClockStatus, ClockWatcherMessage } from './messages.ts'

type State = ClockStatus & { measuring: boolean }

export type ClockWatcherOptions = {
  measure: () => Promise<ClockStatus>
  /** At every measurement. */
  report: (aheadMs: number) => void
  tickMs: number
  log: Log
}

export function clockWatcher(options: ClockWatcherOptions): Behaviour<ClockWatcherMessage, State> {
  return {
    init: self => {
      self.sendEvery({ type: 'tick' }, options.tickMs)
      return measure({ aheadMs: 0, isSkewed: false, measuring: false }, options, self)
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'tick':
          return measure(state, options, self)
        case 'measured':
          return measured(state, message.status, options)
        case 'failed':
          return { ...state, measuring: false }
        case 'status':
          self.reply(message.replyTo, { aheadMs: state.aheadMs, isSkewed: state.isSkewed })
          return state
      }
    }
  }
}

function measure(state: State, { measure }: ClockWatcherOptions, self: Self<ClockWatcherMessage>): State {
  if (state.measuring) return state
  measure().then(
    status => self.cast(self.pid, { type: 'measured', status }),
    // The database is away, which others report.
    () => self.cast(self.pid, { type: 'failed' })
  )
  return { ...state, measuring: true }
}

function measured(state: State, status: ClockStatus, { report, log }: ClockWatcherOptions): State {
  report(status.aheadMs)
  if (status.isSkewed && !state.isSkewed) {
    log.error(
      `${clockText(status)}: it goes by the database's clock and leads nothing until both agree. ` +
        'Run a time service on both machines'
    )
  }
  if (!status.isSkewed && state.isSkewed) log.info("this machine's clock agrees with the database's again")
  return { ...status, measuring: false }
}

/** For people: which way the clock is wrong, and by how much. */
export function clockText({ aheadMs }: Pick<ClockStatus, 'aheadMs'>): string {
  const direction = aheadMs < 0 ? 'behind' : 'ahead of'
  return `this machine's clock is ${Math.round(Math.abs(aheadMs) / 1_000)} s ${direction} the database's`
}
