/** The options, limits, timing and events of a node. */
import type { Clock } from '../process/clock.ts'
import type { RefusalCode } from './handshake.ts'
import type { AnyBehaviour, NodeId, SupervisorSpec } from '../types.ts'

export type NodeOptions = {
  /** The shared secret of all nodes of a mesh: at least 32 hex digits, better 32 random bytes. */
  readonly cookie: string
  /** The protocol of the application with its version, for instance 'mesher 1'. Must be equal on both sides. */
  readonly protocol: string
  /**
   * What the nodes of a mesh share besides, for instance the id of a database: nodes with different ones do not link.
   * It is asked for at each handshake, compared after the cookie, and never sent. Default: the empty text.
   */
  readonly identity?: () => string
  /** Where to listen for other nodes; port 0 takes a free one. Without it this node only dials. */
  readonly listen?: { readonly host: string; readonly port: number }
  /** The address where others reach this node, "host:port"; default: where it listens. */
  readonly advertise?: string
  /**
   * In PEM. With it links use TLS besides, on all nodes alike, so that a node also proves which machine it is.
   * Certificates are checked against `ca`, or the system's authorities.
   */
  readonly tls?: NodeTls
  /** Addresses that are dialled again and again while their nodes are not linked. */
  readonly join?: readonly string[]
  /**
   * The behaviours that other nodes may start here, by name. The arguments come from the other node: a throw refuses
   * them.
   */
  readonly behaviours?: Readonly<Record<string, (args: unknown) => AnyBehaviour | SupervisorSpec>>
  readonly limits?: Partial<NodeLimits>
  readonly timing?: Partial<NodeTiming>
  readonly clock?: Clock
  readonly onEvent?: (event: NodeEvent) => void
}

export type NodeTls = { readonly key: string; readonly cert: string; readonly ca?: string }

/** A peer that exceeds a limit of the second group is disconnected: no correct node does. */
export type NodeLimits = {
  readonly nodesMax: number
  /** Connections that have not proven themselves yet; one more closes the oldest. */
  readonly strangersMax: number
  /** Size of one frame, in either direction, and so of one message. */
  readonly frameBytesMax: number
  /** Waiting to be sent to one node. Beyond it casts and calls are refused; beyond twice as much the link breaks. */
  readonly bufferBytesMax: number
  /** Read from one node. A faster sender is slowed down. */
  readonly bytesPerSMax: number

  /** Links, monitors and calls of one other node on processes of this one, each. */
  readonly tiesMax: number
  /** Living processes that one other node has started here; one more is refused. */
  readonly spawnedMax: number
  /** Global names that one node claims, and rooms that it has members in. */
  readonly namesMax: number
  readonly roomsMax: number
}

export const limitsDefault: NodeLimits = {
  nodesMax: 64,
  strangersMax: 64,
  frameBytesMax: 16 * 2 ** 20,
  bufferBytesMax: 64 * 2 ** 20,
  bytesPerSMax: 256 * 2 ** 20,
  tiesMax: 100_000,
  spawnedMax: 1_000,
  namesMax: 10_000,
  roomsMax: 10_000
}

export type NodeTiming = {
  /** Interval of pings. */
  readonly heartbeatMs: number
  /** A link is down after this much silence. */
  readonly downAfterMs: number
  /** From the first byte to the last proof. */
  readonly handshakeMs: number
  /** Pause before the refusal of a wrong cookie is sent. */
  readonly refusalMs: number
  /**
   * Pauses between attempts to reach a node: the first, doubling up to the last. Each is shortened at random by up to
   * half.
   */
  readonly redialMsMin: number
  readonly redialMsMax: number
  /** A lost node that was unreachable for this long is forgotten, unless it is one to join. */
  readonly forgetMs: number
}

export const timingDefault: NodeTiming = {
  heartbeatMs: 5_000,
  downAfterMs: 15_000,
  handshakeMs: 5_000,
  refusalMs: 1_000,
  redialMsMin: 100,
  redialMsMax: 10_000,
  forgetMs: 3_600_000
}

/** Events for the log. `why` is a sentence, or the beginning of one. */
export type NodeEvent =
  | { readonly type: 'nodeup'; readonly node: NodeId }
  | { readonly type: 'nodedown'; readonly node: NodeId; readonly why: string }
  /** A connection to this node was refused. */
  | { readonly type: 'stranger_refused'; readonly from: string; readonly code: RefusalCode; readonly why: string }
  /** An attempt to reach a node failed. Reported once for each reason until an attempt succeeds. */
  | { readonly type: 'dial_failed'; readonly address: string; readonly code: RefusalCode; readonly why: string }

/** A node that gets no link until an operator does something. `name` is null while only its address is known. */
export type RefusedNode = {
  readonly name: string | null
  readonly address: string | null
  readonly code: RefusalCode
  readonly why: string
}

/** A link as the system page shows it. */
export type LinkInfo = {
  readonly node: NodeId
  readonly dialled: boolean
  readonly upMs: number
  readonly roundTripMs: number | undefined
  readonly sentItems: number
  readonly sentBytes: number
  readonly receivedItems: number
  readonly receivedBytes: number
  readonly bufferedBytes: number
  /** Mail that the bound of the link refused. */
  readonly refused: number
}
