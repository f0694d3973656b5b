/** Exit reasons: as text, and as the errors that a call rejects with. */
import { inspect } from 'node:util'
import type { ErrorText, ExitReason, Pid } from '../types.ts'
import { pidKey } from './pid.ts'

/** The callee of a call does not exist or ended before its reply; or the process that acts has ended itself. */
export class ExitError extends Error {
  override readonly name = 'ExitError'
  readonly reason: ExitReason

  constructor(reason: ExitReason) {
    super(formatReason(reason))
    this.reason = reason
  }
}

/** A call without a reply in time. A reply that comes later is discarded. */
export class CallTimeout extends Error {
  override readonly name = 'CallTimeout'
  readonly timeoutMs: number

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`)
    this.timeoutMs = timeoutMs
  }
}

/** A call that the full mailbox of the callee refused. */
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

/** Whether the end was a failure: a transient child is restarted only after such an end. */
export function isAbnormal(reason: ExitReason): boolean {
  if (typeof reason === 'string') return reason !== 'normal' && reason !== 'shutdown'
  return 'error' in reason || isAbnormal(reason.reason)
}

/**
 * The reason of a process that ends because a linked process did. It names the neighbour and the first cause, however
 * long the chain.
 */
export function linkedReason(linked: Pid, reason: ExitReason): ExitReason {
  const cause = typeof reason === 'object' && 'linked' in reason ? reason.reason : reason
  return { linked, reason: cause }
}

/** What was thrown, as plain data. An uncaught ExitError stays recognisable by its name. */
export function errorText(thrown: unknown): ErrorText {
  if (!(thrown instanceof Error)) return { name: 'Thrown', message: inspect(thrown) }
  const { name, message, stack } = thrown
  return stack === undefined ? { name, message } : { name, message, stack }
}
