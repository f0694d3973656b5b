/** What a node is told when it starts, and what it tells: limits, times and events. */
import type { Clock } from '../process/clock.ts'
import type { AnyBehaviour, NodeId, SupervisorSpec } from '../types.ts'

export type NodeOptions = {
  /** What all nodes of a mesh know and nobody else does: at least 16 characters, better 32 random bytes. */
  readonly cookie: string
  /**
   * What the processes of this node say to those of others, with its version: 'mesher 1'. Must be equal on both sides.
   */
  readonly protocol: string
  /** Where other nodes may knock; port 0 takes a free one. Without it this node only dials. */
  readonly listen?: { readonly host: string; readonly port: number }
  /** Under which address others reach it, "host:port"; default: where it listens. */
  readonly advertise?: string
  /**
   * In PEM: links are TLS then, on all nodes alike. Certificates are checked against `ca`, or the system's authorities.
   */
  readonly tls?: NodeTls
  /** Addresses that are dialled again and again while no node there is linked. */
  readonly join?: readonly string[]
  /** What other nodes may start here, by name. The arguments come from there: a throw refuses them. */
  readonly behaviours?: Readonly<Record<string, (args: unknown) => AnyBehaviour | SupervisorSpec>>
  readonly limits?: Partial<NodeLimits>
  readonly timing?: Partial<NodeTiming>
  readonly clock?: Clock
  readonly onEvent?: (event: NodeEvent) => void
}

export type NodeTls = { readonly key: string; readonly cert: string; readonly ca?: string }

/** Who goes beyond a limit of the second kind is cut off: no honest node does. */
export type NodeLimits = {
  readonly nodesMax: number
  /** Connections that have not proven themselves yet; one more ends the oldest. */
  readonly strangersMax: number
  /** Of one frame, in either direction: what one message may take. */
  readonly frameBytesMax: number
  /** Waiting to be sent to one node. Beyond it casts and calls are refused; beyond twice as much the link breaks. */
  readonly bufferBytesMax: number
  /** Read from one node; who sends faster is read slower. */
  readonly bytesPerSMax: number

  /** Links, monitors and calls of one other node on processes of this one, each. */
  readonly tiesMax: number
  /** Processes that one other node has started here and that are alive: one more is refused. */
  readonly spawnedMax: number
  /** Global names that one node claims, and rooms that it has an interest in. */
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
  /** How often the other side is asked for a sign of life. */
  readonly heartbeatMs: number
  /** Without one for so long a link is down. */
  readonly downAfterMs: number
  /** From the first byte to the last proof. */
  readonly handshakeMs: number
  /** Pause before a wrong cookie is told so. */
  readonly refusalMs: number
  /**
   * Pauses between attempts to reach a node: the first, doubling up to the last, each shortened at random by up to a
   * half.
   */
  readonly redialMsMin: number
  readonly redialMsMax: number
  /** A node that was lost and not reached for so long is forgotten, unless it is one to join. */
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

/** What a log wants to know. `why` is a sentence, or the beginning of one. */
export type NodeEvent =
  | { readonly type: 'nodeup'; readonly node: NodeId }
  | { readonly type: 'nodedown'; readonly node: NodeId; readonly why: string }
  /** Somebody knocked here and was sent away. */
  | { readonly type: 'stranger_refused'; readonly from: string; readonly why: string }
  /** An attempt of ours to reach a node failed; told once for each reason until it succeeds. */
  | { readonly type: 'dial_failed'; readonly address: string; readonly why: string }

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
  /** Mail that the link's bound refused. */
  readonly refused: number
}
