/**
 * The behaviour of an actor that repeats one piece of work. A tick starts the work, and the end of the work sets the
 * timer for the next tick, so the work never runs twice at the same time: a tick that comes meanwhile is ignored. A
 * failure never ends the process: it is logged when failing starts, the work is tried again, and a line is logged when
 * it works again. The actor keeps a state of its own, and may handle other messages beside these.
 */
import { pipeToSelf } from '../../mesh/index.ts'
import type { CancelTimer, Self } from '../../mesh/types.ts'
import { reportFailure, reportSuccess, type Report } from './report.ts'

export type PeriodicMessage<Result> =
  { type: 'tick' } | { type: 'done'; result: Result } | { type: 'failed'; error: unknown }

export type PeriodicState<Own> = {
  /** The state of the actor itself. */
  own: Own
  running: boolean
  isFailing: boolean
  cancelTick: CancelTimer
}

/** `Other` are the messages that the actor handles itself. */
export type PeriodicSelf<Result, Other> = Self<PeriodicMessage<Result> | Other>

export type PeriodicOptions<Own, Result, Other> = Report & {
  /** Starts the work. Null: there is nothing to do before the next tick. */
  work: (own: Own) => Promise<Result> | null
  /** Uses the result; returns the next state of the actor. */
  done: (own: Own, result: Result, self: PeriodicSelf<Result, Other>) => Own
  /** From the end of the work to the next tick. */
  tickMs: number
  /** The same after a failure; default: `tickMs`. */
  retryMs?: number
}

export type Periodic<Own, Result, Other> = {
  /** For `init`: starts the work for the first time. */
  start: (own: Own, self: PeriodicSelf<Result, Other>) => PeriodicState<Own>
  /** For `handle`. A tick may come from the actor itself too, which does not wait for the timer then. */
  handle: (
    state: PeriodicState<Own>,
    message: PeriodicMessage<Result>,
    self: PeriodicSelf<Result, Other>
  ) => PeriodicState<Own>
}

export function periodic<Own, Result, Other = never>(
  options: PeriodicOptions<Own, Result, Other>
): Periodic<Own, Result, Other> {
  const { work, done, tickMs, retryMs = tickMs } = options
  type State = PeriodicState<Own>
  type PeriodicActor = PeriodicSelf<Result, Other>

  function tick(state: State, self: PeriodicActor): State {
    if (state.running) return state
    state.cancelTick()
    const result = work(state.own)
    if (result === null) return tickAfter(tickMs, state, self)
    pipeToSelf(
      self,
      result,
      result => ({ type: 'done', result }),
      error => ({ type: 'failed', error })
    )
    return { ...state, running: true }
  }

  function tickAfter(ms: number, state: State, self: PeriodicActor): State {
    return { ...state, running: false, cancelTick: self.sendAfter({ type: 'tick' }, ms) }
  }

  return {
    start: (own, self) => tick({ own, running: false, isFailing: false, cancelTick: () => {} }, self),
    handle: (state, message, self) => {
      switch (message.type) {
        case 'tick':
          return tick(state, self)
        case 'done': {
          const isFailing = reportSuccess(state.isFailing, options)
          return tickAfter(tickMs, { ...state, isFailing, own: done(state.own, message.result, self) }, self)
        }
        case 'failed': {
          const isFailing = reportFailure(state.isFailing, message.error, options)
          return tickAfter(retryMs, { ...state, isFailing }, self)
        }
      }
    }
  }
}
