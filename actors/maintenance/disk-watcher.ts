/**
 * DiskWatcher measures every `tickMs` how much of the disk is free. Below `minFree` new events are refused, so that
 * they do not fill the disk until the database stops. They are accepted again when a tenth more than `minFree` is free,
 * so that the state does not swing. The status is told after every measurement, because a restarted process has
 * forgotten it. While the disk cannot be measured the last status stays.
 */
import type { Behaviour } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import { periodic, type PeriodicState } from '../behaviours/periodic.ts'
import type { DiskSpace, DiskStatus, DiskStatusRequest, DiskWatcherMessage } from './messages.ts'

export type DiskWatcherOptions = {
  measure: () => Promise<DiskSpace>
  /** A share of the whole. */
  minFree: number
  /** Called after every measurement. */
  tell: (status: DiskStatus) => void
  tickMs: number
  log: Log
}

/** How much more than `minFree` must be free before events are accepted again. */
const recovered = 1.1

export function diskWatcher(options: DiskWatcherOptions): Behaviour<DiskWatcherMessage, PeriodicState<DiskStatus>> {
  const { start, handle } = periodic<DiskStatus, DiskSpace, DiskStatusRequest>({
    work: options.measure,
    done: (status, space) => statusAfter(status, space, options),
    tickMs: options.tickMs,
    failing: 'the free space of the disk cannot be measured',
    working: 'the free space of the disk is measured again',
    log: options.log
  })
  return {
    init: self => start({ isLow: false, detail: 'not measured yet' }, self),
    handle: (state, message, self) => {
      if (message.type !== 'status') return handle(state, message, self)
      self.reply(message.replyTo, state.own)
      return state
    }
  }
}

function statusAfter(
  { isLow: wasLow }: DiskStatus,
  { freeBytes, totalBytes }: DiskSpace,
  { minFree, tell, log }: DiskWatcherOptions
): DiskStatus {
  const share = totalBytes === 0 ? 1 : freeBytes / totalBytes
  const isLow = share < (wasLow ? minFree * recovered : minFree)
  const consequence = isLow ? `; events are refused below ${percent(minFree)} (MESHER_MIN_FREE)` : ''
  const detail = `${percent(share)} of the disk is free${consequence}`
  if (isLow && !wasLow) log.error(`the disk is nearly full: ${detail}`)
  if (wasLow && !isLow) log.info(`there is room on the disk again, events are taken: ${detail}`)
  tell({ isLow, detail })
  return { isLow, detail }
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`
}
