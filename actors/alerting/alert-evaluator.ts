/**
 * AlertEvaluator decides which alerts fire, for the whole cluster. It handles what commits have done to issues, at
 * every `poll` and when a hint comes, and evaluates thresholds at every `tick`. A hint only saves time: the work waits
 * in the database, so nothing is lost when this process ends. An outage is logged once, and the work is tried again.
 */
import { pipeToSelf } from '../../mesh/index.ts'
import type { Behaviour, Self } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import { reportFailure, reportSuccess, type Report } from '../behaviours/report.ts'
import type { AlertEvaluatorMessage, AlertJob } from './messages.ts'

/** `due`: run once more after the run that is going on. */
type JobState = { running: boolean; due: boolean; isFailing: boolean }
type State = Record<AlertJob, JobState>

export type AlertEvaluatorOptions = {
  /** Handles a bounded number of transitions; returns whether there are more. */
  handleTransitions: () => Promise<{ more: boolean }>
  evaluateThresholds: () => Promise<void>
  pollMs: number
  tickMs: number
  log: Log
}

type Evaluator = Self<AlertEvaluatorMessage>

export function alertEvaluator(options: AlertEvaluatorOptions): Behaviour<AlertEvaluatorMessage, State> {
  return {
    init: self => {
      self.sendEvery({ type: 'poll' }, options.pollMs)
      self.sendEvery({ type: 'tick' }, options.tickMs)
      const idle: JobState = { running: false, due: false, isFailing: false }
      return begin(
        begin({ transitions: idle, thresholds: idle }, 'transitions', options, self),
        'thresholds',
        options,
        self
      )
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'hint':
        case 'poll':
          return begin(state, 'transitions', options, self)
        case 'tick':
          return begin(state, 'thresholds', options, self)
        case 'done':
          return done(state, message.job, message.more, options, self)
        case 'failed':
          return failed(state, message.job, message.error, options)
      }
    }
  }
}

function begin(
  state: State,
  job: AlertJob,
  { handleTransitions, evaluateThresholds }: AlertEvaluatorOptions,
  self: Evaluator
): State {
  if (state[job].running) return { ...state, [job]: { ...state[job], due: true } }
  const run =
    job === 'transitions'
      ? handleTransitions
      : async () => {
          await evaluateThresholds()
          return { more: false }
        }
  pipeToSelf(
    self,
    run(),
    ({ more }) => ({ type: 'done', job, more }),
    error => ({ type: 'failed', job, error })
  )
  return { ...state, [job]: { ...state[job], running: true, due: false } }
}

function done(state: State, job: AlertJob, more: boolean, options: AlertEvaluatorOptions, self: Evaluator): State {
  const { due, isFailing } = state[job]
  const next = {
    ...state,
    [job]: { running: false, due: false, isFailing: reportSuccess(isFailing, reportOf(job, options)) }
  }
  return more || due ? begin(next, job, options, self) : next
}

/** The next poll or tick tries again. */
function failed(state: State, job: AlertJob, error: unknown, options: AlertEvaluatorOptions): State {
  const isFailing = reportFailure(state[job].isFailing, error, reportOf(job, options))
  return { ...state, [job]: { running: false, due: false, isFailing } }
}

function reportOf(job: AlertJob, { log }: AlertEvaluatorOptions): Report {
  return {
    log,
    failing: `alert rules on ${job} cannot be evaluated; what they are about waits in the database`,
    working: `alert rules on ${job} are evaluated again`
  }
}
