/**
 * ClockWatcher compares this machine's clock with the database's every `tickMs`. A clock that is wrong by more than the
 * bound is logged when that begins and when it ends, shown in the figures, and told to the readiness check. While the
 * database is away the last measurement stays.
 */
import type { Behaviour } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import { periodic, type PeriodicState } from '../behaviours/periodic.ts'
import type { ClockStatus, ClockStatusRequest, ClockWatcherMessage } from './messages.ts'

export type ClockWatcherOptions = {
  measure: () => Promise<ClockStatus>
  /** Called after every measurement. */
  report: (aheadMs: number) => void
  tickMs: number
  log: Log
}

export function clockWatcher(options: ClockWatcherOptions): Behaviour<ClockWatcherMessage, PeriodicState<ClockStatus>> {
  const { start, handle } = periodic<ClockStatus, ClockStatus, ClockStatusRequest>({
    work: options.measure,
    done: (before, status) => reported(before, status, options),
    tickMs: options.tickMs,
    failing: "this machine's clock cannot be compared with the database's",
    working: "this machine's clock is compared with the database's again",
    log: options.log
  })
  return {
    init: self => start({ aheadMs: 0, isSkewed: false }, self),
    handle: (state, message, self) => {
      if (message.type !== 'status') return handle(state, message, self)
      self.reply(message.replyTo, state.own)
      return state
    }
  }
}

function reported(before: ClockStatus, status: ClockStatus, { report, log }: ClockWatcherOptions): ClockStatus {
  report(status.aheadMs)
  if (status.isSkewed && !before.isSkewed) {
    log.error(
      `${clockText(status)}: it goes by the database's clock and leads nothing until both agree. ` +
        'Run a time service on both machines'
    )
  }
  if (!status.isSkewed && before.isSkewed) log.info("this machine's clock agrees with the database's again")
  return status
}

/** For people: which way the clock is wrong, and by how much. */
export function clockText({ aheadMs }: Pick<ClockStatus, 'aheadMs'>): string {
  const direction = aheadMs < 0 ? 'behind' : 'ahead of'
  return `this machine's clock is ${Math.round(Math.abs(aheadMs) / 1_000)} s ${direction} the database's`
}
