/**
 * The transport that runs wherever Node.js does: `node:http` and `ws`. Its parser takes all that RFC 9112 allows and
 * refuses what it forbids. Slow bodies are the edge's business (body.ts); a head must arrive in time. A connection that
 * was refused before there was a request gets the edge's own answer and ends.
 */
import { createServer, IncomingMessage, ServerResponse, type Server } from 'node:http'
import { Server as NetServer, type AddressInfo, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { headBytesMax, headTimeoutMs } from './limits.ts'
import { bytesOf, endSoftly, NodeRequest, NodeResponse } from './node-exchange.ts'
import { createRouter, type Router } from './node-router.ts'
import { nodeWebSockets, type NodeWebSockets, type Upgrade } from './node-sockets.ts'
import {
  type BadRequest,
  type Door,
  type DoorOptions,
  type HttpResponse,
  type Listener,
  type ListenOptions,
  type RouteHandler,
  type RouteMethod,
  type Transport,
  type WebSocketRoute
} from './types.ts'

/** Longer than the proxies keep idle connections, so that none is closed under their hands. */
const keepAliveMs = 75_000
const checkEveryMs = 1_000
/** A client that neither sends nor reads for this long is gone. */
const silentMs = 120_000

export const transport: Transport = {
  name: 'node',
  openDoor,
  // Node times nothing but the head.
  bearWith: () => {}
}

type Watch = (connection: Pick<HttpResponse, 'close'>, change: number) => void
type UpgradeRoute = (request: NodeRequest, answer: NodeResponse, upgrade: Upgrade, response: ServerResponse) => void

type State = DoorOptions & {
  router: Router
  webSockets: NodeWebSockets
  upgradeRoutes: Map<string, UpgradeRoute>
  /** Connections that have become WebSockets. */
  upgraded: WeakSet<Duplex>
  /** The last request of each connection, with its answer. */
  last: WeakMap<Duplex, { message: IncomingMessage; response: ServerResponse }>
  /** Connections that end after a bad request: what came behind it is no request. */
  refused: WeakSet<Duplex>
}

/**
 * Node hands every request with an Upgrade header to the listener for upgrades, where there is one: h2c too, which some
 * clients offer with each request. Only WebSockets are upgrades here; the others are plain requests.
 */
class Incoming extends IncomingMessage {
  get upgrade(): boolean {
    return offersUpgrade.has(this) && (this.method === 'CONNECT' || isWebSocket(this))
  }

  /** Node assigns it before it has read the headers. */
  set upgrade(offers: boolean | null) {
    if (offers === true) offersUpgrade.add(this)
    else offersUpgrade.delete(this)
  }
}

const offersUpgrade = new WeakSet<IncomingMessage>()
/** Sixteen bytes in base64. */
const webSocketKeyChars = 24

function isWebSocket({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    headers['sec-websocket-key']?.length === webSocketKeyChars
  )
}

function openDoor({ badRequest }: DoorOptions): Door {
  const state: State = {
    badRequest,
    router: createRouter(),
    webSockets: nodeWebSockets(),
    upgradeRoutes: new Map(),
    upgraded: new WeakSet(),
    last: new WeakMap(),
    refused: new WeakSet()
  }
  const server = createServer({
    IncomingMessage: Incoming,
    maxHeaderSize: headBytesMax,
    headersTimeout: headTimeoutMs,
    requestTimeout: 0,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: checkEveryMs,
    requireHostHeader: false,
    noDelay: true
  })
  server.timeout = silentMs
  // All that fit into the head count: one that is dropped unseen might be a second Host.
  server.maxHeadersCount = 0
  // A client may close its sending side and wait for the answer. The types do not know this one.
  Object.assign(server, { httpAllowHalfOpen: true })
  server.on('request', (message, response) => receive(state, message, response))
  server.on('upgrade', (message, connection, head) => upgrade(state, { message, connection, head }))
  server.on('clientError', (error: NodeJS.ErrnoException, connection) => refuse(state, connection, badRequestOf(error)))

  const add = (method: RouteMethod) => (path: string, handler: RouteHandler) => state.router.add(method, path, handler)
  const [get, head, post, put, patch, del, options, any] = [
    add('get'),
    add('head'),
    add('post'),
    add('put'),
    add('patch'),
    add('del'),
    add('options'),
    add('any')
  ]
  return {
    ...{ get, head, post, put, patch, del, options, any },
    webSockets: (path, route) => state.upgradeRoutes.set(path, upgradeRouteOf(state, route)),
    watchConnections: watch => {
      server.on('connection', connection => watchOne(state, connection, watch))
    },
    listen: given => listen(server, state, given)
  }
}

function watchOne({ upgraded }: State, connection: Socket, watch: Watch): void {
  connection.on('close', () => {
    if (!upgraded.has(connection)) watch({ close: () => {} }, -1)
  })
  watch({ close: () => connection.destroy() }, 1)
}

function receive(state: State, message: IncomingMessage, response: ServerResponse): void {
  if (state.refused.has(message.socket)) return
  const bad = framingFault(message)
  if (bad !== null) return refuse(state, message.socket, bad)
  state.last.set(message.socket, { message, response })
  const request = new NodeRequest(message)
  const answer = new NodeResponse(message, response)
  const isTaken = state.router.find(request.getMethod(), request.getUrl(), ({ handler, parameters }) => {
    request.enter(parameters)
    handler(answer, request)
    return !request.yielded
  })
  if (isTaken) return
  state.last.delete(message.socket)
  refuse(state, message.socket, 'malformed')
}

/** What the parser lets through although RFC 9112 forbids it. */
function framingFault({ headers, rawHeaders, httpVersion }: IncomingMessage): BadRequest | null {
  const coding = headers['transfer-encoding']
  if (coding !== undefined && coding.trim().toLowerCase() !== 'chunked') return 'transfer_coding'
  if (headers.host === undefined) return httpVersion === '1.1' ? 'no_host' : null
  let hosts = 0
  for (let at = 0; at < rawHeaders.length; at += 2) if (rawHeaders[at]?.toLowerCase() === 'host') hosts += 1
  return hosts > 1 ? 'two_hosts' : null
}

function badRequestOf({ code }: NodeJS.ErrnoException): BadRequest {
  if (code === 'HPE_HEADER_OVERFLOW') return 'head_too_large'
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'head_timeout'
  return code === 'HPE_INVALID_TRANSFER_ENCODING' ? 'transfer_coding' : 'malformed'
}

/** Answers and ends the connection, behind the answer to a request that came whole before. */
function refuse({ badRequest, refused, last }: State, connection: Duplex, what: BadRequest): void {
  if (refused.has(connection)) return
  refused.add(connection)
  const end = (): void => {
    if (connection.writable) connection.write(bytesOf(badRequest(what)))
    endSoftly(connection)
  }
  const before = last.get(connection)
  if (before?.message.complete === true && !before.response.writableFinished) before.response.once('finish', end)
  else end()
}

/** Node gives no response to upgrades; this one is bound to the connection by hand. */
function upgrade(state: State, given: Upgrade): void {
  const { message, connection } = given
  connection.on('error', () => connection.destroy())
  const bad = framingFault(message)
  if (bad !== null) return refuse(state, connection, bad)
  const response = new ServerResponse(message)
  response.shouldKeepAlive = false
  response.assignSocket(message.socket)
  response.on('finish', () => endSoftly(connection))
  const request = new NodeRequest(message)
  const route = state.upgradeRoutes.get(request.getUrl())
  if (route === undefined) return receive(state, message, response)
  route(request, new NodeResponse(message, response), given, response)
}

function upgradeRouteOf<Data>(state: State, route: WebSocketRoute<Data>): UpgradeRoute {
  return (request, answer, given, response) => {
    route.upgrade(answer, request, data => {
      const accepted = data()
      if (accepted === null) return
      response.detachSocket(given.message.socket)
      state.webSockets.accept(route, accepted, given, () => state.upgraded.add(given.connection))
    })
  }
}

async function listen(
  server: Server,
  { webSockets }: State,
  { host, port, sharesPort }: ListenOptions
): Promise<Listener> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port, exclusive: true, ...(sharesPort === true && { reusePort: true }) }, resolve)
    })
  } catch (error) {
    webSockets.closeAll()
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`${host}:${port} cannot be listened on: the port is in use, or not allowed (${why})`, {
      cause: error
    })
  }
  // Descriptors may run out at an accept; the connection is lost, and others come.
  server.on('error', () => {})
  return {
    port: portOf(server.address()),
    // Not the close of HTTP, which ends idle connections too: their next request is answered with 503.
    stopListening: () => {
      NetServer.prototype.close.call(server)
    },
    closeAll: () => {
      server.close()
      webSockets.closeAll()
      server.closeAllConnections()
    }
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('a server on a port has a port')
  return address.port
}
