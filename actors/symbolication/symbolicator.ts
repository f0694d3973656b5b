/**
 * Symbolicator owns a thread that decodes source maps, and gives it one map at a time. At most `waitingMax` wait;
 * beyond that the answer is null, as for a map that nothing was learned of. A map that takes too long or too much
 * memory ends the thread: its sender hears that the map cannot be used, and the process ends too, so that its
 * supervisor starts it with another thread. What waited is lost then, and its senders get the exit.
 */
import { pipeToSelf } from '../../mesh/index.ts'
import type { Behaviour, ReplyTo, Self } from '../../mesh/types.ts'
import type { DecodedOrNot } from '../../schema/symbolication.ts'
import type { MapThread } from '../../services/symbolication/map-thread.ts'
import type { MapJob } from '../../services/symbolication/map-worker.ts'

export type SymbolicatorMessage =
  | { type: 'decode'; job: MapJob; replyTo: ReplyTo<DecodedOrNot | null> }
  | { type: 'decoded'; decoded: DecodedOrNot }
  | { type: 'failed'; error: unknown }

type Waiting = { job: MapJob; replyTo: ReplyTo<DecodedOrNot | null> }
type State = { thread: MapThread; current: Waiting | null; waiting: Waiting[] }

export type SymbolicatorOptions = {
  startThread: () => MapThread
  /** Whether the error says that the map took too much memory. */
  isTooLarge: (error: unknown) => boolean
  waitingMax: number
}

export function symbolicator(options: SymbolicatorOptions): Behaviour<SymbolicatorMessage, State> {
  return {
    init: () => ({ thread: options.startThread(), current: null, waiting: [] }),
    handle: (state, message, self) => {
      switch (message.type) {
        case 'decode':
          if (state.waiting.length >= options.waitingMax) {
            self.reply(message.replyTo, null)
            return state
          }
          return next({ ...state, waiting: [...state.waiting, message] }, self)
        case 'decoded':
          if (state.current !== null) self.reply(state.current.replyTo, message.decoded)
          return next({ ...state, current: null }, self)
        case 'failed':
          if (state.current !== null) {
            const reason = options.isTooLarge(message.error) ? 'map_too_large' : 'map_broken'
            self.reply(state.current.replyTo, { ok: false, reason })
          }
          throw message.error
      }
    },
    terminate: ({ thread }) => thread.end()
  }
}

function next(state: State, self: Self<SymbolicatorMessage>): State {
  const [first, ...waiting] = state.waiting
  if (state.current !== null || first === undefined) return state
  pipeToSelf(
    self,
    state.thread.decode(first.job),
    decoded => ({ type: 'decoded', decoded }),
    error => ({ type: 'failed', error })
  )
  return { ...state, current: first, waiting }
}
