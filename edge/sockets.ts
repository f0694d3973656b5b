/**
 * WebSockets, each with a process of its own. The edge owns the socket: it sends the frames of one turn of the event
 * loop as one message to the process, and writes what the process sends back. When one of the two ends, the other is
 * told. Bounded are the number of sockets in total and by owner, the bytes of a frame, and the bytes that wait for a
 * client that does not read; beyond a bound the socket is refused or closed with a code that says why.
 */
import type { Pid, Self } from '../mesh/types.ts'
import type { FramesMessage, SocketMessage } from '../schema/sockets.ts'
import { fail, openExchange, refuseUnread, type Exchange, type HttpState } from './http.ts'
import type { EdgeMessage } from '../actors/edge-messages.ts'
import { edgeRefusals } from './problems.ts'
import type { HttpRequest, Door, WebSocket } from './transport/types.ts'

export type SocketRoute<Grant> = {
  path: string
  frameBytesMax: number
  /** Pages of other origins may read the refusal of an upgrade. */
  cors: boolean
  /** For a client that does not read: close it, or tell its process, which then keeps what comes next. */
  slow: 'close' | 'tell'
  /** Decides before the upgrade, at once or later. Refuses the exchange itself. */
  authorize: (exchange: Exchange, req: HttpRequest, granted: (grant: Grant) => void) => void
  /** Whether the grant still holds. Sockets are checked again, because they outlive the decision. */
  holds: (grant: Grant) => boolean
  /** The owner whose sockets `ownedMax` bounds. */
  ownerOf: (grant: Grant) => string
  ownedMax: number
  /** Starts the process of a socket, which then sends `socket_ready`; rejects when it cannot be started. */
  start: (socket: number, grant: Grant) => Promise<unknown>
}

export type Sockets = {
  add: <Grant>(door: Door, route: SocketRoute<Grant>) => void
  handle: (message: SocketMessage) => void
  /** Closes the socket of a process that has ended. */
  bereaved: (pid: Pid) => void
  /** Closes the sockets whose grant no longer holds. */
  revoke: () => void
  /** Closes every socket as soon as its frames are answered. New frames are dropped. */
  drain: () => void
  size: () => number
  /** How often a client whose process is told of it has begun to read too slowly. */
  slowed: () => number
  /** True while the last bytes of a closed socket may not have left: closing the listener now would lose them. */
  isParting: () => boolean
  sweep: () => void
}

type Connection = {
  number: number
  owner: string
  slow: 'close' | 'tell'
  /** The process has been told that the client is slow. */
  congested: boolean
  holds: () => boolean
  start: () => Promise<unknown>
  ws: WebSocket<Connection> | null
  pid: Pid<FramesMessage> | null
  frames: Uint8Array[]
  frameBytes: number
  /** Frames received less messages sent; a drain waits until it is 0. */
  unanswered: number
}

type Hub = {
  self: Self<EdgeMessage>
  onClosed: () => void
  http: HttpState
  open: Map<number, Connection>
  /** Sockets that were closed before their process had started. */
  early: Map<number, Connection>
  byProcess: Map<number, Connection>
  owners: Map<string, number>
  last: number
  /** Sweeps until the last bytes of the socket that was closed last have surely left. */
  partingSweeps: number
  slowed: number
}

const socketsMax = 10_000
const idleTimeoutS = 120
/** A client for which this much waits is closed. A process that is told has stopped sending long before. */
const backpressureBytesMax = { close: 1024 * 1024, tell: 8 * 1024 * 1024 }
/** Bytes that the kernel has not taken, beyond which the process is told that the client is slow. */
const congestedBytes = 64 * 1024
/** Bytes that a socket may send before its process has started. */
const earlyBytesMax = 4 * 1024 * 1024

/** `onClosed` is called for every socket that has ended. */
export function sockets(self: Self<EdgeMessage>, http: HttpState, onClosed: () => void): Sockets {
  const hub: Hub = {
    self,
    onClosed,
    http,
    open: new Map(),
    early: new Map(),
    byProcess: new Map(),
    owners: new Map(),
    last: 0,
    partingSweeps: 0,
    slowed: 0
  }
  return {
    add: (door, route) => addRoute(hub, door, route),
    handle: message => {
      if (message.type === 'socket_ready') return ready(hub, message.socket, message.pid)
      const connection = hub.open.get(message.socket)
      if (connection === undefined) return
      if (message.type === 'socket_close') connection.ws?.end(message.code, message.reason)
      else send(hub, connection, message.data)
    },
    bereaved: pid => hub.byProcess.get(pid.serial)?.ws?.end(1011, 'try again'),
    revoke: () => {
      for (const { holds, ws } of hub.open.values()) if (!holds()) ws?.end(1008, 'the key has been revoked')
    },
    drain: () => {
      for (const connection of hub.open.values()) endIfAnswered(connection)
    },
    size: () => hub.open.size,
    slowed: () => hub.slowed,
    isParting: () => hub.partingSweeps > 0,
    sweep: () => {
      hub.partingSweeps = Math.max(0, hub.partingSweeps - 1)
    }
  }
}

