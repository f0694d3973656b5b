/**
 * The runtime of one node as code outside every process uses it: start, spawn, cast, call, list. Several may run in one
 * Node.js process, also under one name with different incarnations; they share nothing.
 */
import assert from 'node:assert/strict'
import { call, reply } from './calls.ts'
import { cast, takenThisTurn } from './delivery.ts'
import { end, requestExit } from './ending.ts'
import { exitOf } from './monitors.ts'
import { startSystem, stopSystem } from './nact.ts'
import { spawn } from './process.ts'
import { findProcess, nodeAddress } from './runtime.ts'
import type { MeshOptions, Process, Runtime } from './runtime.ts'
import { ProcessSelf } from './self.ts'
import type { ExitReason, Mesh, Pid, ProcessInfo } from '../types.ts'

export type LocalMesh = Mesh & {
  readonly incarnation: number
  processes: () => ProcessInfo[]
  processInfo: (pid: Pid) => ProcessInfo | undefined
  processCount: () => number
  /** Resolves with the exit reason of the process; at once, with `noproc`, when it has ended before. */
  exitOf: (pid: Pid) => Promise<ExitReason>
  /** Sends `shutdown`, kills the process after `timeoutMs`, and resolves with the reason that it ended with. */
  stopProcess: (pid: Pid, limits: { readonly timeoutMs: number }) => Promise<ExitReason>
  /** Number of dead letters since the start. */
  deadLetters: () => number
  /** Kills all processes. For an orderly end stop the top supervisor first. */
  stop: () => void
}

const runtimes = new WeakMap<LocalMesh, Runtime>()

export function startMesh(options: MeshOptions): LocalMesh {
  assert(options.name !== '', 'a node has a name')
  const runtime = newRuntime(options)
  const mesh: LocalMesh = {
    name: runtime.name,
    incarnation: runtime.incarnation,

    spawn: (behaviour, spawnOptions = {}) => spawn(runtime, behaviour, spawnOptions),
    cast: (target, message) => cast(runtime, target, message),
    call: (target, request, timeoutMs) => call(runtime, undefined, target, request, timeoutMs),
    reply: (replyTo, answer) => reply(runtime, replyTo, answer),
    exit: (pid, reason) => requestExit(runtime, nodeAddress(runtime), pid, reason),
    whereis: name => runtime.names.get(name)?.pid,
    isAlive: pid => findProcess(runtime, pid) !== undefined,

    processes: () => [...runtime.processes.values()].map(infoOf),
    processInfo: pid => {
      const process = findProcess(runtime, pid)
      return process && infoOf(process)
    },
    processCount: () => runtime.processes.size,
    exitOf: pid => exitOf(runtime, pid),
    stopProcess: (pid, { timeoutMs }) => stopProcess(runtime, pid, timeoutMs),
    deadLetters: () => runtime.deadLetters,
    stop: () => stop(runtime)
  }
  runtimes.set(mesh, runtime)
  return mesh
}

/** The runtime behind a mesh, for `mesh/node/`. */
export function runtimeOf(mesh: LocalMesh): Runtime {
  const runtime = runtimes.get(mesh)
  assert(runtime !== undefined, 'a mesh is made by startMesh')
  return runtime
}

function newRuntime(options: MeshOptions): Runtime {
  const runtime: Runtime = {
    name: options.name,
    incarnation: options.incarnation ?? Date.now(),
    options,
    system: startSystem(),
    processes: new Map(),
    names: new Map(),
    calls: new Map(),
    selfFor: process => new ProcessSelf(runtime, process),
    remote: undefined,
    stopped: false,
    deadLetters: 0,
    lastSerial: 0,
    lastMonitor: 0,
    lastCall: 0
  }
  return runtime
}

async function stopProcess(runtime: Runtime, pid: Pid, timeoutMs: number): Promise<ExitReason> {
  const ended = exitOf(runtime, pid)
  requestExit(runtime, nodeAddress(runtime), pid, 'shutdown')
  const deadline = setTimeout(() => requestExit(runtime, nodeAddress(runtime), pid, 'killed'), timeoutMs)
  const reason = await ended
  clearTimeout(deadline)
  return reason
}

function stop(runtime: Runtime): void {
  if (runtime.stopped) return
  runtime.stopped = true
  for (const process of runtime.processes.values()) end(runtime, process, 'killed')
  stopSystem(runtime.system)
}

function infoOf(process: Process): ProcessInfo {
  const now = performance.now()
  const oldest = process.mail.first()
  return {
    pid: process.pid,
    label: process.label,
    names: [...(process.names ?? [])],
    state: process.phase === 'starting' ? 'starting' : process.awake ? 'busy' : 'idle',
    mailboxLength: process.mail.size,
    mailboxOldestMs: oldest === undefined || oldest.arrivedAt === takenThisTurn ? 0 : now - oldest.arrivedAt,
    refused: process.refused,
    dropped: process.dropped,
    handled: process.handled,
    uptimeMs: now - process.bornAt
  }
}
