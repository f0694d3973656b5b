/**
 * Monitors: one-sided. The watcher gets one `down` signal for each, also when the process does not exist. A signal
 * counts only while its monitor exists, so nothing arrives after `demonitor`.
 */
import { signal, signalProcess } from './delivery.ts'
import type { Address } from './pid.ts'
import { findProcess, isLocal, nodeAddress, reasonGone } from './runtime.ts'
import type { Process, Runtime } from './runtime.ts'
import type { ExitReason, MonitorRef, Pid, Target } from '../types.ts'

export function monitor(runtime: Runtime, watcher: Process, target: Target<never>): MonitorRef {
  const id = ++runtime.lastMonitor
  const ref = { node: runtime.name, monitor: id }
  if (watcher.phase === 'ended') return ref
  const watched = typeof target === 'string' ? runtime.names.get(target) : findProcess(runtime, target)
  const pid = watched?.pid ?? addressOf(runtime, target)

  watcher.watching ??= new Map()
  watcher.watching.set(id, pid)
  if (watched !== undefined) {
    watched.watchers ??= new Map()
    watched.watchers.set(id, watcher.pid)
  } else {
    watchAfar(runtime, id, pid, reason => signalProcess(watcher, { type: 'down', monitor: id, pid, reason }))
  }
  return ref
}

function watchAfar(runtime: Runtime, id: number, pid: Address, tell: (reason: ExitReason) => void): void {
  if (isLocal(runtime, pid) || runtime.remote?.watch(pid, id, tell) !== true) tell(reasonGone(runtime, pid))
}

/** A name without an owner has no pid; the address of the node itself stands in for it. */
function addressOf(runtime: Runtime, target: Target<never>): Address {
  return typeof target === 'string' ? nodeAddress(runtime) : target
}

export function demonitor(runtime: Runtime, watcher: Process, ref: MonitorRef): void {
  const pid = watcher.watching?.get(ref.monitor)
  if (pid === undefined) return
  watcher.watching?.delete(ref.monitor)
  stopWatching(runtime, ref.monitor, pid)
}

function stopWatching(runtime: Runtime, id: number, pid: Pid): void {
  const watched = findProcess(runtime, pid)
  if (watched !== undefined) watched.watchers?.delete(id)
  else if (!isLocal(runtime, pid)) runtime.remote?.unwatch(pid, id)
}

/** A monitor for code outside every process. */
export function exitOf(runtime: Runtime, pid: Pid): Promise<ExitReason> {
  const process = findProcess(runtime, pid)
  return new Promise(resolve => {
    if (process === undefined) return watchAfar(runtime, ++runtime.lastMonitor, pid, resolve)
    process.onlookers ??= new Set()
    process.onlookers.add(resolve)
  })
}

/** Whether a `down` still counts. It counts once. */
export function takeMonitor(watcher: Process, id: number): boolean {
  return watcher.watching?.delete(id) ?? false
}

/** Sends `down` to all watchers of the process, and removes its own monitors. */
export function endMonitors(runtime: Runtime, process: Process, reason: ExitReason): void {
  for (const [id, watcher] of process.watchers ?? []) {
    signal(runtime, watcher, { type: 'down', monitor: id, pid: process.pid, reason })
  }
  process.watchers = undefined
  for (const tell of process.onlookers ?? []) tell(reason)
  process.onlookers = undefined

  for (const [id, pid] of process.watching ?? []) stopWatching(runtime, id, pid)
  process.watching = undefined
}
