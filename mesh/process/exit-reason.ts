/** Exit reasons: why a process ended, in words, and as the errors that a call rejects with. */
import { inspect } from 'node:util'
import type { ErrorText, ExitReason, Pid } from '../types.ts'
import { pidKey } from './pid.ts'

/** A call whose callee is not there, or ended before it answered; or something asked of a process that has ended. */
export class ExitError extends Error {
  override readonly name = 'ExitError'
  readonly reason: ExitReason

  constructor(reason: ExitReason) {
    super(formatReason(reason))
    this.reason = reason
  }
}

/** A call that was not answered in time. Its answer may still come and is then discarded. */
export class CallTimeout extends Error {
  override readonly name = 'CallTimeout'
  readonly timeoutMs: number

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`)
    this.timeoutMs = timeoutMs
  }
}

/** A call that the callee's full mailbox refused. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded'

  constructor() {
    super('the mailbox is full')
  }
}

export function formatReason(reason: ExitReason): string {
  if (typeof reason === 'string') return reason
  if ('error' in reason) return `${reason.error.name}: ${reason.error.message}`
  return `linked to ${pidKey(reason.linked)}, which ended: ${formatReason(reason.reason)}`
}

/** Whether somebody should worry: a transient child is restarted after such an end only. */
export function isAbnormal(reason: ExitReason): boolean {
  if (typeof reason === 'string') return reason !== 'normal' && reason !== 'shutdown'
  return 'error' in reason || isAbnormal(reason.reason)
}

/**
 * The reason of who ends because a linked process did. It names the neighbour and the first cause, however long the
 * chain.
 */
export function linkedReason(linked: Pid, reason: ExitReason): ExitReason {
  const cause = typeof reason === 'object' && 'linked' in reason ? reason.reason : reason
  return { linked, reason: cause }
}

/** What was thrown, as plain data. An ExitError that nobody caught stays recognisable by its name. */
export function errorText(thrown: unknown): ErrorText {
  if (!(thrown instanceof Error)) return { name: 'Thrown', message: inspect(thrown) }
  const { name, message, stack } = thrown
  return stack === undefined ? { name, message } : { name, message, stack }
}
