/**
 * A node: a mesh that is linked with those of other processes and machines. All nodes are equal. A node that joins one
 * gets to know all, and lost links are dialled again. Mail over a link arrives in order or not at all. A link that
 * fails is a `nodedown` for the processes that monitor nodes and a `noconnection` for links, monitors and calls; the
 * next link starts afresh.
 */
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { hostname } from 'node:os'
import type { WebSocket } from 'ws'
import { systemClock } from '../process/clock.ts'
import { createConnecting } from './connecting.ts'
import { createDialler } from './dialler.ts'
import type { Dialler } from './dialler.ts'
import { refusal } from './handshake.ts'
import type { Refusal } from './handshake.ts'
import { introduceAsDialler, introduceAsListener } from './introduction.ts'
import { isAddress, isName, kind, nameCharsMax } from './items.ts'
import { openListener } from './listener.ts'
import { runtimeOf } from '../process/local-mesh.ts'
import type { LocalMesh } from '../process/local-mesh.ts'
import { admitGuest, admitHost, endAttempt, hearOfPeers, welcome } from './membership.ts'
import type { Attempt, Membership } from './membership.ts'
import { nodeServices } from './node-services.ts'
import type { NodeServices } from './node-services.ts'
import { limitsDefault, timingDefault } from './node-types.ts'
import type { LinkInfo, NodeOptions, NodeTls, RefusedNode } from './node-types.ts'
import type { Peer } from './peers.ts'
import { createRefusals, isPassing } from './refusals.ts'
import type { NodeId } from '../types.ts'

export type MeshNode = Pick<NodeServices, 'names' | 'rooms' | 'spawnOn' | 'monitorNodes'> & {
  readonly id: NodeId
  /** Where it listens, "host:port", with the actual port. */
  readonly boundTo: string | undefined
  /** The nodes that this one is linked with. */
  list: () => NodeId[]
  links: () => LinkInfo[]
  /** The nodes that get no link until an operator does something. */
  refused: () => RefusedNode[]
  /**
   * Links with the node at "host:port", and then with all nodes that it knows. A lost link is dialled again. Rejects
   * with a ConnectError when the first attempt fails.
   */
  connect: (address: string) => Promise<NodeId>
  /** Dials an address until its node is linked, now and whenever the link is lost. */
  join: (address: string) => void
  /** Cuts the link with a node. Both sides treat that as a failure and dial again. */
  disconnect: (name: string) => void
  /** Sends a farewell to all nodes and closes the port. The processes of the mesh keep running. */
  stop: () => Promise<void>
}

/** 128 bits: a recorded handshake lets anybody try cookies. */
const cookiePattern = /^[0-9a-f]{32,}$/i

export async function startNode(mesh: LocalMesh, options: NodeOptions): Promise<MeshNode> {
  const runtime = runtimeOf(mesh)
  assert(runtime.remote === undefined, 'a mesh is one node')
  assert(isName(mesh.name), `the name of a node has 1 to ${nameCharsMax} characters`)
  assert(cookiePattern.test(options.cookie), 'a cookie has 32 hex digits at least')
  const { behaviours = {}, cookie, protocol, identity = () => '', clock = systemClock, onEvent = () => {} } = options
  const limits = { ...limitsDefault, ...options.limits }
  const timing = { ...timingDefault, ...options.timing }

  const listener =
    options.listen &&
    (await openListener({
      listen: options.listen,
      tls: options.tls,
      limits,
      timing,
      clock,
      onKnock: (...guest) => knock(membership, ...guest)
    }))
  const peers = new Map<string, Peer>()
  const services = nodeServices(mesh, { linked: peers, limits, clock, behaviours })
  const id = { name: mesh.name, incarnation: mesh.incarnation, address: addressOf(options, listener?.address) }
  const membership: Membership = {
    me: { ...id, cookie, protocol, identity },
    limits,
    timing,
    clock,
    // The hook is user code: what it throws must not end up in here.
    tell: event => queueMicrotask(() => onEvent(event)),
    peers,
    proving: new Map(),
    stopped: false,
    connecting: createConnecting(),
    // A refused node comes again within `redialMsMax`, after an attempt that may take as long as a handshake.
    refusals: createRefusals({ clock, keepMs: 2 * (timing.redialMsMax + timing.handshakeMs), max: limits.nodesMax }),
    dialler: () => dialler,
    linkUp: services.linkUp,
    linkDown: services.linkDown,
    receive: (peer, item) => {
      if (item[0] !== kind.peers) return services.receive(peer, item)
      hearOfPeers(membership, item[1])
      return true
    }
  }
  const dialler = diallerFor(membership, options.tls)
  for (const address of options.join ?? []) dialler.want(address, true)

  async function stop(): Promise<void> {
    if (membership.stopped) return
    membership.stopped = true
    dialler.close()
    membership.connecting.close()
    for (const { link } of [...peers.values()]) link.leave()
    runtime.remote = undefined
    await listener?.close()
  }

  return { id, boundTo: listener?.address, ...services, ...contacts(membership), stop }
}

