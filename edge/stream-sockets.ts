/**
 * GET /api/v1/stream: the sockets of dashboards. The caller is authenticated before the upgrade; the process of the
 * socket decides what it may follow. A client that does not read stays open, and its process drops what is too much.
 */
import type { Viewing } from '../api/stream.ts'
import type { HttpCall } from '../api/request.ts'
import type { Viewer } from '../actors/streaming/dashboard-connection.ts'
import { limits } from '../schema/limits.ts'
import { callOf } from './api-routes.ts'
import { clientFinder } from './client-address.ts'
import type { EdgeContext } from './context.ts'
import { fail, refuseUnread, route } from './http.ts'
import { edgeRefusals } from './problems.ts'
import type { SocketRoute, Sockets } from './sockets.ts'
import type { Door } from './transport/types.ts'

export type StreamOptions = {
  /** Returns refusals; a rejection is a mistake of ours. */
  authenticate: (call: HttpCall) => Promise<Viewing>
  /** Starts the process of a socket, which then sends `socket_ready`; rejects when it cannot be started. */
  openDashboard: (socket: number, viewer: Viewer) => Promise<unknown>
  trustedProxies: readonly string[]
}

const path = '/api/v1/stream'

export function streamSockets(
  door: Door,
  context: EdgeContext,
  sockets: Sockets,
  { authenticate, openDashboard, trustedProxies }: StreamOptions,
  port: () => number
): void {
  const clientOf = clientFinder(trustedProxies)
  const socketRoute: SocketRoute<Viewer> = {
    path,
    frameBytesMax: limits.streamFrameBytesMax,
    cors: false,
    slow: 'tell',
    authorize: (exchange, req, granted) => {
      if (context.http.closing) return refuseUnread(exchange, edgeRefusals.shuttingDown, 0)
      authenticate(callOf(exchange, req, { parameters: 0, clientOf, port: port() }))
        .then(viewing => (viewing.ok ? granted(viewing.viewer) : refuseUnread(exchange, viewing.refusal, 0)))
        .catch((error: unknown) => fail(exchange, error))
    },
    // StreamGuard checks whether sessions still hold.
    holds: () => true,
    ownerOf: ({ userId }) => `user ${userId}`,
    ownedMax: limits.streamSocketsOfUserMax,
    start: openDashboard
  }
  sockets.add(door, socketRoute)
  route(door, context.http, 'get', path, false, exchange => refuseUnread(exchange, edgeRefusals.upgradeNeeded, 0))
  route(door, context.http, 'any', path, false, exchange =>
    refuseUnread(exchange, edgeRefusals.methodNotAllowed, 0, [['Allow', 'GET']])
  )
}
