/**
 * Leader tries to get a lease. While it holds the lease it runs the work that only one node of a cluster may do: it
 * starts and stops the processes under their supervisor. It renews the lease every `renewMs`; when no renewal has
 * succeeded for `giveUpMs` it stops the work, before another node may begin. While the database is away it keeps
 * trying. When the work fails, another node may try first.
 */
import type { SupervisorMessage } from '../../mesh/index.ts'
import { formatReason, isAbnormal, pipeToSelf, startChild, terminateChild } from '../../mesh/index.ts'
import type { Behaviour, ExitReason, Pid, ProcessName, Self } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import type { Lease } from '../../services/database/leases.ts'
import { reportFailure, reportSuccess, type Report } from '../behaviours/report.ts'
import type { LeaderMessage } from './messages.ts'

type State = {
  lease: Lease | null
  /** When the lease that was granted last was asked for: it is valid from then on. */
  renewedAt: number
  askedAt: number
  /** A statement is running. */
  asking: boolean
  work: 'none' | 'starting' | Pid
  restUntil: number
  isFailing: boolean
}

export type LeaderOptions = {
  name: string
  take: () => Promise<Lease | null>
  renew: (lease: Lease) => Promise<boolean>
  release: (lease: Lease) => Promise<void>
  /** A supervisor whose template is the work; it gets the lease. */
  worker: ProcessName<SupervisorMessage<Lease>>
  tickMs: number
  renewMs: number
  giveUpMs: number
  /** How long this node does not ask after its work has failed, so that others may try first. */
  restMs: number
  /** Milliseconds, monotonic. */
  now: () => number
  log: Log
}

type Leader = Self<LeaderMessage>

export function leader(options: LeaderOptions): Behaviour<LeaderMessage, State> {
  return {
    init: self => {
      self.sendEvery({ type: 'tick' }, options.tickMs)
      self.cast(self.pid, { type: 'tick' })
      return {
        lease: null,
        renewedAt: -Infinity,
        askedAt: -Infinity,
        asking: false,
        work: 'none',
        restUntil: -Infinity,
        isFailing: false
      }
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'tick':
          return tick(state, options, self)
        case 'taken':
          return taken(asked(state, options), message.lease, message.askedAt, options, self)
        case 'renewed':
          return renewed(asked(state, options), message, options, self)
        case 'failed':
          return failed(state, message.error, options)
        case 'work_started':
          return workStarted(state, message.epoch, message.pid, options, self)
        case 'work_failed':
          options.log.error({ err: message.error }, `${options.name}: the work of the lease does not start`)
          return handBack({ ...state, work: 'none' }, options)
      }
    },
    info: (state, signal) => (signal.type === 'down' ? workEnded(state, signal.pid, signal.reason, options) : state),
    terminate: async ({ lease }) => {
      if (lease !== null) await options.release(lease).catch((error: unknown) => cannotRelease(error, options))
    }
  }
}

function tick(state: State, options: LeaderOptions, self: Leader): State {
  const now = options.now()
  if (state.lease !== null && now - state.renewedAt > options.giveUpMs) {
    options.log.warn(
      `${options.name}: the lease could not be renewed for ${options.giveUpMs / 1000} s; stopping its work`
    )
    return stepDown(state, options, self)
  }
  if (state.asking) return state
  if (state.lease !== null) {
    return now - state.askedAt < options.renewMs ? state : askToRenew(state, state.lease, options, self)
  }
  return state.work === 'none' && now >= state.restUntil ? askToTake(state, options, self) : state
}

function askToTake(state: State, { take, now }: LeaderOptions, self: Leader): State {
  const askedAt = now()
  pipeToSelf(
    self,
    take(),
    lease => ({ type: 'taken', lease, askedAt }),
    error => ({ type: 'failed', error })
  )
  return { ...state, asking: true, askedAt }
}

function askToRenew(state: State, lease: Lease, { renew, now }: LeaderOptions, self: Leader): State {
  const askedAt = now()
  pipeToSelf(
    self,
    renew(lease),
    isHeld => ({ type: 'renewed', epoch: lease.epoch, isHeld, askedAt }),
    error => ({ type: 'failed', error })
  )
  return { ...state, asking: true, askedAt }
}

/** A grant that comes so late that the lease may have expired is not used; the lease expires by itself. */
function taken(state: State, lease: Lease | null, askedAt: number, options: LeaderOptions, self: Leader): State {
  if (lease === null || options.now() - askedAt > options.giveUpMs) return state
  options.log.info(`${options.name}: this node leads, in epoch ${lease.epoch}`)
  pipeToSelf(
    self,
    startChild(self, options.worker, lease),
    pid => ({ type: 'work_started', epoch: lease.epoch, pid }),
    error => ({ type: 'work_failed', error })
  )
  return { ...state, lease, renewedAt: askedAt, work: 'starting' }
}

function renewed(
  state: State,
  { epoch, isHeld, askedAt }: { epoch: number; isHeld: boolean; askedAt: number },
  options: LeaderOptions,
  self: Leader
): State {
  if (state.lease?.epoch !== epoch) return state
  if (isHeld) return { ...state, renewedAt: askedAt }
  options.log.warn(`${options.name}: the lease is held elsewhere or given up; stopping its work here`)
  return stepDown(state, options, self)
}

/** The lease is not given back but expires: no other node may begin before the work has stopped. */
function stepDown(state: State, options: LeaderOptions, self: Leader): State {
  if (typeof state.work === 'object') stopWork(state.work, options, self)
  return { ...state, lease: null }
}

function stopWork(pid: Pid, { worker, name, log }: LeaderOptions, self: Leader): void {
  terminateChild(self, worker, pid).catch((error: unknown) =>
    log.debug({ err: error }, `${name}: the supervisor of the work has ended`)
  )
}

function workStarted(state: State, epoch: number, pid: Pid, options: LeaderOptions, self: Leader): State {
  self.monitor(pid)
  if (state.lease?.epoch !== epoch) stopWork(pid, options, self)
  return { ...state, work: pid }
}

function workEnded(state: State, pid: Pid, reason: ExitReason, options: LeaderOptions): State {
  if (typeof state.work !== 'object' || state.work.serial !== pid.serial) return state
  if (state.lease !== null && isAbnormal(reason)) {
    options.log.error(`${options.name}: the work of the lease has ended: ${formatReason(reason)}`)
  }
  return handBack({ ...state, work: 'none' }, options)
}

/** For work that has ended without being stopped. */
function handBack(state: State, options: LeaderOptions): State {
  if (state.lease === null) return state
  options.release(state.lease).catch((error: unknown) => cannotRelease(error, options))
  return { ...state, lease: null, restUntil: options.now() + options.restMs }
}

function cannotRelease(error: unknown, { name, log }: LeaderOptions): void {
  log.debug({ err: error }, `${name}: the lease could not be given back and will expire`)
}

function asked(state: State, options: LeaderOptions): State {
  return { ...state, asking: false, isFailing: reportSuccess(state.isFailing, reportOf(options)) }
}

function failed(state: State, error: unknown, options: LeaderOptions): State {
  return { ...state, asking: false, isFailing: reportFailure(state.isFailing, error, reportOf(options)) }
}

function reportOf({ name, log }: LeaderOptions): Report {
  return {
    log,
    failing: `${name}: the lease cannot be read or renewed`,
    working: `${name}: the lease can be read and renewed again`
  }
}
