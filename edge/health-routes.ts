/**
 * The routes for operators and their tools: /healthz (the event loop turns), /readyz (the pipeline moves) and /metrics.
 * Metrics are for this machine or for a bearer token. A check or a metric that fails is answered 503.
 */
import { timingSafeEqual, createHash } from 'node:crypto'
import { addressOf } from './client-address.ts'
import type { EdgeContext } from './context.ts'
import {
  answer,
  answerJson,
  bodyBytesOf,
  fail,
  refuse,
  refuseUnread,
  route,
  type Exchange,
  type Handler
} from './http.ts'
import type { EdgeStatus } from '../actors/edge-messages.ts'
import { edgeRefusals } from './problems.ts'
import type { Door, HttpRequest, Transport } from './transport/types.ts'
import type { Readiness } from '../schema/readiness.ts'
import type { TransportName } from '../schema/transports.ts'

export type HealthOptions = {
  readiness: () => Promise<Readiness>
  /** Gets the figures of the edge, to write them together with all others. */
  metrics: (edge: EdgeStatus) => Promise<{ text: string; contentType: string }>
  metricsToken: string | null
}

type ReadinessOptions = Pick<HealthOptions, 'readiness'> & { transport: TransportName }

export function healthRoutes(
  door: Door,
  context: EdgeContext,
  status: () => EdgeStatus,
  given: HealthOptions & { transport: Transport }
): void {
  const options = { ...given, transport: given.transport.name }
  add('/healthz', exchange => answerJson(exchange, 200, '{"status":"alive"}'))
  add('/readyz', exchange => answerReadiness(context, exchange, options))
  add('/metrics', (exchange, req) => answerMetrics(exchange, req, status, options))

  function add(path: string, handle: Handler): void {
    route(door, context.http, 'get', path, false, handle)
    route(door, context.http, 'head', path, false, handle)
    route(door, context.http, 'any', path, false, (exchange, req) => {
      context.countRefused(0, 'method_not_allowed')
      refuseUnread(exchange, edgeRefusals.methodNotAllowed, bodyBytesOf(req), [['Allow', 'GET, HEAD']])
    })
  }
}

function answerReadiness(context: EdgeContext, exchange: Exchange, { readiness, transport }: ReadinessOptions): void {
  readiness()
    .then(({ ready, checks }) => {
      const { closing } = context.http
      const isReady = ready && !closing
      const shown = closing
        ? [...checks, { name: 'draining', ok: false, detail: 'this server is shutting down' }]
        : checks
      answerJson(exchange, isReady ? 200 : 503, JSON.stringify({ ready: isReady, transport, checks: shown }))
    })
    .catch((error: unknown) => fail(exchange, error))
}

function answerMetrics(
  exchange: Exchange,
  req: HttpRequest,
  status: () => EdgeStatus,
  { metrics, metricsToken }: HealthOptions
): void {
  if (!mayReadMetrics(exchange, req, metricsToken)) return refuse(exchange, edgeRefusals.forbidden)
  metrics(status())
    .then(({ text, contentType }) => {
      answer(exchange, { status: 200, type: contentType, body: text })
    })
    .catch((error: unknown) => fail(exchange, error))
}

const forwardingHeaders = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via']

function mayReadMetrics({ res }: Exchange, req: HttpRequest, token: string | null): boolean {
  const bearer = /^bearer\s+(\S+)$/i.exec(req.getHeader('authorization'))?.[1]
  if (token !== null && bearer !== undefined) return timingSafeEqual(digest(token), digest(bearer))
  // A proxy on this machine connects from loopback as well, but its client is somewhere else.
  if (forwardingHeaders.some(name => req.getHeader(name) !== '')) return false
  return addressOf(res)?.range() === 'loopback'
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
