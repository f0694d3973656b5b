/**
 * The nodes that this one is linked with: exactly one link for each, no matter which side dialled. When two nodes dial
 * each other at once, the attempt of the node with the lesser name wins; the other is refused, or abandoned by its own
 * side. A node that comes with a later incarnation has been restarted: its old link is cut, because its old processes
 * are gone.
 */
import type { Clock } from '../process/clock.ts'
import type { Connecting } from './connecting.ts'
import type { Dialler } from './dialler.ts'
import { refusal } from './handshake.ts'
import type { Party, Refusal } from './handshake.ts'
import type { Introduction } from './introduction.ts'
import { kind } from './items.ts'
import { nodeLink } from './node-link.ts'
import type { ServiceItem } from './node-link.ts'
import type { NodeEvent, NodeLimits, NodeTiming } from './node-types.ts'
import type { Peer } from './peers.ts'
import type { Refusals } from './refusals.ts'
import { noTies } from './ties.ts'
import type { NodeId } from '../types.ts'

export type Membership = {
  readonly me: Party
  readonly limits: NodeLimits
  readonly timing: NodeTiming
  readonly clock: Clock
  readonly dialler: () => Dialler
  readonly connecting: Connecting
  readonly refusals: Refusals
  readonly linkUp: (peer: Peer) => void
  readonly linkDown: (peer: Peer) => void
  readonly receive: (peer: Peer, item: ServiceItem) => boolean
  readonly tell: (event: NodeEvent) => void

  /** By name. */
  readonly peers: Map<string, Peer>
  /** Our attempts that the other side is deciding on. */
  readonly proving: Map<string, Attempt>
  stopped: boolean
}

/** `giveUp` ends an attempt in favour of another connection to the same node. */
export type Attempt = { readonly address: string; readonly giveUp: (why: Refusal) => void }

/** Decides whether a node that connected and knows the cookie gets a link. */
export function admitGuest(membership: Membership, node: NodeId): Refusal | undefined {
  const { me, proving } = membership
  const objection = objectionTo(membership, node)
  if (objection !== undefined) return objection
  const mine = proving.get(node.name)
  if (mine !== undefined && me.name < node.name) {
    return refusal('simultaneous', `${me.name} is dialling ${node.name} itself`)
  }
  mine?.giveUp(refusal('simultaneous', `${node.name} dialled first`))
  return undefined
}

/** Decides whether to prove ourselves to the node at an address that we dialled. */
export function admitHost(membership: Membership, node: NodeId, attempt: Attempt): Refusal | undefined {
  const { proving } = membership
  const objection = objectionTo(membership, node)
  if (objection?.code === 'connected') {
    membership.dialler().reached(attempt.address, node.name)
    membership.connecting.reached(attempt.address, node)
  }
  if (objection !== undefined) return objection
  if (proving.has(node.name)) return refusal('simultaneous', `${node.name} is being dialled at another address`)
  proving.set(node.name, attempt)
  return undefined
}

export function endAttempt({ proving }: Membership, attempt: Attempt): void {
  for (const [name, other] of proving) if (other === attempt) proving.delete(name)
}

function objectionTo({ me, peers, limits, stopped }: Membership, node: NodeId): Refusal | undefined {
  if (stopped) return refusal('full', `${me.name} is leaving`)
  const peer = peers.get(node.name)
  if (peer === undefined) {
    return peers.size < limits.nodesMax
      ? undefined
      : refusal('full', `${me.name} is linked with ${peers.size} nodes already`)
  }
  if (peer.node.incarnation === node.incarnation) {
    return refusal('connected', `${me.name} and ${node.name} are linked already`)
  }
  if (peer.node.incarnation > node.incarnation) return refusal('name', `a later ${node.name} is linked with ${me.name}`)
  return undefined
}

/** Makes the link, after both sides have proven themselves. */
export function welcome(
  membership: Membership,
  { node, socket, wire, keys, dialled }: Introduction,
  address: string | undefined
): void {
  const { peers, limits, timing, clock } = membership
  peers.get(node.name)?.link.cut('it was restarted')
  const ties = noTies()
  const peer: Peer = {
    node,
    ties,
    link: nodeLink({
      node,
      dialled,
      socket,
      wire,
      keys,
      limits,
      timing,
      clock,
      onItem: item => membership.receive(peer, item),
      onDown: (why, isFarewell) => farewell(membership, peer, why, isFarewell)
    })
  }
  peers.set(node.name, peer)
  peer.link.signal([kind.peers, othersThan(membership, peer)])
  membership.linkUp(peer)
  membership.refusals.forget(node, address)
  for (const known of [node.address, address]) {
    if (known == null) continue
    membership.dialler().reached(known, node.name)
    membership.connecting.reached(known, node)
  }
  membership.tell({ type: 'nodeup', node })
}

function farewell(membership: Membership, peer: Peer, why: string, isFarewell: boolean): void {
  const { node } = peer
  if (membership.peers.get(node.name) === peer) membership.peers.delete(node.name)
  membership.linkDown(peer)
  membership.dialler().lost(node.name, isFarewell)
  membership.tell({ type: 'nodedown', node, why })
}

/**
 * The peers that a new node should dial too. Nodes that are linked already are not told of it: the new one dials them.
 */
function othersThan({ peers }: Membership, peer: Peer): [name: string, address: string][] {
  return [...peers.values()].flatMap(({ node: { name, address } }) =>
    address === null || name === peer.node.name ? [] : [[name, address]]
  )
}

export function hearOfPeers(
  membership: Membership,
  nodes: readonly (readonly [name: string, address: string])[]
): void {
  for (const [name, address] of nodes) {
    if (name !== membership.me.name && !membership.peers.has(name)) membership.dialler().want(address, false)
  }
}
