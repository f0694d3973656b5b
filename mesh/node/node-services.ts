/**
 * The services between nodes, put together: remote processes, remote spawn, global names and rooms. Each item goes to
 * the service that it belongs to.
 */
import type { Clock } from '../process/clock.ts'
import { signalProcess } from '../process/delivery.ts'
import { addToEstate } from '../process/ending.ts'
import { globalNames } from './global-names.ts'
import type { GlobalNames } from './global-names.ts'
import { kind } from './items.ts'
import type { PeersItem } from './items.ts'
import { runtimeOf } from '../process/local-mesh.ts'
import type { LocalMesh } from '../process/local-mesh.ts'
import type { ServiceItem } from './node-link.ts'
import type { NodeLimits, NodeOptions } from './node-types.ts'
import type { Peer, Peers } from './peers.ts'
import { receiveForProcess } from './remote-receiving.ts'
import { remoteSending } from './remote-sending.ts'
import { remoteSpawn } from './remote-spawn.ts'
import type { SpawnOn } from './remote-spawn.ts'
import { createRooms } from './rooms.ts'
import type { Rooms } from './rooms.ts'
import { findProcess } from '../process/runtime.ts'
import type { Process, Runtime } from '../process/runtime.ts'
import { cutTies } from './ties.ts'
import type { NodeId, Pid } from '../types.ts'

export type NodeServices = {
  readonly names: GlobalNames
  readonly rooms: Rooms
  readonly spawnOn: SpawnOn
  /**
   * Sends `nodeup` and `nodedown` signals to a process of this node until it ends; first a `nodeup` for each node that
   * is linked now.
   */
  readonly monitorNodes: (pid: Pid) => void
  readonly linkUp: (peer: Peer) => void
  readonly linkDown: (peer: Peer) => void
  /** Returns false when the peer exceeds a limit. */
  readonly receive: (peer: Peer, item: Exclude<ServiceItem, PeersItem>) => boolean
}

type ServiceOptions = {
  readonly linked: ReadonlyMap<string, Peer>
  readonly limits: NodeLimits
  readonly clock: Clock
  readonly behaviours: NonNullable<NodeOptions['behaviours']>
}

export function nodeServices(mesh: LocalMesh, { linked, limits, clock, behaviours }: ServiceOptions): NodeServices {
  const runtime = runtimeOf(mesh)
  const peers: Peers = {
    find: ({ node, incarnation }) => {
      const peer = linked.get(node)
      return peer?.node.incarnation === incarnation ? peer : undefined
    },
    named: name => linked.get(name),
    all: () => linked.values()
  }
  const spawning = remoteSpawn({ runtime, mesh, peers, clock, limits, behaviours })
  const { names, service: naming } = globalNames(runtime, peers, clock, limits)
  const { rooms, service: housing } = createRooms(runtime, peers, limits)
  const watchers = new Set<Process>()
  runtime.remote = remoteSending(runtime, peers, limits)

  return {
    names,
    rooms,
    spawnOn: spawning.spawnOn,
    monitorNodes: pid =>
      monitorNodes(
        runtime,
        watchers,
        [...linked.values()].map(({ node }) => node),
        pid
      ),
    linkUp: peer => {
      for (const service of [naming, housing]) service.linkUp(peer)
      for (const process of watchers) signalProcess(process, { type: 'nodeup', node: peer.node })
    },
    linkDown: peer => {
      cutTies(runtime, peer.ties)
      for (const service of [spawning, naming, housing]) service.linkDown(peer)
      for (const process of watchers) signalProcess(process, { type: 'nodedown', node: peer.node })
    },
    receive: (peer, item) => {
      switch (item[0]) {
        case kind.spawn:
        case kind.spawned:
        case kind.spawnFailed:
          return spawning.receive(peer, item)
        case kind.claim:
        case kind.unclaim:
          return naming.receive(peer, item)
        case kind.interest:
        case kind.publish:
          return housing.receive(peer, item)
        case kind.cast:
        case kind.call:
        case kind.callFailed:
        case kind.forgetCall:
        case kind.reply:
        case kind.link:
        case kind.unlink:
        case kind.exit:
        case kind.started:
        case kind.watch:
        case kind.unwatch:
        case kind.down:
          return receiveForProcess(runtime, peer, item, limits.tiesMax)
      }
    }
  }
}

function monitorNodes(runtime: Runtime, watchers: Set<Process>, nodes: NodeId[], pid: Pid): void {
  const process = findProcess(runtime, pid)
  if (process === undefined || watchers.has(process)) return
  watchers.add(process)
  addToEstate(process, () => watchers.delete(process))
  for (const node of nodes) signalProcess(process, { type: 'nodeup', node })
}
