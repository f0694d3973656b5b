/**
 * What one node's runtime holds: its processes, names and pending calls. Every table is bounded by the processes that
 * are alive and by their own calls. The functions that work on it are in the files named after what they do.
 */
import type { Actor, ActorSystem } from './nact.ts'
import { nodeSerial } from './pid.ts'
import type { Address } from './pid.ts'
import type { Queue } from './queue.ts'
import type { Behaviour, CastResult, ExitReason, MailboxBound, NodeId, Pid, ReplyTo, Self } from '../types.ts'

/** A crash as a log wants it: in which function of the behaviour, or that the process itself chose to end so. */
export type CrashReport = {
  readonly pid: Pid
  readonly label: string
  readonly during: Stage | 'exit'
  readonly reason: ExitReason
}

export type Stage = 'init' | 'handle' | 'info' | 'terminate'

/**
 * Mail that reached nobody: there was no such process or node, it ended first, a full mailbox or link refused or
 * dropped it, or it cannot be sent to another node for what it is made of or its size.
 */
export type DeadLetter = {
  readonly to: Pid | string
  readonly message: unknown
  readonly why: 'noproc' | 'ended' | 'dropped' | 'refused' | 'noconnection' | 'unsendable'
}

export type MeshOptions = {
  readonly name: string
  /** Tells this run of the node from earlier ones under the same name. Default: the time of the start. */
  readonly incarnation?: number
  readonly onCrash?: (report: CrashReport) => void
  readonly onDeadLetter?: (letter: DeadLetter) => void
}

export type Runtime = {
  readonly name: string
  readonly incarnation: number
  readonly options: MeshOptions
  readonly system: ActorSystem
  readonly processes: Map<number, Process>
  readonly names: Map<string, Process>
  readonly calls: Map<number, PendingCall>
  /** Given from above, because a self can spawn processes. */
  readonly selfFor: (process: Process) => Self<unknown>
  /** The way to other nodes, while there is one. */
  remote: Remote | undefined
  stopped: boolean
  deadLetters: number
  lastSerial: number
  lastMonitor: number
  lastCall: number
}

/**
 * What the runtime of one node uses of its links to others. Each function takes a pid of another node. Where one returns
 * a boolean, false means that no link leads to that incarnation of that node; the caller then reports `noconnection`.
 */
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

/**
 * A message with the time of its arrival (`takenThisTurn` if it wakes a sleeper), from which the age of a mailbox is
 * told.
 */
export type Letter = { readonly message: unknown; readonly arrivedAt: number }

/** What the runtime sends to processes, before trapping, links and monitors decide what of it becomes a `Signal`. */
export type SystemMail =
  | { readonly type: 'down'; readonly monitor: number; readonly pid: Address; readonly reason: ExitReason }
  | { readonly type: 'exit'; readonly pid: Address; readonly reason: ExitReason; readonly cause: 'link' | 'request' }
  | { readonly type: 'started'; readonly pid: Address }
  | { readonly type: 'timeout' }
  | { readonly type: 'nodeup' | 'nodedown'; readonly node: NodeId }
  | { readonly type: 'name_won' | 'name_lost'; readonly name: string; readonly owner: Pid }

/**
 * One process. Its rarely used tables are made when first needed. `phase` only moves forward: 'ending' is while
 * `terminate` runs, 'ended' is for ever.
 */
export type Process = {
  readonly pid: Address
  readonly label: string
  readonly behaviour: Behaviour<unknown, unknown>
  readonly bound: MailboxBound | undefined
  readonly parent: Pid | undefined
  readonly startedTo: Pid | undefined
  readonly bornAt: number
  readonly mail: Queue<Letter>
  readonly system: Queue<SystemMail>
  readonly actor: Actor
  /** Made when first asked for. */
  self: Self<unknown> | undefined
  state: unknown
  phase: 'starting' | 'running' | 'ending' | 'ended'
  /** Activated, or about to be: nobody needs to wake it. */
  awake: boolean
  /** Inside one of the behaviour's functions, synchronously: a kill waits until it returns. */
  executing: boolean
  /** Set when it has to end before it handles anything more. */
  verdict: ExitReason | undefined
  trapsExits: boolean
  handled: number
  refused: number
  dropped: number
  /** Of the current activation: messages left, and when it has to give way (0 until the clock was asked). */
  turnsLeft: number
  yieldsAt: number
  links: Map<string, Pid> | undefined
  watchers: Map<number, Pid> | undefined
  watching: Map<number, Pid> | undefined
  /** Those outside every process of this node who wait for the end. */
  onlookers: Set<(reason: ExitReason) => void> | undefined
  names: Set<string> | undefined
  /** What else it has to give up, after all others: its places among the nodes. */
  estate: Set<() => void> | undefined
  timers: Set<NodeJS.Timeout> | undefined
  idleTimer: IdleTimer | undefined
  /** Calls that wait for this process, and calls that this process waits for. */
  callers: Set<number> | undefined
  calling: Set<number> | undefined
  abort: AbortController | undefined
}

export type IdleTimer = { readonly ms: number; timer: NodeJS.Timeout; lastMailAt: number }

export type PendingCall = {
  /** A process here, or the pid of one on another node. */
  readonly callee: Process | Pid
  readonly caller: Process | undefined
  readonly timer: NodeJS.Timeout
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: Error) => void
}

export function isLocal(runtime: Runtime, { node }: { readonly node: string }): boolean {
  return node === runtime.name
}

/** The process behind a pid; a pid of another node or of an earlier incarnation has none here. */
export function findProcess(runtime: Runtime, pid: Pid): Process | undefined {
  if (pid.node !== runtime.name || pid.incarnation !== runtime.incarnation) return undefined
  return runtime.processes.get(pid.serial)
}

/** The node as a sender: where exits come from that no process asked for. */
export function nodeAddress({ name, incarnation }: Runtime): Address {
  return { node: name, incarnation, serial: nodeSerial }
}

/** What is said about a pid without a process. */
export function reasonGone(runtime: Runtime, pid: Pid): ExitReason {
  return isLocal(runtime, pid) ? 'noproc' : 'noconnection'
}

/** The hooks are other people's code: what they throw is theirs alone and may not end up inside the runtime. */
export function countDeadLetter(runtime: Runtime, letter: DeadLetter): void {
  runtime.deadLetters += 1
  const { onDeadLetter } = runtime.options
  if (onDeadLetter !== undefined) queueMicrotask(() => onDeadLetter(letter))
}

export function reportCrash(runtime: Runtime, report: CrashReport): void {
  const { onCrash } = runtime.options
  if (onCrash !== undefined) queueMicrotask(() => onCrash(report))
}

/** Where an answer goes. It is data: a node can send it to another. */
export function replyAddress<Answer>(runtime: Runtime, call: number): ReplyTo<Answer> {
  return { node: runtime.name, incarnation: runtime.incarnation, call }
}
