/**
 * Delivers mail and signals: puts them into the queue of the process and wakes it if it sleeps. Mail may be bounded by
 * the receiver's mailbox. Signals are never bounded and are taken first.
 */
import { wakeActor } from './nact.ts'
import { countDeadLetter, findProcess, isLocal } from './runtime.ts'
import type { Process, Runtime, SystemMail } from './runtime.ts'
import type { CastResult, Pid } from '../types.ts'

/** Mail that wakes its receiver waits for one turn of the event loop only, so its age is not worth a clock reading. */
export const takenThisTurn = 0

export function cast(runtime: Runtime, target: Pid | string, message: unknown): CastResult {
  const process = typeof target === 'string' ? runtime.names.get(target) : findProcess(runtime, target)
  if (process !== undefined) return deliver(runtime, process, message)

  if (typeof target !== 'string' && !isLocal(runtime, target)) return castAway(runtime, target, message)
  countDeadLetter(runtime, { to: target, message, why: 'noproc' })
  return 'noproc'
}

function castAway(runtime: Runtime, target: Pid, message: unknown): CastResult {
  if (runtime.remote !== undefined) return runtime.remote.cast(target, message)
  countDeadLetter(runtime, { to: target, message, why: 'noconnection' })
  return 'ok'
}

export function deliver(runtime: Runtime, process: Process, message: unknown): CastResult {
  const { bound, mail } = process
  if (bound !== undefined && mail.size >= bound.max) {
    if (bound.overflow === 'refuse') {
      process.refused += 1
      return 'overloaded'
    }
    dropOldest(runtime, process)
  }
  if (process.awake) {
    mail.push({ message, arrivedAt: performance.now() })
  } else {
    mail.push({ message, arrivedAt: takenThisTurn })
    wake(process)
  }
  return 'ok'
}

function dropOldest(runtime: Runtime, process: Process): void {
  const oldest = process.mail.shift()
  if (oldest === undefined) return
  process.dropped += 1
  countDeadLetter(runtime, { to: process.pid, message: oldest.message, why: 'dropped' })
}

/** Returns whether the process exists here, or a link leads to its node. */
export function signal(runtime: Runtime, pid: Pid, mail: SystemMail): boolean {
  const process = findProcess(runtime, pid)
  if (process === undefined) return !isLocal(runtime, pid) && (runtime.remote?.signal(pid, mail) ?? false)
  signalProcess(process, mail)
  return true
}

export function signalProcess(process: Process, mail: SystemMail): void {
  process.system.push(mail)
  if (!process.awake) wake(process)
}

export function announceStart(runtime: Runtime, { startedTo, pid }: Process): void {
  if (startedTo !== undefined) signal(runtime, startedTo, { type: 'started', pid })
}

export function wake(process: Process): void {
  process.awake = true
  wakeActor(process.actor)
}
