/**
 * The end of a process: terminate → links → monitors → calls → local names → global names and rooms, each exactly once.
 * All but `terminate` happen in one synchronous step, so no process ever meets one that is half gone: the receiver of a
 * `down` may already take over the name.
 */
import { signalProcess, wake } from './delivery.ts'
import { ExitError, isAbnormal } from './exit-reason.ts'
import { breakLinks } from './links.ts'
import { endCalls } from './calls.ts'
import { endMonitors } from './monitors.ts'
import { stopActor } from './nact.ts'
import { freeNames } from './names.ts'
import { samePid } from './pid.ts'
import type { Address } from './pid.ts'
import { countDeadLetter, findProcess, isLocal, reportCrash } from './runtime.ts'
import type { Process, Runtime } from './runtime.ts'
import { clearTimers } from './timers.ts'
import type { ExitReason, Pid } from '../types.ts'

/** The process will end before it handles anything more. The first reason stands, but a kill overrides it. */
export function condemn(process: Process, reason: ExitReason): void {
  if (process.verdict === undefined || reason === 'killed') process.verdict = reason
}

/** A kill takes effect at once. Any other reason is left to the process, which may trap it. */
export function requestExit(runtime: Runtime, from: Address, pid: Pid, reason: ExitReason): void {
  const process = findProcess(runtime, pid)
  if (process === undefined) {
    if (!isLocal(runtime, pid)) runtime.remote?.signal(pid, { type: 'exit', pid: from, reason, cause: 'request' })
    return
  }
  if (reason === 'killed') return kill(runtime, process)
  if (samePid(from, pid)) return exitItself(runtime, process, reason)
  signalProcess(process, { type: 'exit', pid: from, reason, cause: 'request' })
}

/** An exit that a process sends to itself is neither trapped nor ignored. */
function exitItself(runtime: Runtime, process: Process, reason: ExitReason): void {
  if (process.verdict !== undefined) return
  if (isAbnormal(reason)) reportCrash(runtime, { pid: process.pid, label: process.label, during: 'exit', reason })
  condemn(process, reason)
  if (!process.awake) wake(process)
}

/** Ends the process at once, whatever it is awaiting. A function that is executing right now returns first. */
function kill(runtime: Runtime, process: Process): void {
  condemn(process, 'killed')
  if (!process.executing) end(runtime, process, 'killed')
}

export function end(runtime: Runtime, process: Process, reason: ExitReason): void {
  if (process.phase === 'ended') return
  process.phase = 'ended'
  runtime.processes.delete(process.pid.serial)
  clearTimers(process)
  breakLinks(runtime, process, reason)
  endMonitors(runtime, process, reason)
  endCalls(runtime, process, reason)
  freeNames(runtime, process)
  giveUp(process)
  loseMail(runtime, process)
  stopActor(process.actor)
  // Last, because the listeners are user code.
  process.abort?.abort(new ExitError(reason))
}

/** Registers a function that runs at the end of the process. */
export function addToEstate(process: Process, leave: () => void): void {
  process.estate ??= new Set()
  process.estate.add(leave)
}

function giveUp(process: Process): void {
  for (const leave of process.estate ?? []) leave()
  process.estate = undefined
}

function loseMail(runtime: Runtime, process: Process): void {
  for (let letter = process.mail.shift(); letter !== undefined; letter = process.mail.shift()) {
    countDeadLetter(runtime, { to: process.pid, message: letter.message, why: 'ended' })
  }
}
