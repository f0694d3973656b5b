/**
 * The WebSocket server for other nodes. From its first byte to the last proof a connection is a stranger with a
 * deadline. When there are too many the oldest is closed: a crowd of silent connections cannot keep out a node, which
 * needs milliseconds. A request that is not a WebSocket upgrade gets a 426.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import type { Clock } from '../process/clock.ts'
import { payloadBytesMax } from './node-link.ts'
import type { NodeLimits, NodeTiming, NodeTls } from './node-types.ts'

export type Listener = {
  /** "host:port", as bound. */
  readonly address: string
  /** Resolves when the port is free again. Links are closed by their owner. */
  close: () => Promise<void>
}

export type ListenerOptions = {
  readonly listen: { readonly host: string; readonly port: number }
  readonly tls: NodeTls | undefined
  readonly limits: NodeLimits
  readonly timing: NodeTiming
  readonly clock: Clock
  /** The receiver calls `admitted` when the peer has proven itself, so that it no longer counts as a stranger. */
  readonly onKnock: (socket: WebSocket, wire: Socket, admitted: () => void) => void
}

const headBytesMax = 8 * 1024

export async function openListener({
  listen,
  tls,
  limits,
  timing,
  clock,
  onKnock
}: ListenerOptions): Promise<Listener> {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: payloadBytesMax(limits)
  })
  const server =
    tls === undefined
      ? createServer({ maxHeaderSize: headBytesMax }, sendAway)
      : createTlsServer({ ...tls, maxHeaderSize: headBytesMax }, sendAway)
  // By remote address: below TLS there is another socket object than above it.
  const strangers = new Map<string, { readonly wire: Socket; readonly cancel: () => void }>()

  server.on('connection', (wire: Socket) => {
    wire.setNoDelay(true)
    wire.on('error', () => wire.destroy())
    const from = farEnd(wire)
    wire.on('close', () => {
      if (strangers.get(from)?.wire === wire) forget(from)
    })
    strangers.set(from, { wire, cancel: clock.after(timing.handshakeMs, () => wire.destroy()) })
    const [oldest] = strangers.values()
    if (strangers.size > limits.strangersMax) oldest?.wire.destroy()
  })
  server.on('upgrade', (request, _, head) => {
    const wire = request.socket
    sockets.handleUpgrade(request, wire, head, socket => onKnock(socket, wire, () => forget(farEnd(wire))))
  })

  function forget(from: string): void {
    strangers.get(from)?.cancel()
    strangers.delete(from)
  }

  server.listen(listen)
  await once(server, 'listening')
  return {
    address: textOf(server.address()),
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const { wire } of strangers.values()) wire.destroy()
      await closed
    }
  }
}

const sendAway: RequestListener = (_, response) => {
  response
    .writeHead(426, { Connection: 'close', Upgrade: 'websocket', 'Content-Type': 'text/plain' })
    .end('Nodes of a mesh meet here.\n')
}

function farEnd({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

function textOf(bound: AddressInfo | string | null): string {
  if (bound === null || typeof bound === 'string') throw new Error('a listener is bound to a host and a port')
  return `${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`
}
