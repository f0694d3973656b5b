/**
 * POST /api/v1/events and /api/v1/events/bulk: the key is decided, the body read within its limit, and the request goes on as
 * one of the turn's gathered requests. Nothing of the body is looked at here.
 */
import { mintBulkSeed, mintEventId } from '../events/event-ids.ts'
import { limits } from '../schema/limits.ts'
import type { Refusal } from '../schema/outcomes.ts'
import type { IngestKey, IngestRequest } from '../schema/pipeline.ts'
import type { EdgeContext } from './context.ts'
import { publicKeyOf } from './credentials.ts'
import { answer, bodyBytesOf, fail, refuseUnread, route, type Exchange, type Handler } from './http.ts'
import { edgeRefusals } from './problems.ts'
import type { HttpRequest, TemplatedApp } from './uws.ts'

type Format = IngestRequest['format']
type Head = { format: Format, encoding: string, contentLength: number }

const encodings = new Set(['', 'identity', 'gzip', 'x-gzip', 'deflate', 'br', 'zstd'])

export function ingestRoutes (app: TemplatedApp, context: EdgeContext): void {
  add('/api/v1/events', (exchange, req) => receive(context, exchange, req, 'event'))
  add('/api/v1/events/bulk', (exchange, req) => receive(context, exchange, req, bulkFormat(req.getHeader('content-type'))))

  function add (path: string, handle: Handler): void {
    route(app, context.http, 'post', path, true, handle)
    route(app, context.http, 'options', path, true, preflight)
    route(app, context.http, 'any', path, true, (exchange, req) => refuseMethod(context, exchange, req))
  }
}

function bulkFormat (contentType: string): Format {
  return /^application\/(x-)?nd-?json\b/i.test(contentType) ? 'ndjson' : 'array'
}

function receive (context: EdgeContext, exchange: Exchange, req: HttpRequest, format: Format): void {
  const publicKey = publicKeyOf(req)
  const head = { format, encoding: req.getHeader('content-encoding').trim().toLowerCase(), contentLength: bodyBytesOf(req) }
  if (context.http.closing) return refuseHere(context, exchange, head, edgeRefusals.shuttingDown)
  if (!encodings.has(head.encoding)) return refuseHere(context, exchange, head, edgeRefusals.unsupportedEncoding)
  readAndAdmit(context, exchange, publicKey, head)
}

/** The key of nearly every request is known at once; the body of one that is not waits within the bounds of all bodies. */
function readAndAdmit (context: EdgeContext, exchange: Exchange, publicKey: string | null, head: Head): void {
  let key: IngestKey | null = null
  let body: Uint8Array | null = null
  const proceed = (): void => {
    if (key !== null && body !== null && exchange.open) admit(context, exchange, key, head, body)
  }
  context.keys.decide(publicKey, decision => {
    if (!exchange.open) return
    try {
      if (body !== null || !decision.ok) context.bodies.release(exchange)
      if (!decision.ok) return refuseHere(context, exchange, head, decision.refusal)
      key = decision.key
      proceed()
    } catch (error) {
      fail(exchange, error)
    }
  })
  if (!exchange.open) return
  context.bodies.read(exchange, {
    projectId: projectOf(key),
    bytesMax: head.format === 'event' ? limits.eventBytesMax : limits.bulkBytesMax,
    contentLength: head.contentLength,
    keeps: () => key === null,
    onBody: complete => {
      body = complete
      proceed()
    },
    onRefused: reason => context.countRefused(projectOf(key), reason)
  })
}

function projectOf (key: IngestKey | null): number {
  return key === null ? 0 : key.project.projectId
}

function admit (context: EdgeContext, exchange: Exchange, key: IngestKey, { format, encoding }: Head, body: Uint8Array): void {
  const bulk = format !== 'event'
  const request = context.pending.open(exchange, bulk ? 'bulk' : 'event', key.project.projectId)
  context.gather({ request, replyTo: context.self.pid, seed: bulk ? mintBulkSeed() : mintEventId(), key, format, encoding, body })
}

function refuseHere (context: EdgeContext, exchange: Exchange, { contentLength }: Head, refusal: Refusal): void {
  context.countRefused(0, refusal.reason)
  refuseUnread(exchange, refusal, contentLength)
}

function preflight (exchange: Exchange, req: HttpRequest): void {
  const asked = req.getHeader('access-control-request-headers')
  answer(exchange, {
    status: 204,
    type: '',
    body: '',
    headers: [
      ['Access-Control-Allow-Methods', 'POST, OPTIONS'],
      ['Access-Control-Allow-Headers', asked === '' ? 'content-type, content-encoding, authorization, x-mesher-key, x-sentry-auth' : asked],
      ['Access-Control-Max-Age', '3600']
    ]
  })
}

function refuseMethod (context: EdgeContext, exchange: Exchange, req: HttpRequest): void {
  context.countRefused(0, 'method_not_allowed')
  refuseUnread(exchange, edgeRefusals.methodNotAllowed, bodyBytesOf(req), [['Allow', 'POST, OPTIONS']])
}
