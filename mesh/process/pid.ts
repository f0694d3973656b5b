/**
 * Addresses of processes. A pid is plain data. Only the type checker knows which messages its process accepts, so an
 * `Address` fits wherever a `Pid<Message>` is expected. `processName` and `whereis` rely on the caller to name the
 * right type.
 */
import assert from 'node:assert/strict'
import type { Pid, ProcessName } from '../types.ts'

/** A pid at run time. */
export type Address = { readonly node: string; readonly incarnation: number; readonly serial: number }

/** The serial of the node itself, the sender of exits that come from outside every process. No process has it. */
export const nodeSerial = 0

/** A name to find a process by, typed with the protocol of its owner. */
export function processName<Message>(name: string): ProcessName<Message> {
  assert(isProcessName<Message>(name), 'a process name is not empty')
  return name
}

function isProcessName<Message>(name: string): name is ProcessName<Message> {
  return name !== ''
}

export function samePid(one: Pid, other: Pid): boolean {
  return one.serial === other.serial && one.incarnation === other.incarnation && one.node === other.node
}

/** The pid as a key of maps and for display: node, incarnation, serial. */
export function pidKey(pid: Pid): string {
  return `${pid.node}.${pid.incarnation}.${pid.serial}`
}
