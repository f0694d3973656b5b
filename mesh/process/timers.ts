/**
 * Timers of a process: mail to itself once or repeatedly, and the signal that no mail came. They end with the process.
 */
import assert from 'node:assert/strict'
import { deliver, signalProcess } from './delivery.ts'
import { countDeadLetter } from './runtime.ts'
import type { Process, Runtime } from './runtime.ts'
import type { CancelTimer } from '../types.ts'

/** Node.js turns a longer delay into one of a millisecond. */
const delayMsMax = 2 ** 31 - 1

export function sendAfter(runtime: Runtime, process: Process, message: unknown, ms: number): CancelTimer {
  assertDelay(ms)
  const timer = setTimeout(() => {
    process.timers?.delete(timer)
    remind(runtime, process, message)
  }, ms)
  return keep(process, timer)
}

export function sendEvery(runtime: Runtime, process: Process, message: unknown, ms: number): CancelTimer {
  assertDelay(ms)
  return keep(
    process,
    setInterval(() => remind(runtime, process, message), ms)
  )
}

/** A full mailbox can refuse the message, and there is no sender to tell: it becomes a dead letter. */
function remind(runtime: Runtime, process: Process, message: unknown): void {
  if (deliver(runtime, process, message) !== 'ok') {
    countDeadLetter(runtime, { to: process.pid, message, why: 'refused' })
  }
}

function keep(process: Process, timer: NodeJS.Timeout): CancelTimer {
  process.timers ??= new Set()
  process.timers.add(timer)
  return () => {
    clearTimeout(timer)
    process.timers?.delete(timer)
  }
}

/** Each message only records its time. A timer that fires too early because of that waits for the rest. */
export function receiveTimeout(process: Process, ms: number | null): void {
  clearTimeout(process.idleTimer?.timer)
  process.idleTimer = undefined
  if (ms === null) return
  assertDelay(ms)
  process.idleTimer = { ms, timer: setTimeout(() => checkIdle(process), ms), lastMailAt: performance.now() }
}

/** A process that is busy or has mail is not idle: its period starts anew. */
function checkIdle(process: Process): void {
  const idle = process.idleTimer
  if (idle === undefined) return
  const leftMs = idle.lastMailAt + idle.ms - performance.now()
  if (leftMs <= 0 && !process.awake) signalProcess(process, { type: 'timeout' })
  idle.timer = setTimeout(() => checkIdle(process), leftMs > 0 ? Math.ceil(leftMs) : idle.ms)
}

export function clearTimers(process: Process): void {
  clearTimeout(process.idleTimer?.timer)
  process.idleTimer = undefined
  for (const timer of process.timers ?? []) clearTimeout(timer)
  process.timers = undefined
}

function assertDelay(ms: number): void {
  assert(ms >= 0 && ms <= delayMsMax, `a delay of ${ms} ms is out of range`)
}