function contacts(
  membership: Membership
): Pick<MeshNode, 'list' | 'links' | 'refused' | 'connect' | 'join' | 'disconnect'> {
  const { peers, connecting, refusals } = membership
  return {
    list: () => [...peers.values()].map(({ node }) => node),
    links: () => [...peers.values()].map(({ link }) => link.info()),
    refused: refusals.list,
    connect: async address => {
      const name = membership.dialler().nameAt(address)
      const known = name === undefined ? undefined : peers.get(name)
      if (known !== undefined) return known.node
      const outcome = connecting.wait(address)
      if (!membership.dialler().want(address, false)) {
        connecting.failed(address, refusal('full', 'too many addresses are being dialled'))
      }
      return await outcome
    },
    join: address => {
      membership.dialler().want(address, true)
    },
    disconnect: name => peers.get(name)?.link.cut('it was disconnected')
  }
}

/** The address where others find this node. Bound to all interfaces it has many; the host name is as good as any. */
function addressOf({ advertise }: NodeOptions, bound: string | undefined): string | null {
  assert(advertise === undefined || isAddress(advertise), 'an address has the form host:port')
  if (advertise !== undefined || bound === undefined) return advertise ?? null
  return bound.replace(/^(?:0\.0\.0\.0|\[::\])(?=:)/, hostname())
}

function diallerFor(membership: Membership, tls: NodeTls | undefined): Dialler {
  const { me, limits, timing, clock, tell, connecting, refusals } = membership
  return createDialler({
    limits,
    timing,
    clock,
    tls,
    introduce: (address, socket, wire, refused) => {
      const attempt: Attempt = {
        address,
        giveUp: why => {
          socket.terminate()
          fail(why)
        }
      }
      const fail = (why: Refusal): void => {
        endAttempt(membership, attempt)
        refused(why)
      }
      introduceAsDialler({
        socket,
        wire,
        me,
        clock,
        timing,
        admit: node => admitHost(membership, node, attempt),
        done: introduction => {
          endAttempt(membership, attempt)
          welcome(membership, introduction, address)
        },
        refused: fail
      })
    },
    onFailure: (address, why, isNew) => {
      refusals.dialled(address, why)
      // Another connection to the same node wins, and its outcome follows soon.
      if (why.code === 'simultaneous' || why.code === 'connected') return
      if (isNew && why.code !== 'self') tell({ type: 'dial_failed', address, code: why.code, why: why.message })
      if (!connecting.isWaiting(address)) return
      connecting.failed(address, why)
      membership.dialler().forget(address)
    }
  })
}

function knock(membership: Membership, socket: WebSocket, wire: Socket, admitted: () => void): void {
  const { me, clock, timing, tell, refusals } = membership
  const from = `${wire.remoteAddress}:${wire.remotePort}`
  introduceAsListener({
    socket,
    wire,
    me,
    clock,
    timing,
    admit: node => admitGuest(membership, node),
    done: introduction => {
      admitted()
      welcome(membership, introduction, undefined)
    },
    refused: (why, node) => {
      if (node !== undefined) refusals.guest(node, why)
      const { code, message } = why
      if (code === 'unreachable' || !isPassing(why)) tell({ type: 'stranger_refused', from, code, why: message })
    }
  })
}
