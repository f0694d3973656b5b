/**
 * What a process can do: everything a mesh can, and what only a process can. Each process has its own, so that the
 * runtime knows who acts. Once the process has ended, calls from code that it left running have no effect. It is a
 * class because 100,000 processes share its methods, where closures would cost a kilobyte each; so its methods must not
 * be detached from it.
 */
import { call, reply } from './calls.ts'
import { announceStart, cast } from './delivery.ts'
import { requestExit } from './ending.ts'
import { ExitError } from './exit-reason.ts'
import { link, unlink } from './links.ts'
import { demonitor, monitor } from './monitors.ts'
import { registerName, unregisterName } from './names.ts'
import type { Address } from './pid.ts'
import { spawn } from './process.ts'
import { countDeadLetter, findProcess } from './runtime.ts'
import type { Process, Runtime } from './runtime.ts'
import { receiveTimeout, sendAfter, sendEvery } from './timers.ts'
import type {
  Behaviour,
  CancelTimer,
  CastResult,
  ExitReason,
  MonitorRef,
  Pid,
  ProcessName,
  ReplyTo,
  Self,
  SpawnOptions,
  Target
} from '../types.ts'

export class ProcessSelf implements Self<unknown> {
  readonly pid: Address
  readonly #runtime: Runtime
  readonly #process: Process

  constructor(runtime: Runtime, process: Process) {
    this.pid = process.pid
    this.#runtime = runtime
    this.#process = process
  }

  get name(): string {
    return this.#runtime.name
  }

  /** Made when first needed: most processes never await anything that could be aborted. */
  get signal(): AbortSignal {
    const process = this.#process
    process.abort ??= new AbortController()
    if (!this.#lives) process.abort.abort(new ExitError('noproc'))
    return process.abort.signal
  }

  get #lives(): boolean {
    return this.#process.phase !== 'ended'
  }

  spawn<Message, State>(behaviour: Behaviour<Message, State>, options: SpawnOptions = {}): Pid<Message> {
    if (!this.#lives) throw new ExitError('noproc')
    return spawn(this.#runtime, behaviour, options)
  }

  cast<Message>(target: Target<Message>, message: Message): CastResult {
    if (this.#lives) return cast(this.#runtime, target, message)
    countDeadLetter(this.#runtime, { to: target, message, why: 'ended' })
    return 'noproc'
  }

  call<Message, Answer, const Request extends Message = Message>(
    target: Target<Message>,
    request: (replyTo: ReplyTo<Answer>) => Request,
    timeoutMs?: number
  ): Promise<Answer> {
    if (!this.#lives) return Promise.reject(new ExitError('noproc'))
    return call(this.#runtime, this.#process, target, request, timeoutMs)
  }

  reply<Answer>(replyTo: ReplyTo<Answer>, answer: Answer): void {
    if (this.#lives) reply(this.#runtime, replyTo, answer)
  }

  exit(pid: Pid, reason: ExitReason): void {
    if (this.#lives) requestExit(this.#runtime, this.pid, pid, reason)
  }

  whereis<Message>(name: ProcessName<Message>): Pid<Message> | undefined {
    return this.#runtime.names.get(name)?.pid
  }

  isAlive(pid: Pid): boolean {
    return findProcess(this.#runtime, pid) !== undefined
  }

  link(pid: Pid): void {
    if (this.#lives) link(this.#runtime, this.#process, pid)
  }

  unlink(pid: Pid): void {
    unlink(this.#runtime, this.#process, pid)
  }

  monitor(target: Target<never>): MonitorRef {
    return monitor(this.#runtime, this.#process, target)
  }

  demonitor(ref: MonitorRef): void {
    demonitor(this.#runtime, this.#process, ref)
  }

  trapExits(on: boolean): void {
    this.#process.trapsExits = on
  }

  register(name: string): void {
    if (this.#lives) registerName(this.#runtime, this.#process, name)
  }

  unregister(name: string): void {
    unregisterName(this.#runtime, this.#process, name)
  }

  sendAfter(message: unknown, ms: number): CancelTimer {
    return this.#lives ? sendAfter(this.#runtime, this.#process, message, ms) : noTimer
  }

  sendEvery(message: unknown, ms: number): CancelTimer {
    return this.#lives ? sendEvery(this.#runtime, this.#process, message, ms) : noTimer
  }

  receiveTimeout(ms: number | null): void {
    if (this.#lives) receiveTimeout(this.#process, ms)
  }

  started(): void {
    if (this.#lives) announceStart(this.#runtime, this.#process)
  }
}

function noTimer(): void {}
