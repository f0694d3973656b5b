/**
 * What the runtime of one node asks of its links to others. Each takes a pid of another node. Where it says so, false
 * means that no link leads to that incarnation of that node: then it is `noconnection`, told by whoever asked.
 */
import type { Process, SystemMail } from './runtime.ts'
import type { CastResult, ExitReason, Pid } from '../types.ts'

export type Remote = {
  cast: (pid: Pid, message: unknown) => CastResult
  /** Exits and starts, towards those who are linked to a process of ours or wait for it. */
  signal: (pid: Pid, mail: SystemMail) => boolean
  /** The call fails by `failCall`, or is answered by a reply; `forgetCall` when it ended in another way. */
  call: (pid: Pid, call: number, message: unknown) => 'ok' | 'overloaded' | 'unsendable' | 'noconnection'
  forgetCall: (pid: Pid, call: number) => void
  reply: (to: { readonly node: string; readonly incarnation: number; readonly call: number }, answer: unknown) => void
  link: (process: Process, pid: Pid) => boolean
  unlink: (process: Process, pid: Pid) => void
  /** `tell` is called once, with the reason of its end or `noconnection`, unless `unwatch` comes first. */
  watch: (pid: Pid, id: number, tell: (reason: ExitReason) => void) => boolean
  unwatch: (pid: Pid, id: number) => void
}
