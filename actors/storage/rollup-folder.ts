/**
 * RollupFolder folds the deltas of committed batches into the rollups. On a quiet node it runs right after a commit.
 * Under load it runs at most once in `pauseMs`, because one fold of many deltas costs much less than many folds. A fold
 * that fails is repeated at the next tick: deltas wait in the database, and every fold applies them exactly once.
 */
import { pipeToSelf } from '../../mesh/index.ts'
import type { Behaviour, Self } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import { reportFailure, reportSuccess, type Report } from '../behaviours/report.ts'
import type { RollupFolderMessage } from './messages.ts'

type State = {
  folding: boolean
  /** A fold is due: something was committed after the last one began. */
  due: boolean
  timer: boolean
  foldedAt: number
  isFailing: boolean
}

export type RollupFolderOptions = {
  /** Folds a bounded number of deltas; returns whether there are more. */
  fold: () => Promise<{ more: boolean }>
  pauseMs: number
  tickMs: number
  now: () => number
  log: Log
}

type Folder = Self<RollupFolderMessage>

export function rollupFolder(options: RollupFolderOptions): Behaviour<RollupFolderMessage, State> {
  return {
    init: self => {
      self.sendEvery({ type: 'fold' }, options.tickMs)
      return startFold(
        { folding: false, due: true, timer: false, foldedAt: -Infinity, isFailing: false },
        options,
        self
      )
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'committed':
          return foldSoon({ ...state, due: true }, options, self)
        case 'fold':
          return startFold({ ...state, timer: false, due: true }, options, self)
        case 'folded':
          return folded(state, message.more, options, self)
        case 'failed':
          return failed(state, message.error, options)
      }
    }
  }
}

function foldSoon(state: State, options: RollupFolderOptions, self: Folder): State {
  if (state.folding || state.timer) return state
  const waitMs = state.foldedAt + options.pauseMs - options.now()
  if (waitMs <= 0) return startFold(state, options, self)
  self.sendAfter({ type: 'fold' }, waitMs)
  return { ...state, timer: true }
}

function startFold(state: State, { fold }: RollupFolderOptions, self: Folder): State {
  if (state.folding) return state
  pipeToSelf(
    self,
    fold(),
    ({ more }) => ({ type: 'folded', more }),
    error => ({ type: 'failed', error })
  )
  return { ...state, folding: true, due: false }
}

function folded(state: State, more: boolean, options: RollupFolderOptions, self: Folder): State {
  const isFailing = reportSuccess(state.isFailing, reportOf(options))
  const next = { ...state, folding: false, isFailing, foldedAt: options.now() }
  if (more) return startFold(next, options, self)
  return next.due ? foldSoon(next, options, self) : next
}

function failed(state: State, error: unknown, options: RollupFolderOptions): State {
  const isFailing = reportFailure(state.isFailing, error, reportOf(options))
  return { ...state, folding: false, isFailing, foldedAt: options.now() }
}

function reportOf({ log }: RollupFolderOptions): Report {
  return {
    log,
    failing: 'rollups cannot be folded; their deltas wait in the database',
    working: 'rollups are folded again'
  }
}
