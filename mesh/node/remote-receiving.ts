/**
 * Handles what processes of another node send to processes of this one. For a process that no longer exists this node
 * replies itself: to a link with an exit, to a monitor with `down`, to a call with its failure; mail becomes a dead
 * letter.
 */
import { failCall, resolveCall } from '../process/calls.ts'
import { deliver, signalProcess } from '../process/delivery.ts'
import { requestExit } from '../process/ending.ts'
import { kind } from './items.ts'
import type { ProcessItem } from './items.ts'
import { tie } from '../process/links.ts'
import { pidKey } from '../process/pid.ts'
import { pidOf } from './peers.ts'
import type { Peer } from './peers.ts'
import { signalReason } from './remote-sending.ts'
import { countDeadLetter } from '../process/runtime.ts'
import type { Runtime } from '../process/runtime.ts'
import { observe, release, tieKey } from './ties.ts'
import type { ExitReason } from '../types.ts'

/** Returns false when the peer has more ties than its limit. */
export function receiveForProcess(runtime: Runtime, peer: Peer, item: ProcessItem, tiesMax: number): boolean {
  const { ties } = peer
  switch (item[0]) {
    case kind.cast:
      takeCast(runtime, item[1], item[2])
      break
    case kind.call:
      takeCall(runtime, peer, item[1], item[2], item[3])
      break
    case kind.callFailed:
      if (ties.calling.delete(item[1])) failCall(runtime, item[1], item[2])
      break
    case kind.forgetCall:
      release(ties.called, item[1])
      break
    case kind.reply:
      ties.calling.delete(item[1])
      resolveCall(runtime, item[1], item[2], peer.node.name)
      break
    case kind.link:
      takeLink(runtime, peer, item[1], item[2])
      break
    case kind.unlink:
      takeUnlink(peer, item[1], item[2])
      break
    case kind.exit:
      takeExit(runtime, peer, item)
      break
    case kind.started:
      takeStarted(runtime, peer, item[1], item[2])
      break
    case kind.watch:
      takeWatch(runtime, peer, item[1], item[2])
      break
    case kind.unwatch:
      release(ties.watched, item[1])
      break
    case kind.down:
      takeDown(peer, item[1], item[2])
  }
  return ties.links.size <= tiesMax && ties.called.size <= tiesMax && ties.watched.size <= tiesMax
}

function takeCast(runtime: Runtime, serial: number, message: unknown): void {
  const process = runtime.processes.get(serial)
  if (process !== undefined && deliver(runtime, process, message) === 'ok') return
  const to = { node: runtime.name, incarnation: runtime.incarnation, serial }
  countDeadLetter(runtime, { to, message, why: process === undefined ? 'noproc' : 'refused' })
}

function takeCall(runtime: Runtime, peer: Peer, id: number, serial: number, message: unknown): void {
  const { link, ties } = peer
  const process = runtime.processes.get(serial)
  if (process === undefined) {
    link.signal([kind.callFailed, id, 'noproc'])
    return
  }
  if (deliver(runtime, process, message) !== 'ok') {
    link.signal([kind.callFailed, id, 'overloaded'])
    return
  }
  observe(ties.called, id, process, reason => {
    signalReason(peer, reason, decent => [kind.callFailed, id, decent])
  })
}

function takeWatch(runtime: Runtime, peer: Peer, id: number, serial: number): void {
  const process = runtime.processes.get(serial)
  if (process === undefined) {
    peer.link.signal([kind.down, id, 'noproc'])
    return
  }
  observe(peer.ties.watched, id, process, reason => {
    signalReason(peer, reason, decent => [kind.down, id, decent])
  })
}

function takeDown({ ties }: Peer, id: number, reason: ExitReason): void {
  const tell = ties.watching.get(id)
  ties.watching.delete(id)
  tell?.(reason)
}

function takeLink(runtime: Runtime, peer: Peer, from: number, to: number): void {
  const process = runtime.processes.get(to)
  if (process === undefined) {
    peer.link.signal([kind.exit, to, from, 'noproc', 'link'])
    return
  }
  const pid = pidOf(peer, from)
  tie(process, pid)
  peer.ties.links.set(tieKey(to, from), { process, pid })
}

function takeUnlink({ ties }: Peer, from: number, to: number): void {
  const key = tieKey(to, from)
  const tied = ties.links.get(key)
  ties.links.delete(key)
  tied?.process.links?.delete(pidKey(tied.pid))
}

function takeExit(
  runtime: Runtime,
  peer: Peer,
  [, from, to, reason, cause]: Extract<ProcessItem, { 0: typeof kind.exit }>
): void {
  const pid = pidOf(peer, from)
  if (cause === 'link') peer.ties.links.delete(tieKey(to, from))
  const process = runtime.processes.get(to)
  if (process === undefined) return
  if (cause === 'link') signalProcess(process, { type: 'exit', pid, reason, cause })
  else requestExit(runtime, pid, process.pid, reason)
}

function takeStarted(runtime: Runtime, peer: Peer, from: number, to: number): void {
  const process = runtime.processes.get(to)
  if (process !== undefined) signalProcess(process, { type: 'started', pid: pidOf(peer, from) })
}
