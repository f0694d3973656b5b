/**
 * The ties across one link: links, monitors and calls between processes of the two nodes, in both directions. When the
 * link is lost each of ours is notified once, with `noconnection`. When a process here ends, its own tables notify the
 * other side.
 */
import { failCall } from '../process/calls.ts'
import { signalProcess } from '../process/delivery.ts'
import type { Process, Runtime } from '../process/runtime.ts'
import type { ExitReason, Pid } from '../types.ts'

export type Ties = {
  /** By the serials of both sides. */
  readonly links: Map<string, { readonly process: Process; readonly pid: Pid }>
  /** `watching`: monitors of ours on theirs. `watched`: monitors of theirs on ours. */
  readonly watching: Map<number, (reason: ExitReason) => void>
  readonly watched: Map<number, Watched>
  /** `calling`: calls of ours to theirs. `called`: calls of theirs to ours. */
  readonly calling: Set<number>
  readonly called: Map<number, Watched>
}

/** A process of this node whose end is reported to the peer. */
export type Watched = { readonly process: Process; readonly tell: (reason: ExitReason) => void }

export function noTies(): Ties {
  return { links: new Map(), watching: new Map(), watched: new Map(), calling: new Set(), called: new Map() }
}

export function tieKey(ours: number, theirs: number): string {
  return `${ours}.${theirs}`
}

/** Reports the end of a process to the peer, once. Returns false for an id that is in use. */
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

/** The link is gone, and with it all processes of the other node. */
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
