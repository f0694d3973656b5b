/**
 * Addresses of processes. A pid is plain data; what its process understands is known to the type checker alone, which
 * is why an `Address` fits wherever a `Pid<Message>` is wanted. `processName` and `whereis` rely on the right type
 * being asked for.
 */
import assert from 'node:assert/strict'
import type { Pid, ProcessName } from '../types.ts'

/** What a pid is at run time. */
export type Address = { readonly node: string; readonly incarnation: number; readonly serial: number }

/** The serial of a node itself: the sender of what comes from outside every process. No process has it. */
export const nodeSerial = 0

/** A name to find a process by, with the protocol that its owner understands. */
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

/** The pid as a key of maps, and as people read it: node, incarnation, serial. */
export function pidKey(pid: Pid): string {
  return `${pid.node}.${pid.incarnation}.${pid.serial}`
}
