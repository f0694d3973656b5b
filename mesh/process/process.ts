/**
 * The life of a process: spawn, then activations. One activation handles what waits, signals first, until nothing is
 * left, a promise has to be awaited, or its time slice is over and the rest of the event loop gets its turn. What the
 * behaviour throws ends this process and nothing else.
 */
import assert from 'node:assert/strict'
import { announceStart, wake } from './delivery.ts'
import { condemn, end } from './ending.ts'
import { errorText, isAbnormal } from './exit-reason.ts'
import { link } from './links.ts'
import { spawnActor, wakeActor } from './nact.ts'
import { registerName } from './names.ts'
import type { Address } from './pid.ts'
import { Queue } from './queue.ts'
import { reportCrash } from './runtime.ts'
import type { Letter, Process, Runtime, Stage, SystemMail } from './runtime.ts'
import { takeSignal } from './signals.ts'
import type { Behaviour, ExitReason, Self, SpawnOptions } from '../types.ts'

/** One activation yields after this many messages or this much time, whichever comes first. */
const turnsMax = 1000
const sliceMs = 2

export function spawn<Message, State>(
  runtime: Runtime,
  behaviour: Behaviour<Message, State>,
  options: SpawnOptions
): Address {
  assert(!runtime.stopped, 'a mesh that was stopped spawns nothing')
  // The type of mail is checked where it is sent: only a Pid<Message> leads here. Inside the runtime it is unknown.
  const process = newProcess(runtime, behaviour as unknown as Behaviour<unknown, unknown>, options)
  runtime.processes.set(process.pid.serial, process)
  if (options.link !== undefined) link(runtime, process, options.link)
  if (options.name !== undefined) takeName(runtime, process, options.name)
  wake(process)
  return process.pid
}

/** A name that is taken ends the new process with an error, so its creator learns of it as of any other crash. */
function takeName(runtime: Runtime, process: Process, name: string): void {
  try {
    registerName(runtime, process, name)
  } catch (error) {
    crash(runtime, process, 'init', error)
  }
}

function newProcess(runtime: Runtime, behaviour: Behaviour<unknown, unknown>, options: SpawnOptions): Process {
  const serial = ++runtime.lastSerial
  const process: Process = {
    pid: { node: runtime.name, incarnation: runtime.incarnation, serial },
    label: options.label ?? options.name ?? 'process',
    behaviour,
    bound: options.mailbox,
    parent: options.link,
    startedTo: options.startedTo,
    bornAt: performance.now(),
    mail: new Queue(),
    system: new Queue(),
    actor: spawnActor(runtime.system, `p${serial}`, () => activate(runtime, process)),
    self: undefined,
    state: undefined,
    phase: 'starting',
    awake: true,
    executing: false,
    verdict: undefined,
    trapsExits: options.trapExits ?? false,
    handled: 0,
    refused: 0,
    dropped: 0,
    turnsLeft: 0,
    yieldsAt: 0,
    links: undefined,
    watchers: undefined,
    watching: undefined,
    onlookers: undefined,
    names: undefined,
    estate: undefined,
    timers: undefined,
    idleTimer: undefined,
    callers: undefined,
    calling: undefined,
    abort: undefined
  }
  return process
}

function activate(runtime: Runtime, process: Process): Promise<void> | undefined {
  process.turnsLeft = turnsMax
  process.yieldsAt = 0
  return proceed(runtime, process)
}

/** Handles what waits. Never throws, and its promise never rejects. */
function proceed(runtime: Runtime, process: Process): Promise<void> | undefined {
  while (hasWork(process)) {
    if (isSliceOver(process)) {
      wakeActor(process.actor)
      return undefined
    }
    const pending = step(runtime, process)
    if (pending !== undefined) return pending.then(() => proceed(runtime, process))
  }
  process.awake = false
  return undefined
}

function hasWork({ phase, mail, system, verdict }: Process): boolean {
  if (phase === 'ended') return false
  return mail.size > 0 || system.size > 0 || phase === 'starting' || verdict !== undefined
}

