/**
 * The state of one node's runtime: its processes, names and pending calls. Every table is bounded by the number of
 * living processes and of their calls. The functions that work on it are in the files named after what they do.
 */
import type { Actor, ActorSystem } from './nact.ts'
import { nodeSerial } from './pid.ts'
import type { Address } from './pid.ts'
import type { Queue } from './queue.ts'
import type { Behaviour, CastResult, ExitReason, MailboxBound, NodeId, Pid, ReplyTo, Self } from '../types.ts'

/** A crash for the log: in which function of the behaviour, or `exit` when the process chose to end with an error. */
export type CrashReport = {
  readonly pid: Pid
  readonly label: string
  readonly during: Stage | 'exit'
  readonly reason: ExitReason
}

export type Stage = 'init' | 'handle' | 'info' | 'terminate'

/**
 * Mail without a receiver: the process or node does not exist, the process ended first, a full mailbox or link refused
 * or dropped the message, or the message cannot be sent to another node because of its contents or size.
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
  /** Injected, because a self can spawn processes and this file cannot import that. */
  readonly selfFor: (process: Process) => Self<unknown>
  /** The links to other nodes, while there are any. */
  remote: Remote | undefined
  stopped: boolean
  deadLetters: number
  lastSerial: number
  lastMonitor: number
  lastCall: number
}

/**
 * What the runtime uses of the links to other nodes. Each function takes a pid of another node. Where one returns a
 * boolean, false means that no link leads to that incarnation of that node; the caller then reports `noconnection`.
 */
export type Remote = {
  cast: (pid: Pid, message: unknown) => CastResult
  /** Sends an exit or a start to a process that is linked to one of ours or waits for its start. */
  signal: (pid: Pid, mail: SystemMail) => boolean
  /** The call ends by `failCall` or by a reply. When it ended otherwise the runtime calls `forgetCall`. */
  call: (pid: Pid, call: number, message: unknown) => 'ok' | 'overloaded' | 'unsendable' | 'noconnection'
  forgetCall: (pid: Pid, call: number) => void
  reply: (to: { readonly node: string; readonly incarnation: number; readonly call: number }, answer: unknown) => void
  link: (process: Process, pid: Pid) => boolean
  unlink: (process: Process, pid: Pid) => void
  /** `tell` is called once, with the exit reason or `noconnection`, unless `unwatch` comes first. */
  watch: (pid: Pid, id: number, tell: (reason: ExitReason) => void) => boolean
  unwatch: (pid: Pid, id: number) => void
}

/** A message with its time of arrival, for the age of the mailbox (`takenThisTurn` if it woke the process). */
export type Letter = { readonly message: unknown; readonly arrivedAt: number }

/**
 * What the runtime sends to a process. `signals.ts` turns it into a `Signal`, into the end of the process, or into
 * nothing.
 */
export type SystemMail =
  | { readonly type: 'down'; readonly monitor: number; readonly pid: Address; readonly reason: ExitReason }
  | { readonly type: 'exit'; readonly pid: Address; readonly reason: ExitReason; readonly cause: 'link' | 'request' }
  | { readonly type: 'started'; readonly pid: Address }
  | { readonly type: 'timeout' }
  | { readonly type: 'nodeup' | 'nodedown'; readonly node: NodeId }
  | { readonly type: 'name_won' | 'name_lost'; readonly name: string; readonly owner: Pid }

/**
 * One process. Its rarely used tables are made when first needed. `phase` only moves forward: 'ending' is while
 * `terminate` runs, 'ended' is final.
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
  /** Made when first needed. */
  self: Self<unknown> | undefined
  state: unknown
  phase: 'starting' | 'running' | 'ending' | 'ended'
  /** An activation is running or requested: it needs no wake. */
  awake: boolean
  /** Inside a function of the behaviour, synchronously: a kill waits until that returns. */
  executing: boolean
  /** Set when the process has to end before it handles anything more. */
  verdict: ExitReason | undefined
  trapsExits: boolean
  handled: number
  refused: number
  dropped: number
  /** For the current activation: messages left, and when it must yield (0 until the clock was read). */
  turnsLeft: number
  yieldsAt: number
  links: Map<string, Pid> | undefined
  watchers: Map<number, Pid> | undefined
  watching: Map<number, Pid> | undefined
  /** Called at the end: monitors from outside the processes of this node. */
  onlookers: Set<(reason: ExitReason) => void> | undefined
  names: Set<string> | undefined
  /** Run at the end, after everything else: leaves rooms and global names, and the counts of other nodes. */
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
  /** A process of this node, or the pid of one on another node. */
  readonly callee: Process | Pid
  readonly caller: Process | undefined
  readonly timer: NodeJS.Timeout
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: Error) => void
}

export function isLocal(runtime: Runtime, { node }: { readonly node: string }): boolean {
  return node === runtime.name
}

/** The process of a pid; undefined for a pid of another node or of an earlier incarnation. */
export function findProcess(runtime: Runtime, pid: Pid): Process | undefined {
  if (pid.node !== runtime.name || pid.incarnation !== runtime.incarnation) return undefined
  return runtime.processes.get(pid.serial)
}

/** The sender address of exits that come from outside every process. */
export function nodeAddress({ name, incarnation }: Runtime): Address {
  return { node: name, incarnation, serial: nodeSerial }
}

/** The exit reason reported for a pid without a process. */
export function reasonGone(runtime: Runtime, pid: Pid): ExitReason {
  return isLocal(runtime, pid) ? 'noproc' : 'noconnection'
}

/** The hooks are user code: what they throw must not end up inside the runtime. */
export function countDeadLetter(runtime: Runtime, letter: DeadLetter): void {
  runtime.deadLetters += 1
  const { onDeadLetter } = runtime.options
  if (onDeadLetter !== undefined) queueMicrotask(() => onDeadLetter(letter))
}

export function reportCrash(runtime: Runtime, report: CrashReport): void {
  const { onCrash } = runtime.options
  if (onCrash !== undefined) queueMicrotask(() => onCrash(report))
}

/** The destination of a reply. Plain data, so that it can be sent to another node. */
export function replyAddress<Answer>(runtime: Runtime, call: number): ReplyTo<Answer> {
  return { node: runtime.name, incarnation: runtime.incarnation, call }
}
