/**
 * The vocabulary of the process runtime, in the terms of Erlang/OTP. Pids, references and reply addresses are plain
 * data, so that they can cross a link to another node unchanged.
 */

/** Address of one process on one incarnation of one node. Plain data; two pids are equal when all three parts are. */
export type Pid<Message = never> = {
  readonly node: string
  readonly incarnation: number
  readonly serial: number
  /** Never present at run time: keeps pids of different protocols apart for the type checker. */
  readonly accepts?: (message: Message) => void
}

/** A registered name that carries, for the type checker, the protocol of its owner. Made by `processName`. */
export type ProcessName<Message> = string & { readonly accepts?: (message: Message) => void }

/** The receiver of mail: a pid, or a name, which means its owner at the time of sending. */
export type Target<Message> = Pid<Message> | ProcessName<Message>

/** Why a process ended. `error` carries text, not an Error object, so that it can cross a link. */
export type ExitReason =
  | 'normal'
  | 'shutdown'
  | 'killed'
  | 'noproc'
  | 'noconnection'
  | { readonly error: ErrorText }
  | { readonly linked: Pid; readonly reason: ExitReason }

export type ErrorText = { readonly name: string; readonly message: string; readonly stack?: string }

/**
 * The result of a cast as far as the sender can know it at once. To another node it is `ok` even when the process does
 * not exist, and `overloaded` when the outgoing buffer of the link is full.
 */
export type CastResult = 'ok' | 'overloaded' | 'noproc'

export type MonitorRef = { readonly node: string; readonly monitor: number }

/** The destination of the reply to a call. Plain data: it may be stored, forwarded, and used by another process. */
export type ReplyTo<Answer> = {
  readonly node: string
  readonly incarnation: number
  readonly call: number
  readonly accepts?: (answer: Answer) => void
}

/** Signals of the runtime, as opposed to mail in the process's own protocol. Handled before mail, never bounded. */
export type Signal =
  | { readonly type: 'down'; readonly ref: MonitorRef; readonly pid: Pid; readonly reason: ExitReason }
  | { readonly type: 'exit'; readonly pid: Pid; readonly reason: ExitReason }
  | { readonly type: 'started'; readonly pid: Pid }
  | { readonly type: 'timeout' }
  /** For a process that monitors the nodes linked with this one. A restarted node is a different node. */
  | { readonly type: 'nodeup' | 'nodedown'; readonly node: NodeId }
  /** For a process that claimed a global name: it owns the name from now on, or another process does. */
  | { readonly type: 'name_won' | 'name_lost'; readonly name: string; readonly owner: Pid }

/** One run of a node and the address ("host:port") where others reach it; null for a node that does not listen. */
export type NodeId = { readonly name: string; readonly incarnation: number; readonly address: string | null }

export type CancelTimer = () => void

/**
 * The definition of a process. `handle` receives mail, `info` receives signals: `down` for a monitor, `exit` when the
 * process traps exits, `started` for a process spawned with `startedTo`, `timeout` of receiveTimeout, and those of
 * nodes and global names. Without `info` signals are ignored. Both may be async: the mailbox waits. A throw or a
 * rejection in any function is a crash with `{ error }`. `terminate` runs at every end but a kill, with the last state
 * that `init`, `handle` or `info` returned.
 */
export type Behaviour<Message, State> = {
  readonly init: (self: Self<Message>) => State | Promise<State>
  readonly handle: (state: State, message: Message, self: Self<Message>) => State | Promise<State>
  readonly info?: (state: State, signal: Signal, self: Self<Message>) => State | Promise<State>
  readonly terminate?: (state: State, reason: ExitReason) => void | Promise<void>
  /**
   * By default a process counts as started once `init` is done, and the exit of its parent ends it even when it traps
   * exits. With 'own' it calls `self.started()` itself, and gets the parent's exit as a signal, so that it can end when
   * it is ready.
   */
  readonly lifecycle?: 'own'
}

/**
 * Bound of a mailbox. Beyond `max` messages the sender gets `overloaded` (`refuse`) or the oldest message is dropped
 * (`drop_oldest`).
 */
export type MailboxBound = { readonly max: number; readonly overflow: 'refuse' | 'drop_oldest' }

export type SpawnOptions = {
  readonly name?: string
  /** Shown in listings; default: the registered name. */
  readonly label?: string
  readonly mailbox?: MailboxBound
  readonly trapExits?: boolean
  /** Links the new process to its creator, atomically with the spawn. */
  readonly link?: Pid
  /** Gets a `started` signal once the new process has started. A process that dies earlier is reported by its exit. */
  readonly startedTo?: Pid
}

/**
 * What any code on a node may do with processes; `Self` adds what only a process can do. Pids, reply addresses and
 * calls work the same across nodes. What is sent to another node must be plain data (JSON's, with undefined, bytes,
 * dates and 64-bit integers), and is copied.
 */