/** The first message does not read the clock: most activations have only one. */
function isSliceOver(process: Process): boolean {
  const turnsLeft = process.turnsLeft--
  if (turnsLeft === turnsMax) return false
  const now = performance.now()
  if (process.yieldsAt === 0) process.yieldsAt = now + sliceMs
  return turnsLeft <= 0 || now > process.yieldsAt
}

function step(runtime: Runtime, process: Process): Promise<void> | undefined {
  if (process.verdict !== undefined) return terminate(runtime, process, process.verdict)
  if (process.phase === 'starting') return start(runtime, process)
  const system = process.system.shift()
  if (system !== undefined) return takeSystemMail(runtime, process, system)
  const letter = process.mail.shift()
  return letter === undefined ? undefined : takeLetter(runtime, process, letter)
}

function selfOf(runtime: Runtime, process: Process): Self<unknown> {
  process.self ??= runtime.selfFor(process)
  return process.self
}

function start(runtime: Runtime, process: Process): Promise<void> | undefined {
  return run(runtime, process, 'init', () => process.behaviour.init(selfOf(runtime, process)))
}

function takeLetter(runtime: Runtime, process: Process, { message }: Letter): Promise<void> | undefined {
  process.handled += 1
  if (process.idleTimer !== undefined) process.idleTimer.lastMailAt = performance.now()
  return run(runtime, process, 'handle', () =>
    process.behaviour.handle(process.state, message, selfOf(runtime, process))
  )
}

function takeSystemMail(runtime: Runtime, process: Process, mail: SystemMail): Promise<void> | undefined {
  const { info } = process.behaviour
  const taken = takeSignal(runtime, process, mail)
  if (taken === undefined || info === undefined) return undefined
  return run(runtime, process, 'info', () => info(process.state, taken, selfOf(runtime, process)))
}

/** `terminate` needs a state. A process that was killed, or whose `init` did not finish, has none to rely on. */
function terminate(runtime: Runtime, process: Process, reason: ExitReason): Promise<void> | undefined {
  const { terminate } = process.behaviour
  const hasState = process.phase === 'running' && reason !== 'killed'
  if (terminate === undefined || !hasState) {
    end(runtime, process, reason)
    return undefined
  }
  process.phase = 'ending'
  const finish = () => end(runtime, process, process.verdict ?? reason)
  const pending = run(runtime, process, 'terminate', () => terminate(process.state, reason))
  if (pending !== undefined) return pending.then(finish)
  finish()
  return undefined
}

/** Runs a function of the behaviour. The result of one that outlives its process is ignored. */
function run(runtime: Runtime, process: Process, stage: Stage, work: () => unknown): Promise<void> | undefined {
  let pending: Promise<void> | undefined
  process.executing = true
  try {
    const result = work()
    if (result instanceof Promise) {
      pending = result.then(
        state => accept(runtime, process, stage, state),
        (error: unknown) => crash(runtime, process, stage, error)
      )
    } else {
      accept(runtime, process, stage, result)
    }
  } catch (error) {
    crash(runtime, process, stage, error)
  }
  process.executing = false
  // It killed itself, directly or not: what it awaits is abandoned.
  if (process.verdict === 'killed') end(runtime, process, 'killed')
  return pending
}

function accept(runtime: Runtime, process: Process, stage: Stage, state: unknown): void {
  if (process.phase === 'ended' || stage === 'terminate') return
  process.state = state
  if (stage !== 'init') return
  process.phase = 'running'
  if (process.behaviour.lifecycle !== 'own') announceStart(runtime, process)
}

function crash(runtime: Runtime, process: Process, stage: Stage, thrown: unknown): void {
  if (process.phase === 'ended') return
  const reason: ExitReason = { error: errorText(thrown) }
  reportCrash(runtime, { pid: process.pid, label: process.label, during: stage, reason })
  // An orderly end with a failing `terminate` is not orderly.
  if (process.phase === 'ending' && process.verdict !== undefined && !isAbnormal(process.verdict)) {
    process.verdict = reason
  }
  condemn(process, reason)
}
