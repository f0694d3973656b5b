/**
 * Starts behaviours on other nodes: by a name that the other node allows, with arguments that it checks itself. The
 * result is the pid, or the reason of the failure. A pid that arrives after the timeout belongs to a process that
 * nobody knows: it is killed.
 */
import type { Clock } from '../process/clock.ts'
import { addToEstate } from '../process/ending.ts'
import { ExitError, errorText } from '../process/exit-reason.ts'
import { kind } from './items.ts'
import type { SpawnItem } from './items.ts'
import type { NodeLimits, NodeOptions } from './node-types.ts'
import { nodeSerial } from '../process/pid.ts'
import type { Address } from '../process/pid.ts'
import { pidOf } from './peers.ts'
import type { Peer, Peers, Service } from './peers.ts'
import { signalReason } from './remote-sending.ts'
import { findProcess } from '../process/runtime.ts'
import type { Runtime } from '../process/runtime.ts'
import { spawnStartable } from '../supervisor/supervisor.ts'
import type { ExitReason, Mesh, Pid, SpawnOptions } from '../types.ts'

export type RemoteSpawnOptions = {
  /** A process of this node that the new one is linked to, from its first moment. */
  readonly link?: Pid
  /** A process of this node that gets the `started` signal. */
  readonly startedTo?: Pid
  /** Default 5000. */
  readonly timeoutMs?: number
}

/** Rejects with an ExitError: `noconnection`, or the error from the other node. The caller names the right type. */
export type SpawnOn = <Message = never>(
  node: string,
  behaviour: string,
  args: unknown,
  options?: RemoteSpawnOptions
) => Promise<Pid<Message>>

export type RemoteSpawn = Service<SpawnItem> & { readonly spawnOn: SpawnOn }

type Deps = {
  readonly runtime: Runtime
  readonly mesh: Mesh
  readonly peers: Peers
  readonly clock: Clock
  readonly limits: NodeLimits
  readonly behaviours: NonNullable<NodeOptions['behaviours']>
}

type Pending = {
  readonly peer: Peer
  readonly resolve: (pid: Address) => void
  readonly reject: (error: Error) => void
  readonly cancel: () => void
}

const timeoutMsDefault = 5000

export function remoteSpawn(deps: Deps): RemoteSpawn {
  const pending = new Map<number, Pending>()
  const guests = new Map<string, number>()
  let lastId = 0

  function settle(id: number): Pending | undefined {
    const waiting = pending.get(id)
    pending.delete(id)
    waiting?.cancel()
    return waiting
  }

  function fail(id: number, reason: ExitReason): void {
    settle(id)?.reject(new ExitError(reason))
  }

  function spawnOn(
    node: string,
    behaviour: string,
    args: unknown,
    { link, startedTo, timeoutMs = timeoutMsDefault }: RemoteSpawnOptions = {}
  ): Promise<Address> {
    const peer = deps.peers.named(node)
    if (peer === undefined) return Promise.reject(new ExitError('noconnection'))
    const id = ++lastId
    return new Promise((resolve, reject) => {
      const cancel = deps.clock.after(timeoutMs, () =>
        fail(id, failure('SpawnTimeout', `${node} did not start ${behaviour} within ${timeoutMs} ms`))
      )
      pending.set(id, { peer, resolve, reject, cancel })
      const sent = peer.link.send([
        kind.spawn,
        id,
        behaviour,
        args,
        link?.serial ?? nodeSerial,
        startedTo?.serial ?? nodeSerial
      ])
      if (sent !== 'ok') fail(id, failure('SpawnRefused', `the request to start ${behaviour} on ${node} is ${sent}`))
    })
  }

  function receive(peer: Peer, item: SpawnItem): boolean {
    switch (item[0]) {
      case kind.spawn:
        return spawnHere(deps, guests, peer, item)
      case kind.spawned: {
        const pid = pidOf(peer, item[2])
        const waiting = settle(item[1])
        if (waiting === undefined) deps.mesh.exit(pid, 'killed')
        else waiting.resolve(pid)
        return true
      }
      case kind.spawnFailed:
        fail(item[1], item[2])
        return true
    }
  }

  return {
    spawnOn,
    linkUp: () => {},
    receive,
    linkDown: peer => {
      for (const [id, waiting] of pending) if (waiting.peer === peer) fail(id, 'noconnection')
    }
  }
}

function spawnHere(
  deps: Deps,
  guests: Map<string, number>,
  peer: Peer,
  [, id, name, args, link, startedTo]: Extract<SpawnItem, { 0: typeof kind.spawn }>
): boolean {
  const { runtime, behaviours, limits, mesh } = deps
  const make = Object.hasOwn(behaviours, name) ? behaviours[name] : undefined
  if (make === undefined) {
    return refuse(peer, id, failure('NotAllowed', `${mesh.name} starts no ${name} for other nodes`))
  }
  const running = guests.get(peer.node.name) ?? 0
  if (running >= limits.spawnedMax) {
    return refuse(peer, id, failure('TooMany', `${mesh.name} runs ${running} processes for ${peer.node.name} already`))
  }

  try {
    const pid = spawnStartable(mesh, make(args), {
      label: name,
      ...(link !== nodeSerial && { link: pidOf(peer, link) }),
      ...(startedTo !== nodeSerial && { startedTo: pidOf(peer, startedTo) })
    } satisfies SpawnOptions)
    count(guests, peer.node.name, 1)
    const process = findProcess(runtime, pid)
    if (process !== undefined) addToEstate(process, () => count(guests, peer.node.name, -1))
    return peer.link.signal([kind.spawned, id, pid.serial])
  } catch (error) {
    return refuse(peer, id, { error: errorText(error) })
  }
}

/** Counted by node name: its processes here outlive a lost link, unless they were linked to a process there. */
function count(guests: Map<string, number>, node: string, by: 1 | -1): void {
  const total = (guests.get(node) ?? 0) + by
  if (total === 0) guests.delete(node)
  else guests.set(node, total)
}

function refuse(peer: Peer, id: number, reason: ExitReason): true {
  signalReason(peer, reason, decent => [kind.spawnFailed, id, decent])
  return true
}

function failure(name: string, message: string): ExitReason {
  return { error: { name, message } }
}
