/**
 * Calls: a request with its own correlation id and a promise of the reply. A call settles once: by the reply, by the
 * end of the callee (at once, with its reason), by the loss of the callee's node, by the end of the caller, or by its
 * timeout. A later reply is discarded.
 */
import { deliver } from './delivery.ts'
import { CallTimeout, ExitError, Overloaded } from './exit-reason.ts'
import { findProcess, isLocal, reasonGone, replyAddress } from './runtime.ts'
import type { PendingCall, Process, Runtime } from './runtime.ts'
import type { ExitReason, Pid, ReplyTo, Target } from '../types.ts'

const timeoutMsDefault = 5000

/** `caller` is undefined for a call from outside every process. */
export function call<Message, Answer>(
  runtime: Runtime,
  caller: Process | undefined,
  target: Target<Message>,
  request: (replyTo: ReplyTo<Answer>) => Message,
  timeoutMs = timeoutMsDefault
): Promise<Answer> {
  const callee = calleeOf(runtime, target)
  if (callee === undefined) {
    return Promise.reject(new ExitError(typeof target === 'string' ? 'noproc' : reasonGone(runtime, target)))
  }
  const id = ++runtime.lastCall
  const message = request(replyAddress(runtime, id))

  return new Promise<Answer>((resolve, reject) => {
    const timer = setTimeout(() => abandon(runtime, id, new CallTimeout(timeoutMs)), timeoutMs)
    // The request carries a ReplyTo<Answer>, so the type checker has made sure that the reply is an Answer.
    remember(runtime, id, { callee, caller, timer, resolve: answer => resolve(answer as Answer), reject })
    const failure = isProcess(callee)
      ? deliverRequest(runtime, callee, message)
      : sendRequest(runtime, callee, id, message)
    if (failure !== undefined) settle(runtime, id)?.reject(failure)
  })
}

/** A process of this node; or the pid of one on another node, provided that nodes are linked at all. */
function calleeOf(runtime: Runtime, target: Target<never>): Process | Pid | undefined {
  if (typeof target === 'string') return runtime.names.get(target)
  return findProcess(runtime, target) ?? (isLocal(runtime, target) || runtime.remote === undefined ? undefined : target)
}

function isProcess(callee: Process | Pid): callee is Process {
  return 'mail' in callee
}

function deliverRequest(runtime: Runtime, callee: Process, message: unknown): Error | undefined {
  return deliver(runtime, callee, message) === 'ok' ? undefined : new Overloaded()
}

function sendRequest(runtime: Runtime, callee: Pid, id: number, message: unknown): Error | undefined {
  switch (runtime.remote?.call(callee, id, message) ?? 'noconnection') {
    case 'ok':
      return undefined
    case 'overloaded':
      return new Overloaded()
    case 'noconnection':
      return new ExitError('noconnection')
    case 'unsendable':
      return new TypeError('the request cannot be sent to another node: it is too large, too deep or not plain data')
  }
}

export function reply(
  runtime: Runtime,
  replyTo: { readonly node: string; readonly incarnation: number; readonly call: number },
  answer: unknown
): void {
  if (!isLocal(runtime, replyTo)) runtime.remote?.reply(replyTo, answer)
  else if (replyTo.incarnation === runtime.incarnation) resolveCall(runtime, replyTo.call, answer, runtime.name)
}

/**
 * Takes the reply that came from the node `from`. If that is not the node of the callee, the callee's node is told to
 * forget the call.
 */
export function resolveCall(runtime: Runtime, id: number, answer: unknown, from: string): void {
  const pending = settle(runtime, id)
  if (pending === undefined) return
  if (!isProcess(pending.callee) && pending.callee.node !== from) runtime.remote?.forgetCall(pending.callee, id)
  pending.resolve(answer)
}

/** For the callee's node, or its link, when no reply will come. */
export function failCall(runtime: Runtime, id: number, reason: ExitReason | 'overloaded'): void {
  settle(runtime, id)?.reject(reason === 'overloaded' ? new Overloaded() : new ExitError(reason))
}

function remember(runtime: Runtime, id: number, pending: PendingCall): void {
  const { callee, caller } = pending
  runtime.calls.set(id, pending)
  if (isProcess(callee)) {
    callee.callers ??= new Set()
    callee.callers.add(id)
  }
  if (caller === undefined) return
  caller.calling ??= new Set()
  caller.calling.add(id)
}

/** Removes the call from every table. Only one caller of this function gets it, and decides how it settles. */
function settle(runtime: Runtime, id: number): PendingCall | undefined {
  const pending = runtime.calls.get(id)
  if (pending === undefined) return undefined
  const { callee, caller, timer } = pending
  runtime.calls.delete(id)
  clearTimeout(timer)
  if (isProcess(callee)) callee.callers?.delete(id)
  caller?.calling?.delete(id)
  return pending
}

/** Settles a call that got no reply. */
function abandon(runtime: Runtime, id: number, error: Error): void {
  const pending = settle(runtime, id)
  if (pending === undefined) return
  if (!isProcess(pending.callee)) runtime.remote?.forgetCall(pending.callee, id)
  pending.reject(error)
}

export function endCalls(runtime: Runtime, process: Process, reason: ExitReason): void {
  for (const id of process.callers ?? []) abandon(runtime, id, new ExitError(reason))
  for (const id of process.calling ?? []) abandon(runtime, id, new ExitError(reason))
  process.callers = undefined
  process.calling = undefined
}
