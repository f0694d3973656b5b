/**
 * WebSockets of the transport on `node:http`, by the library `ws`. It keeps what uWebSockets.js keeps by itself: a
 * client that does not read, or is silent, is closed; `end` closes for the edge at once, while the last bytes leave.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket as WsSocket } from 'ws'
import type { WebSocket, WebSocketRoute } from './types.ts'

/** A frame of this many times the route's limit is not read: the connection is closed with 1009. */
const payloadFactor = 4
/** For a client to agree to a close. */
const closeTimeoutMs = 5_000
const sweepMs = 15_000

export type NodeWebSockets = {
  /** Makes a WebSocket of the connection. One whose request is no good gets a 400 from `ws`, without `onOpen`. */
  accept: <Data>(route: WebSocketRoute<Data>, data: Data, upgrade: Upgrade, onOpen: () => void) => void
  closeAll: () => void
}

export type Upgrade = { message: IncomingMessage; connection: Duplex; head: Buffer }

type Kept = { socket: WsSocket; idleTimeoutMs: number; heardAt: number; asked: boolean }

export function nodeWebSockets(): NodeWebSockets {
  const servers = new Map<number, WebSocketServer>()
  const kept = new Set<Kept>()
  const sweeps = setInterval(sweep, sweepMs)
  sweeps.unref()

  function serverFor(frameBytesMax: number): WebSocketServer {
    const known = servers.get(frameBytesMax)
    if (known !== undefined) return known
    const options = { noServer: true, clientTracking: false, perMessageDeflate: false }
    // Its types do not know `closeTimeout` yet.
    const more = { maxPayload: frameBytesMax * payloadFactor, closeTimeout: closeTimeoutMs }
    const made = new WebSocketServer({ ...options, ...more })
    servers.set(frameBytesMax, made)
    return made
  }

  function accept<Data>(
    route: WebSocketRoute<Data>,
    data: Data,
    { message, connection, head }: Upgrade,
    onOpen: () => void
  ): void {
    serverFor(route.frameBytesMax).handleUpgrade(message, connection, head, socket => {
      const entry = { socket, idleTimeoutMs: route.idleTimeoutS * 1_000, heardAt: performance.now(), asked: false }
      kept.add(entry)
      onOpen()
      const hear = (): void => {
        entry.heardAt = performance.now()
        entry.asked = false
      }
      socket.on('message', hear)
      socket.on('ping', hear)
      socket.on('pong', hear)
      socket.on('close', () => kept.delete(entry))
      attach(route, data, socket, connection)
    })
  }

  /** Asks those that were silent for half of their time, and closes those that did not reply. */
  function sweep(): void {
    const now = performance.now()
    for (const entry of kept) {
      const silentMs = now - entry.heardAt
      if (silentMs > entry.idleTimeoutMs) entry.socket.terminate()
      else if (!entry.asked && silentMs > entry.idleTimeoutMs / 2) {
        entry.asked = true
        entry.socket.ping()
      }
    }
  }

  return {
    accept,
    closeAll: () => {
      clearInterval(sweeps)
      for (const { socket } of kept) socket.terminate()
    }
  }
}

function attach<Data>(route: WebSocketRoute<Data>, data: Data, socket: WsSocket, connection: Duplex): void {
  let isClosed = false
  const closed = (): void => {
    if (isClosed) return
    isClosed = true
    route.close(own)
  }
  const own: WebSocket<Data> = {
    getUserData: () => data,
    send: (message, isBinary) => {
      if (isClosed) return
      socket.send(message, { binary: isBinary })
      if (socket.bufferedAmount <= route.backpressureBytesMax) return
      socket.terminate()
      closed()
    },
    end: (code, reason) => {
      socket.close(code, reason)
      closed()
    },
    cork: work => {
      connection.cork()
      work()
      connection.uncork()
    },
    getBufferedAmount: () => socket.bufferedAmount
  }
  socket.on('message', (message, isBinary) => {
    if (!isClosed) route.message(own, bytesOf(message), isBinary)
  })
  connection.on('drain', () => {
    if (!isClosed) route.drain(own)
  })
  socket.on('close', closed)
  // A breach of the protocol, or a connection that broke: `close` follows.
  socket.on('error', () => {})
  route.open(own)
}

function bytesOf(message: Buffer | ArrayBuffer | Buffer[]): ArrayBuffer {
  if (message instanceof ArrayBuffer) return message
  const whole = Array.isArray(message) ? Buffer.concat(message) : message
  return Uint8Array.from(whole).buffer
}
