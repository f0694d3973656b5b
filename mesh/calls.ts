/**
 * Calls: a request with a correlation id of its own and a promise of the answer. A call ends once: by its answer, by the
 * end of the callee (at once, with its reason), by the end of the caller, or by its timeout. What comes later is discarded.
 */
import { deliver } from './delivery.ts'
import { CallTimeout, ExitError, Overloaded } from './exit-reason.ts'
import { findProcess, isLocal, reasonGone, replyAddress } from './runtime.ts'
import type { PendingCall, Process, Runtime } from './runtime.ts'
import type { ExitReason, ReplyTo, Target } from './types.ts'

const timeoutMsDefault = 5000

/** `caller` is undefined for a call from outside every process. */
export function call<Message, Answer> (
  runtime: Runtime,
  caller: Process | undefined,
  target: Target<Message>,
  request: (replyTo: ReplyTo<Answer>) => Message,
  timeoutMs = timeoutMsDefault
): Promise<Answer> {
  const callee = typeof target === 'string' ? runtime.names.get(target) : findProcess(runtime, target)
  if (callee === undefined) {
    return Promise.reject(new ExitError(typeof target === 'string' ? 'noproc' : reasonGone(runtime, target)))
  }
  const id = ++runtime.lastCall
  const message = request(replyAddress(runtime, id))

  return new Promise<Answer>((resolve, reject) => {
    const timer = setTimeout(() => settle(runtime, id)?.reject(new CallTimeout(timeoutMs)), timeoutMs)
    // The type of the answer travels with the ReplyTo: whoever replies was made to give an Answer.
    remember(runtime, id, { callee, caller, timer, resolve: answer => resolve(answer as Answer), reject })
    if (deliver(runtime, callee, message) !== 'ok') settle(runtime, id)?.reject(new Overloaded())
  })
}

export function reply (runtime: Runtime, replyTo: { readonly node: string, readonly call: number }, answer: unknown): void {
  if (isLocal(runtime, replyTo)) settle(runtime, replyTo.call)?.resolve(answer)
}

function remember (runtime: Runtime, id: number, pending: PendingCall): void {
  runtime.calls.set(id, pending)
  pending.callee.callers ??= new Set()
  pending.callee.callers.add(id)
  if (pending.caller === undefined) return
  pending.caller.calling ??= new Set()
  pending.caller.calling.add(id)
}

/** Takes the call out of every table: whoever gets it decides how it ends, and nobody gets it twice. */
function settle (runtime: Runtime, id: number): PendingCall | undefined {
  const pending = runtime.calls.get(id)
  if (pending === undefined) return undefined
  runtime.calls.delete(id)
  clearTimeout(pending.timer)
  pending.callee.callers?.delete(id)
  pending.caller?.calling?.delete(id)
  return pending
}

export function endCalls (runtime: Runtime, process: Process, reason: ExitReason): void {
  for (const id of process.callers ?? []) settle(runtime, id)?.reject(new ExitError(reason))
  for (const id of process.calling ?? []) settle(runtime, id)?.reject(new ExitError(reason))
  process.callers = undefined
  process.calling = undefined
}
