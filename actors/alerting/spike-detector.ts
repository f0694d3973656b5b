/**
 * SpikeDetector looks every `tickMs` whether archived issues have become so frequent that somebody should look at them
 * again.
 */
import { pipeToSelf } from '../../mesh/index.ts'
import type { Behaviour, Self } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import type { Escalated, SpikeDetectorMessage } from './messages.ts'

type State = { running: boolean }

export type SpikeDetectorOptions = {
  /** Marks issues as escalating and answers them. */
  detect: () => Promise<Escalated[]>
  onEscalated: (escalated: Escalated) => void
  tickMs: number
  log: Log
}

export function spikeDetector(options: SpikeDetectorOptions): Behaviour<SpikeDetectorMessage, State> {
  return {
    init: self => {
      self.sendEvery({ type: 'tick' }, options.tickMs)
      return detect({ running: false }, options, self)
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'tick':
          return detect(state, options, self)
        case 'done':
          message.escalated.forEach(options.onEscalated)
          return { running: false }
        case 'failed':
          options.log.warn(
            { err: message.error },
            'archived issues cannot be looked at for spikes; trying again at the next tick'
          )
          return { running: false }
      }
    }
  }
}

function detect(state: State, options: SpikeDetectorOptions, self: Self<SpikeDetectorMessage>): State {
  if (state.running) return state
  pipeToSelf(
    self,
    options.detect(),
    escalated => ({ type: 'done', escalated }),
    error => ({ type: 'failed', error })
  )
  return { running: true }
}
