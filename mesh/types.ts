/**
 * The vocabulary of the process runtime, in the words of Erlang/OTP. Everything here is plain data or a function
 * over plain data, so that a pid, a reference or a reply address can cross a link to another node unchanged.
 */

/** Address of one process on one incarnation of one node. Plain data; two pids are equal when all three parts are. */
export type Pid<Message = never> = {
  readonly node: string
  readonly incarnation: number
  readonly serial: number
  /** Never present at run time: keeps pids of different protocols apart for the type checker. */
  readonly accepts?: (message: Message) => void
}

/** A registered name that remembers, for the type checker, what its owner understands. Made by `processName`. */
export type ProcessName<Message> = string & { readonly accepts?: (message: Message) => void }

/** Who mail goes to: a pid, or the name of whoever is registered under it at that moment. */
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
 * What became of a cast, as far as the sender can know at once. To another node it is `ok` also when nobody is there,
 * and `overloaded` when what waits for the link has reached its bound.
 */
export type CastResult = 'ok' | 'overloaded' | 'noproc'

export type MonitorRef = { readonly node: string; readonly monitor: number }

/** Where the answer to a call goes. Plain data: it may be stored, forwarded, and answered by another process. */
export type ReplyTo<Answer> = {
  readonly node: string
  readonly incarnation: number
  readonly call: number
  readonly accepts?: (answer: Answer) => void
}

/** Signals of the runtime, as opposed to mail of the process's own protocol. Handled before mail, never bounded. */
export type Signal =
  | { readonly type: 'down'; readonly ref: MonitorRef; readonly pid: Pid; readonly reason: ExitReason }
  | { readonly type: 'exit'; readonly pid: Pid; readonly reason: ExitReason }
  | { readonly type: 'started'; readonly pid: Pid }
  | { readonly type: 'timeout' }
  /** Of the nodes that this one is linked with; a node that restarts is another one. */
  | { readonly type: 'nodeup' | 'nodedown'; readonly node: NodeId }
  /** Of a global name that this process asked for: it owns it from now on, or another does. */
  | { readonly type: 'name_won' | 'name_lost'; readonly name: string; readonly owner: Pid }

/** One run of a node, and where others reach it ("host:port"); null for one that does not listen. */
export type NodeId = { readonly name: string; readonly incarnation: number; readonly address: string | null }

export type CancelTimer = () => void

/**
 * What a process is. `handle` gets the mail of its protocol, `info` the runtime's signals (`down` of what it monitors,
 * `exit` when it traps exits, `started` of what it spawned so, `timeout` of receiveTimeout, and those of nodes and
 * global names that it asked for); without `info` signals are ignored. Either may be async: the mailbox waits. A throw
 * or a rejection in any of them is a crash with `{ error }`. `terminate` runs at every end but a kill, with the last
 * state that `init`, `handle` or `info` returned.
 */
export type Behaviour<Message, State> = {
  readonly init: (self: Self<Message>) => State | Promise<State>
  readonly handle: (state: State, message: Message, self: Self<Message>) => State | Promise<State>
  readonly info?: (state: State, signal: Signal, self: Self<Message>) => State | Promise<State>
  readonly terminate?: (state: State, reason: ExitReason) => void | Promise<void>
  /**
   * A process counts as started once `init` is done, and its parent's exit ends it even when it traps exits. With 'own'
   * it says `self.started()` itself, and gets its parent's exit as a signal, to end when it is ready to.
   */
  readonly lifecycle?: 'own'
}

/** Bound of a mailbox: beyond `max` messages the sender is told (`refuse`) or the oldest goes (`drop_oldest`). */
export type MailboxBound = { readonly max: number; readonly overflow: 'refuse' | 'drop_oldest' }

export type SpawnOptions = {
  readonly name?: string
  /** Shown in listings; the registered name or the behaviour's role. */
  readonly label?: string
  readonly mailbox?: MailboxBound
  readonly trapExits?: boolean
  /** Links the new process to its creator, atomically with the spawn. */
  readonly link?: Pid
  /** Who gets a `started` signal once the new process has started; one that dies before tells by its exit instead. */
  readonly startedTo?: Pid
}