function addRoute<Grant>(hub: Hub, door: Door, route: SocketRoute<Grant>): void {
  door.webSockets<Connection>(route.path, {
    frameBytesMax: route.frameBytesMax,
    backpressureBytesMax: backpressureBytesMax[route.slow],
    idleTimeoutS,
    upgrade: (res, req, accept) => {
      const exchange = openExchange(hub.http, res, route.cors)
      try {
        route.authorize(exchange, req, grant => {
          if (!exchange.open) return
          if (isFull(hub, route.ownerOf(grant), route.ownedMax)) {
            return refuseUnread(exchange, edgeRefusals.tooManySockets, 0)
          }
          accept(() => {
            if (!exchange.open) return null
            exchange.open = false
            return connectionOf(hub, route, grant)
          })
        })
      } catch (error) {
        fail(exchange, error)
      }
    },
    open: ws => opened(hub, ws),
    message: (ws, message, isBinary) => {
      if (isBinary) ws.end(1003, 'send text frames')
      else if (message.byteLength > route.frameBytesMax) ws.end(1009, 'the frame is too large')
      else gather(hub, ws.getUserData(), new Uint8Array(message.slice(0)))
    },
    drain: ws => drained(hub, ws),
    close: ws => closed(hub, ws.getUserData())
  })
}

function isFull({ open, owners }: Hub, owner: string, ownedMax: number): boolean {
  return open.size >= socketsMax || (owners.get(owner) ?? 0) >= ownedMax
}

function connectionOf<Grant>(hub: Hub, { ownerOf, slow, holds, start }: SocketRoute<Grant>, grant: Grant): Connection {
  const number = ++hub.last
  return {
    number,
    owner: ownerOf(grant),
    slow,
    congested: false,
    holds: () => holds(grant),
    start: () => start(number, grant),
    ws: null,
    pid: null,
    frames: [],
    frameBytes: 0,
    unanswered: 0
  }
}

function opened({ open, early, owners }: Hub, ws: WebSocket<Connection>): void {
  const connection = ws.getUserData()
  const { number, owner, start } = connection
  connection.ws = ws
  open.set(number, connection)
  owners.set(owner, (owners.get(owner) ?? 0) + 1)
  start().catch(() => {
    connection.ws?.end(1013, 'try again later')
    early.delete(number)
  })
}

/** Frames that came before are still handed on: a client may send and leave at once. */
function closed(hub: Hub, connection: Connection): void {
  const { number, owner, pid } = connection
  connection.ws = null
  hub.onClosed()
  hub.partingSweeps = 2
  hub.open.delete(number)
  const left = (hub.owners.get(owner) ?? 1) - 1
  if (left > 0) hub.owners.set(owner, left)
  else hub.owners.delete(owner)
  if (pid === null) hub.early.set(number, connection)
  else letGo(hub, connection, pid)
}

function letGo(hub: Hub, connection: Connection, pid: Pid<FramesMessage>): void {
  sendFrames(hub, connection)
  hub.byProcess.delete(pid.serial)
  hub.self.cast(pid, { type: 'closed' })
}

function ready(hub: Hub, socket: number, pid: Pid<FramesMessage>): void {
  const connection = hub.open.get(socket) ?? hub.early.get(socket)
  // Without a connection it is the process of a socket of an edge that ended before.
  if (connection === undefined) {
    hub.self.cast(pid, { type: 'closed' })
    return
  }
  connection.pid = pid
  if (hub.early.delete(socket)) return letGo(hub, connection, pid)
  hub.byProcess.set(pid.serial, connection)
  hub.self.monitor(pid)
  sendFrames(hub, connection)
}

function gather(hub: Hub, connection: Connection, frame: Uint8Array): void {
  if (hub.http.closing) return
  if (connection.frames.length === 0) setImmediate(sendFrames, hub, connection)
  connection.frames.push(frame)
  connection.frameBytes += frame.byteLength
  connection.unanswered += 1
  if (connection.pid === null && connection.frameBytes > earlyBytesMax) {
    connection.ws?.end(1013, 'too much before the start')
  }
}

function sendFrames({ self }: Hub, connection: Connection): void {
  const { pid, frames } = connection
  if (pid === null || frames.length === 0) return
  connection.frames = []
  connection.frameBytes = 0
  self.cast(pid, { type: 'frames', frames })
}

function send(hub: Hub, connection: Connection, data: readonly (string | Uint8Array)[]): void {
  const { self, http } = hub
  connection.unanswered = Math.max(0, connection.unanswered - data.length)
  connection.ws?.cork(() => {
    // `ws` is looked up again for each line: uWS may close a slow client between two of them.
    for (const line of data) connection.ws?.send(line, false)
  })
  if (!connection.congested && connection.pid !== null && (connection.ws?.getBufferedAmount() ?? 0) > congestedBytes) {
    connection.congested = true
    if (connection.slow === 'tell') hub.slowed += 1
    self.cast(connection.pid, { type: 'congested' })
  }
  if (http.closing) endIfAnswered(connection)
}

function drained({ self }: Hub, ws: WebSocket<Connection>): void {
  const connection = ws.getUserData()
  if (!connection.congested || connection.pid === null || ws.getBufferedAmount() > 0) return
  connection.congested = false
  self.cast(connection.pid, { type: 'drained' })
}

function endIfAnswered({ ws, unanswered }: Connection): void {
  if (unanswered === 0) ws?.end(1001, 'this server is shutting down')
}
