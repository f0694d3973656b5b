/** A supervisor's child: its spec and its current state. */
import type { CancelTimer, ChildSpec, ExitReason, MailboxBound, Pid, ReplyTo, Startable } from '../types.ts'

/**
 * 'down': not running, for good or until its turn comes. 'resting': waits before a restart. 'starting': its `init` has
 * not finished. 'stopping': its supervisor has asked it to end.
 */
export type ChildState = 'down' | 'resting' | 'starting' | 'running' | 'stopping'

/** An end that was not asked for. `at` is in milliseconds since the epoch. */
export type LastExit = { readonly reason: ExitReason; readonly at: number }

export type ChildInfo = {
  readonly id: string
  readonly pid: Pid | undefined
  readonly state: ChildState
  readonly type: 'worker' | 'supervisor'
  readonly restart: 'permanent' | 'transient' | 'temporary'
  readonly restarts: number
  readonly lastExit: LastExit | undefined
}

/**
 * Why a child is not replaced: it is unknown, is not restarted after its end, is starting or stopping just now, or its
 * supervisor has no restart left within its intensity and would end.
 */
export type ReplaceAnswer = 'replaced' | 'unknown' | 'temporary' | 'busy' | 'exhausted'

export type ChildAnswer = { readonly ok: true; readonly pid: Pid } | { readonly ok: false; readonly reason: ExitReason }

export type Child = {
  readonly id: string
  readonly make: () => Startable
  readonly name: string | undefined
  readonly mailbox: MailboxBound | undefined
  readonly restart: ChildInfo['restart']
  readonly shutdown: ChildSpec['shutdown']
  type: ChildInfo['type']
  state: ChildState
  pid: Pid | undefined
  /** Whether it should run: set by a start, cleared by an end that is not followed by a restart. */
  wanted: boolean
  hasRun: boolean
  restarts: number
  lastExit: LastExit | undefined
  /** Consecutive restarts, each within the period of the one before. */
  streak: number
  restartedAt: number
  /** Cancels the pause before a restart, or the deadline of an orderly end. */
  cancelTimer: CancelTimer | undefined
  starter: ReplyTo<ChildAnswer> | undefined
  stoppers: ReplyTo<boolean>[]
}

export function newChild<Args>(spec: ChildSpec<Args>, id: string, make: () => Startable): Child {
  return {
    id,
    make,
    name: spec.name,
    mailbox: spec.mailbox,
    restart: spec.restart ?? 'permanent',
    shutdown: spec.shutdown,
    type: 'worker',
    state: 'down',
    pid: undefined,
    wanted: true,
    hasRun: false,
    restarts: 0,
    lastExit: undefined,
    streak: 0,
    restartedAt: -Infinity,
    cancelTimer: undefined,
    starter: undefined,
    stoppers: []
  }
}

export function childInfo({ id, pid, state, type, restart, restarts, lastExit }: Child): ChildInfo {
  return { id, pid, state, type, restart, restarts, lastExit }
}

export function isAlive({ state }: Child): boolean {
  return state === 'starting' || state === 'running' || state === 'stopping'
}