/**
 * What any code on a node may do with processes; `Self` adds what only a process can. Pids, reply addresses and calls
 * work alike for other nodes; what is sent there is plain data (JSON's, with undefined, bytes, dates and 64-bit
 * integers) and copied.
 */
export type Mesh = {
  readonly name: string
  spawn: <Message, State>(behaviour: Behaviour<Message, State>, options?: SpawnOptions) => Pid<Message>
  /** Never throws. Mail that reaches nobody becomes a counted dead letter. */
  cast: <Message>(target: Target<Message>, message: Message) => CastResult
  /**
   * Rejects with an `ExitError` (`noproc`, the callee's exit reason), an `Overloaded` or, after 5000 ms unless told
   * otherwise, a `CallTimeout`; a late answer is discarded. The type of the answer comes from the request:
   * `call(pid, (replyTo: ReplyTo<number>) => ({ type: 'count', replyTo }))`.
   */
  call: <Message, Answer, const Request extends Message = Message>(
    target: Target<Message>,
    request: (replyTo: ReplyTo<Answer>) => Request,
    timeoutMs?: number
  ) => Promise<Answer>
  reply: <Answer>(replyTo: ReplyTo<Answer>, answer: Answer) => void
  /**
   * Asks a process to end. `killed` takes effect at once and cannot be trapped; another reason waits for the message
   * that is being handled, and one that traps exits gets it as a signal. `normal` ends nobody but the process that says
   * it to itself.
   */
  exit: (pid: Pid, reason: ExitReason) => void
  whereis: <Message>(name: ProcessName<Message>) => Pid<Message> | undefined
  /** Of processes of this node only: of others nobody can know but who monitors them. */
  isAlive: (pid: Pid) => boolean
}

/** After its end nothing of this reaches anybody: a dead process sends no mail, sets no timers and cannot spawn. */
export type Self<Message> = Mesh & {
  readonly pid: Pid<Message>
  /** Aborted when this process ends: what it was awaiting is abandoned. */
  readonly signal: AbortSignal
  link: (pid: Pid) => void
  unlink: (pid: Pid) => void
  monitor: (target: Target<never>) => MonitorRef
  demonitor: (ref: MonitorRef) => void
  trapExits: (on: boolean) => void
  register: (name: string) => void
  unregister: (name: string) => void
  /** Mail to itself after `ms`; dies with the process. */
  sendAfter: (message: Message, ms: number) => CancelTimer
  sendEvery: (message: Message, ms: number) => CancelTimer
  /** Delivers a `timeout` signal when no mail came for `ms`; null turns it off. */
  receiveTimeout: (ms: number | null) => void
  /** For a behaviour with a lifecycle of its own: what it had to do before it counts as started is done. */
  started: () => void
}

/** One line of the listing of processes: what the system page, `/metrics` and crash reports show. */
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

/** What a child is made of when it (re)starts: a process, or a supervisor with children of its own. */
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
   * How long an orderly stop may take before the child is killed: default 5000 ms, for a supervisor as long as it
   * takes.
   */
  readonly shutdown?: number | 'brutal_kill'
  readonly mailbox?: MailboxBound
}

type SupervisorLimits = {
  readonly id: string
  /** At most this many restarts (default 3) … */
  readonly maxRestarts?: number
  /** … within this many milliseconds (default 5000); one more ends the supervisor and the failure climbs. */
  readonly withinMs?: number
}

/** A supervisor of a list of children, started in order and stopped in reverse. */
export type ListSpec = SupervisorLimits & {
  readonly strategy: Exclude<Strategy, 'simple_one_for_one'>
  readonly children: readonly ChildSpec[]
}

/** A supervisor of many alike children, made from one template by `startChild(args)` and stopped all at once. */
export type TemplateSpec<Args> = SupervisorLimits & {
  readonly strategy: 'simple_one_for_one'
  readonly children: readonly [ChildSpec<Args>]
}

export type SupervisorSpec = ListSpec | TemplateSpec<never>
