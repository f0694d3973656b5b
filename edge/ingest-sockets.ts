/**
 * GET /ingest: sockets on which every text frame is an event. The key is decided before the upgrade, and a socket is
 * closed when its key is revoked. A client that does not read its replies is closed.
 */
import { limits } from '../schema/limits.ts'
import type { Refusal } from '../schema/outcomes.ts'
import type { IngestKey } from '../schema/pipeline.ts'
import type { EdgeContext } from './context.ts'
import { publicKeyOf } from './credentials.ts'
import { bodyBytesOf, fail, refuseUnread, route, type Exchange } from './http.ts'
import { edgeRefusals } from './problems.ts'
import type { SocketRoute, Sockets } from './sockets.ts'
import type { HttpRequest, Door } from './transport/types.ts'

/** Starts the process of a socket, which then sends `socket_ready`; rejects when it cannot be started. */
export type OpenConnection = (socket: number, key: IngestKey) => Promise<unknown>

const path = '/ingest'

export function ingestSockets(
  door: Door,
  context: EdgeContext,
  sockets: Sockets,
  openConnection: OpenConnection
): void {
  const socketRoute: SocketRoute<IngestKey> = {
    path,
    frameBytesMax: limits.frameBytesMax,
    cors: true,
    slow: 'close',
    authorize: (exchange, req, granted) => authorize(context, exchange, req, granted),
    holds: key => context.keys.isGood(key.publicKey),
    ownerOf: key => `project ${key.project.projectId}`,
    ownedMax: limits.ingestSocketsOfProjectMax,
    start: openConnection
  }
  sockets.add(door, socketRoute)
  route(door, context.http, 'get', path, true, (exchange, req) =>
    refuseHere(context, exchange, req, edgeRefusals.upgradeNeeded)
  )
  route(door, context.http, 'any', path, true, (exchange, req) => {
    context.countRefused(0, 'method_not_allowed')
    refuseUnread(exchange, edgeRefusals.methodNotAllowed, bodyBytesOf(req), [['Allow', 'GET']])
  })
}

function authorize(
  context: EdgeContext,
  exchange: Exchange,
  req: HttpRequest,
  granted: (key: IngestKey) => void
): void {
  if (context.http.closing) return refuseHere(context, exchange, req, edgeRefusals.shuttingDown)
  context.keys.decide(publicKeyOf(req), decision => {
    try {
      if (decision.ok) return granted(decision.key)
      context.countRefused(0, decision.refusal.reason)
      refuseUnread(exchange, decision.refusal, 0)
    } catch (error) {
      fail(exchange, error)
    }
  })
}

function refuseHere(context: EdgeContext, exchange: Exchange, req: HttpRequest, refusal: Refusal): void {
  context.countRefused(0, refusal.reason)
  refuseUnread(exchange, refusal, bodyBytesOf(req))
}
