/** The linked nodes as the services between nodes see them. One peer is one link: a new link is a new peer. */
import type { Item } from './items.ts'
import type { NodeLink } from './node-link.ts'
import type { Ties } from './ties.ts'
import type { Address } from '../process/pid.ts'
import type { NodeId } from '../types.ts'

export type Peer = { readonly node: NodeId; readonly link: NodeLink; readonly ties: Ties }

export type Peers = {
  /** The peer of a pid: the link to that incarnation of that node. */
  find: (address: { readonly node: string; readonly incarnation: number }) => Peer | undefined
  named: (name: string) => Peer | undefined
  all: () => Iterable<Peer>
}

/**
 * A service is notified of links, and receives its items. All of it is synchronous, so that the order of a link is
 * kept.
 */
export type Service<Its extends Item> = {
  linkUp: (peer: Peer) => void
  /** Returns false when the peer exceeds a limit, which ends its link. */
  receive: (peer: Peer, item: Its) => boolean
  linkDown: (peer: Peer) => void
}

export function pidOf({ node }: Peer, serial: number): Address {
  return { node: node.name, incarnation: node.incarnation, serial }
}