export type Mesh = {
  readonly name: string
  spawn: <Message, State>(behaviour: Behaviour<Message, State>, options?: SpawnOptions) => Pid<Message>
  /** Never throws. Mail without a receiver becomes a counted dead letter. */
  cast: <Message>(target: Target<Message>, message: Message) => CastResult
  /**
   * Rejects with an `ExitError` (`noproc`, or the exit reason of the callee), an `Overloaded`, or a `CallTimeout` after
   * `timeoutMs` (default 5000). A late reply is discarded. The type of the reply comes from the request: `call(pid,
   * (replyTo: ReplyTo<number>) => ({ type: 'count', replyTo }))`.
   */
  call: <Message, Answer, const Request extends Message = Message>(
    target: Target<Message>,
    request: (replyTo: ReplyTo<Answer>) => Request,
    timeoutMs?: number
  ) => Promise<Answer>
  reply: <Answer>(replyTo: ReplyTo<Answer>, answer: Answer) => void
  /**
   * Sends an exit signal. `killed` takes effect at once and cannot be trapped. Any other reason takes effect after the
   * message that is being handled; a process that traps exits gets it as a signal. `normal` ends only a process that
   * sends it to itself.
   */
  exit: (pid: Pid, reason: ExitReason) => void
  whereis: <Message>(name: ProcessName<Message>) => Pid<Message> | undefined
  /** For processes of this node only. Monitor a process of another node to learn about its end. */
  isAlive: (pid: Pid) => boolean
}

/**
 * After the end of the process none of these functions has an effect: it sends no mail, sets no timer and cannot spawn.
 */
export type Self<Message> = Mesh & {
  readonly pid: Pid<Message>
  /** Aborted when this process ends, to cancel what it is awaiting. */
  readonly signal: AbortSignal
  link: (pid: Pid) => void
  unlink: (pid: Pid) => void
  monitor: (target: Target<never>) => MonitorRef
  demonitor: (ref: MonitorRef) => void
  trapExits: (on: boolean) => void
  register: (name: string) => void
  unregister: (name: string) => void
  /** Mail to itself after `ms`. Cancelled at the end of the process. */
  sendAfter: (message: Message, ms: number) => CancelTimer
  sendEvery: (message: Message, ms: number) => CancelTimer
  /** Delivers a `timeout` signal after each period of `ms` without mail; null turns it off. */
  receiveTimeout: (ms: number | null) => void
  /** For a behaviour with `lifecycle: 'own'`: reports that the process has started. */
  started: () => void
}

/** One line of the process list, for the system page, `/metrics` and crash reports. */
export type ProcessInfo = {
  readonly pid: Pid
  readonly label: string
  readonly names: readonly string[]
  readonly state: 'starting' | 'idle' | 'busy'
  readonly mailboxLength: number
  readonly mailboxOldestMs: number
  /** Mail that a full mailbox refused, and mail that it dropped for newer mail. */
  readonly refused: number
  readonly dropped: number
  readonly handled: number
  readonly uptimeMs: number
}

export type Strategy = 'one_for_one' | 'one_for_all' | 'rest_for_one' | 'simple_one_for_one'

/** What a child is made of at each (re)start: a process, or a supervisor with children of its own. */
export type Startable = AnyBehaviour | SupervisorSpec

/** A behaviour whose protocol the supervisor need not know. Made by `worker(...)`. */
export type AnyBehaviour = { readonly spawnUnder: (mesh: Mesh, options: SpawnOptions) => Pid }

export type ChildSpec<Args = void> = {
  readonly id: string
  /**
   * Runs at every (re)start. Only the template of a simple_one_for_one supervisor gets arguments: those of
   * `startChild`.
   */
  readonly start: (args: Args) => Startable
  /** Registered before `init` runs, freed at exit. */
  readonly name?: string
  readonly restart?: 'permanent' | 'transient' | 'temporary'
  /**
   * Time in ms for an orderly stop before the child is killed. Default: 5000 for a worker, no limit for a supervisor.
   */
  readonly shutdown?: number | 'brutal_kill'
  readonly mailbox?: MailboxBound
}

type SupervisorLimits = {
  readonly id: string
  /** Maximum number of restarts within `withinMs` (default 3). One more ends the supervisor with an error. */
  readonly maxRestarts?: number
  /** Default 5000. */
  readonly withinMs?: number
}

/** A supervisor of a list of children, started in order and stopped in reverse. */
export type ListSpec = SupervisorLimits & {
  readonly strategy: Exclude<Strategy, 'simple_one_for_one'>
  readonly children: readonly ChildSpec[]
}

/** A supervisor of many similar children, made from one template by `startChild(args)` and stopped all at once. */
export type TemplateSpec<Args> = SupervisorLimits & {
  readonly strategy: 'simple_one_for_one'
  readonly children: readonly [ChildSpec<Args>]
}

export type SupervisorSpec = ListSpec | TemplateSpec<never>
