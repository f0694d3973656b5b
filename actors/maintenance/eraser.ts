/**
 * Eraser removes deleted data in the background: a bounded step, a pause, the next step, until nothing is left. Every
 * step records its progress in the database, so the eraser may be stopped at any time, and two at once do no harm. A
 * step that fails is repeated at the next tick.
 */
import { pipeToSelf } from '../../mesh/index.ts'
import type { Behaviour, Self } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import type { ErasureStep } from '../../services/erasure/steps.ts'
import { reportFailure, reportSuccess, type Report } from '../behaviours/report.ts'
import type { EraserMessage } from './messages.ts'

type State = { working: boolean; reviewDue: boolean; isFailing: boolean }

export type EraserOptions = {
  /** Takes one bounded step. */
  step: () => Promise<ErasureStep>
  /** Looks for data that has become due for removal without a request. */
  review: () => Promise<void>
  /** How soon a new request is noticed. */
  tickMs: number
  reviewMs: number
  /** Between two steps, or as long as the last step took: removal runs at most half of the time. */
  pauseMs: number
  /** Milliseconds, monotonic. */
  now: () => number
  log: Log
}

type Eraser = Self<EraserMessage>

export function eraser(options: EraserOptions): Behaviour<EraserMessage, State> {
  return {
    init: self => {
      self.sendEvery({ type: 'tick' }, options.tickMs)
      self.sendEvery({ type: 'review' }, options.reviewMs)
      return work({ working: false, reviewDue: true, isFailing: false }, options, self)
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'review':
          return { ...state, reviewDue: true }
        case 'tick':
          return work(state, options, self)
        case 'step':
          return takeStep(state, options, self)
        case 'reviewed':
          return takeStep({ ...state, reviewDue: false }, options, self)
        case 'stepped':
          return stepped(
            { ...state, isFailing: reportSuccess(state.isFailing, reportOf(options)) },
            message.step,
            message.tookMs,
            options,
            self
          )
        case 'failed':
          return failed(state, message.error, options)
      }
    }
  }
}

/** A tick has no effect while work is going on. */
function work(state: State, options: EraserOptions, self: Eraser): State {
  if (state.working) return state
  if (!state.reviewDue) return takeStep(state, options, self)
  pipeToSelf(
    self,
    options.review(),
    () => ({ type: 'reviewed' }),
    error => ({ type: 'failed', error })
  )
  return { ...state, working: true }
}

function takeStep(state: State, { step, now }: EraserOptions, self: Eraser): State {
  const startedAt = now()
  pipeToSelf(
    self,
    step(),
    taken => ({ type: 'stepped', step: taken, tookMs: now() - startedAt }),
    error => ({ type: 'failed', error })
  )
  return { ...state, working: true }
}

function stepped(
  state: State,
  step: ErasureStep,
  tookMs: number,
  { pauseMs, log }: EraserOptions,
  self: Eraser
): State {
  if (step.state === 'none') return { ...state, working: false }
  if (step.state === 'finished') log.info({ kind: step.kind, rows: step.rows }, 'a deletion is complete')
  self.sendAfter({ type: 'step' }, Math.max(pauseMs, tookMs))
  return state
}

/** The next tick tries again. */
function failed(state: State, error: unknown, options: EraserOptions): State {
  return { ...state, working: false, isFailing: reportFailure(state.isFailing, error, reportOf(options)) }
}

function reportOf({ log }: EraserOptions): Report {
  return {
    log,
    failing: 'what was deleted cannot be removed now; trying again',
    working: 'what was deleted is removed again'
  }
}
