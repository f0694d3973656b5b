/**
 * What a process can do: everything a mesh can, and what only a process can. Each has its own, so that the runtime knows
 * who acts; and a process that has ended, while something it started goes on, acts no more.
 */
import { call, reply } from './calls.ts'
import { announceStart, cast } from './delivery.ts'
import { requestExit } from './ending.ts'
import { ExitError } from './exit-reason.ts'
import { link, unlink } from './links.ts'
import { demonitor, monitor } from './monitors.ts'
import { registerName, unregisterName } from './names.ts'
import { spawn } from './process.ts'
import { countDeadLetter, findProcess } from './runtime.ts'
import type { Process, Runtime } from './runtime.ts'
import { receiveTimeout, sendAfter, sendEvery } from './timers.ts'
import type { Self } from './types.ts'

export function makeSelf (runtime: Runtime, process: Process): Self<unknown> {
  const lives = () => process.phase !== 'ended'
  return {
    name: runtime.name,
    pid: process.pid,
    get signal () { return signalOf(process) },

    spawn: (behaviour, options = {}) => {
      if (!lives()) throw new ExitError('noproc')
      return spawn(runtime, behaviour, options)
    },
    cast: (target, message) => {
      if (lives()) return cast(runtime, target, message)
      countDeadLetter(runtime, { to: target, message, why: 'ended' })
      return 'noproc'
    },
    call: (target, request, timeoutMs) => {
      return lives() ? call(runtime, process, target, request, timeoutMs) : Promise.reject(new ExitError('noproc'))
    },
    reply: (replyTo, answer) => { if (lives()) reply(runtime, replyTo, answer) },
    exit: (pid, reason) => { if (lives()) requestExit(runtime, process.pid, pid, reason) },
    whereis: name => runtime.names.get(name)?.pid,
    isAlive: pid => findProcess(runtime, pid) !== undefined,

    link: pid => { if (lives()) link(runtime, process, pid) },
    unlink: pid => unlink(runtime, process, pid),
    monitor: target => monitor(runtime, process, target),
    demonitor: ref => demonitor(runtime, process, ref),
    trapExits: on => { process.trapsExits = on },
    register: name => { if (lives()) registerName(runtime, process, name) },
    unregister: name => unregisterName(runtime, process, name),

    sendAfter: (message, ms) => lives() ? sendAfter(runtime, process, message, ms) : noTimer,
    sendEvery: (message, ms) => lives() ? sendEvery(runtime, process, message, ms) : noTimer,
    receiveTimeout: ms => { if (lives()) receiveTimeout(process, ms) },
    started: () => { if (lives()) announceStart(runtime, process) }
  }
}

function noTimer (): void {}

/** Made when first asked for: most processes await nothing that they could abandon. */
function signalOf (process: Process): AbortSignal {
  process.abort ??= new AbortController()
  if (process.phase === 'ended') process.abort.abort(new ExitError('noproc'))
  return process.abort.signal
}
