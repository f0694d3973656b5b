/**
 * DiskWatcher measures every `tickMs` how much of the disk is free. Below `minFree` it has new events refused, rather
 * than let them fill the disk until the database stops; above it by a tenth they are taken again, so that it does not
 * swing. Everybody concerned is told at every tick, which repairs what a restart has forgotten. A disk that cannot be
 * measured changes nothing.
 */
import { pipeToSelf } from '../../mesh/index.ts'
import type { Behaviour, Self } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import type { DiskSpace, DiskStatus, DiskWatcherMessage } from './messages.ts'

type State = DiskStatus & { measuring: boolean; isFailing: boolean }

export type DiskWatcherOptions = {
  measure: () => Promise<DiskSpace>
  /** A share of the whole. */
  minFree: number
  /** At every measurement. */
  tell: (status: DiskStatus) => void
  tickMs: number
  log: Log
}

/** How much more than `minFree` has to be free before events are taken again. */
const recovered = 1.1

export function diskWatcher(options: DiskWatcherOptions): Behaviour<DiskWatcherMessage, State> {
  return {
    init: self => {
      self.sendEvery({ type: 'tick' }, options.tickMs)
      return measure({ isLow: false, detail: 'not measured yet', measuring: false, isFailing: false }, options, self)
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'tick':
          return measure(state, options, self)
        case 'measured':
          return measured(state, message.space, options)
        case 'failed':
          if (!state.isFailing) {
            options.log.warn({ err: message.error }, 'the free space of the disk cannot be measured')
          }
          return { ...state, measuring: false, isFailing: true }
        case 'status':
          self.reply(message.replyTo, { isLow: state.isLow, detail: state.detail })
          return state
      }
    }
  }
}

function measure(state: State, { measure }: DiskWatcherOptions, self: Self<DiskWatcherMessage>): State {
  if (state.measuring) return state
  pipeToSelf(
    self,
    measure(),
    space => ({ type: 'measured', space }),
    error => ({ type: 'failed', error })
  )
  return { ...state, measuring: true }
}

function measured(
  state: State,
  { freeBytes, totalBytes }: DiskSpace,
  { minFree, tell, log }: DiskWatcherOptions
): State {
  const share = totalBytes === 0 ? 1 : freeBytes / totalBytes
  const isLow = share < (state.isLow ? minFree * recovered : minFree)
  const consequence = isLow ? `; events are refused below ${percent(minFree)} (MESHER_MIN_FREE)` : ''
  const detail = `${percent(share)} of the disk is free${consequence}`
  const isNew = isLow !== state.isLow
  if (isNew && isLow) log.error(`the disk is nearly full: ${detail}`)
  if (isNew && !isLow) log.info(`there is room on the disk again, events are taken: ${detail}`)
  tell({ isLow, detail })
  return { isLow, detail, measuring: false, isFailing: false }
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`
}
