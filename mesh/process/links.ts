/**
 * Links: mutual and idempotent. The end of one side reaches the other as an exit signal, which ends it too unless it
 * traps exits. A signal counts only while its link exists, so nothing arrives after `unlink`, and nothing arrives
 * twice.
 */
import { signal, signalProcess } from './delivery.ts'
import { pidKey } from './pid.ts'
import { findProcess, isLocal, reasonGone } from './runtime.ts'
import type { Process, Runtime } from './runtime.ts'
import type { ExitReason, Pid } from '../types.ts'

export function link(runtime: Runtime, process: Process, pid: Pid): void {
  tie(process, pid)
  const other = findProcess(runtime, pid)
  if (other !== undefined) tie(other, process.pid)
  else if (isLocal(runtime, pid) || runtime.remote?.link(process, pid) !== true) {
    signalProcess(process, { type: 'exit', pid, reason: reasonGone(runtime, pid), cause: 'link' })
  }
}

export function unlink(runtime: Runtime, process: Process, pid: Pid): void {
  if (process.links?.delete(pidKey(pid)) !== true) return
  const other = findProcess(runtime, pid)
  if (other !== undefined) other.links?.delete(pidKey(process.pid))
  else if (!isLocal(runtime, pid)) runtime.remote?.unlink(process, pid)
}

export function tie(process: Process, pid: Pid): void {
  process.links ??= new Map()
  process.links.set(pidKey(pid), pid)
}

/** Whether an exit signal that came over a link still counts. It counts once. */
export function takeLink(process: Process, pid: Pid): boolean {
  return process.links?.delete(pidKey(pid)) ?? false
}

/** Sends the exit to all linked processes. Their side of the link exists until they have taken the signal. */
export function breakLinks(runtime: Runtime, process: Process, reason: ExitReason): void {
  for (const pid of process.links?.values() ?? []) {
    signal(runtime, pid, { type: 'exit', pid: process.pid, reason, cause: 'link' })
  }
  process.links = undefined
}
