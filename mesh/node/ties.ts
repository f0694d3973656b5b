/**
 * Who here is tied to whom on the other side of a link: links, monitors and calls, in both directions. The loss of the
 * link is told from it to everybody here, once, as `noconnection`. An end here is told there by what the process
 * carries with it.
 */
import { failCall } from '../process/calls.ts'
import { signalProcess } from '../process/delivery.ts'
import type { Process, Runtime } from '../process/runtime.ts'
import type { ExitReason, Pid } from '../types.ts'

export type Ties = {
  /** By the serials of both sides. */
  readonly links: Map<string, { readonly process: Process; readonly pid: Pid }>
  /** Ours who watch theirs, and theirs who watch ours. */
  readonly watching: Map<number, (reason: ExitReason) => void>
  readonly watched: Map<number, Watched>
  /** Calls of ours to theirs, and of theirs to ours. */
  readonly calling: Set<number>
  readonly called: Map<number, Watched>
}

/** A process of ours whose end is to be told. */
export type Watched = { readonly process: Process; readonly tell: (reason: ExitReason) => void }

export function noTies(): Ties {
  return { links: new Map(), watching: new Map(), watched: new Map(), calling: new Set(), called: new Map() }
}

export function tieKey(ours: number, theirs: number): string {
  return `${ours}.${theirs}`
}

/** Has the end of a process told, once. False for an id that is in use. */
export function observe(
  table: Map<number, Watched>,
  id: number,
  process: Process,
  tellPeer: (reason: ExitReason) => void
): boolean {
  if (table.has(id)) return false
  const tell = (reason: ExitReason): void => {
    table.delete(id)
    tellPeer(reason)
  }
  table.set(id, { process, tell })
  process.onlookers ??= new Set()
  process.onlookers.add(tell)
  return true
}

export function release(table: Map<number, Watched>, id: number): void {
  const watched = table.get(id)
  if (watched === undefined) return
  table.delete(id)
  watched.process.onlookers?.delete(watched.tell)
}

/** The link is gone, and with it everybody there. */
export function cutTies(runtime: Runtime, { links, watching, watched, calling, called }: Ties): void {
  for (const id of [...called.keys()]) release(called, id)
  for (const id of [...watched.keys()]) release(watched, id)
  for (const { process, pid } of links.values()) {
    signalProcess(process, { type: 'exit', pid, reason: 'noconnection', cause: 'link' })
  }
  for (const tell of watching.values()) tell('noconnection')
  for (const id of calling) failCall(runtime, id, 'noconnection')
  for (const table of [links, watching, calling]) table.clear()
}
