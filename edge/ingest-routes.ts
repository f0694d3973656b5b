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
import { answer, openExchange, refuse, type Exchange } from './http.ts'
import { edgeRefusals } from './problems.ts'
import type { HttpRequest, HttpResponse, TemplatedApp } from './uws.ts'

type Format = IngestRequest['format']
type Head = { format: Format, encoding: string, contentLength: number }

const encodings = new Set(['', 'identity', 'gzip', 'x-gzip', 'deflate', 'br', 'zstd'])

export function ingestRoutes (app: TemplatedApp, context: EdgeContext): void {
  app.post('/api/v1/events', (res, req) => receive(context, res, req, () => 'event'))
  app.post('/api/v1/events/bulk', (res, req) => receive(context, res, req, bulkFormat))
  for (const path of ['/api/v1/events', '/api/v1/events/bulk']) {
    app.options(path, (res, req) => preflight(res, req))
    app.any(path, res => refuseMethod(res))
  }
}

function bulkFormat (contentType: string): Format {
  return /^application\/(x-)?nd-?json\b/i.test(contentType) ? 'ndjson' : 'array'
}

function receive (context: EdgeContext, res: HttpResponse, req: HttpRequest, formatOf: (contentType: string) => Format): void {
  // req is gone once this function returns: take what is needed now.
  const publicKey = publicKeyOf(req)
  const length = req.getHeader('content-length')
  const head = {
    format: formatOf(req.getHeader('content-type')),
    encoding: req.getHeader('content-encoding').trim().toLowerCase(),
    contentLength: length === '' ? NaN : Number(length)
  }
  const exchange = openExchange(res, true)
  if (context.isDraining()) return refuseHere(context, exchange, 0, edgeRefusals.shuttingDown)
  if (!encodings.has(head.encoding)) return refuseHere(context, exchange, 0, edgeRefusals.unsupportedEncoding)
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
    if (!decision.ok) return refuseHere(context, exchange, 0, decision.refusal)
    key = decision.key
    proceed()
  })
  if (!exchange.open) return
  context.bodies.read(exchange, {
    projectId: projectOf(key),
    bytesMax: head.format === 'event' ? limits.eventBytesMax : limits.bulkBytesMax,
    contentLength: head.contentLength,
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

/** The body is not read any further, so the connection ends with the answer. */
function refuseHere (context: EdgeContext, exchange: Exchange, projectId: number, refusal: Refusal): void {
  context.countRefused(projectId, refusal.reason)
  refuse(exchange, refusal, refusal.status !== 401)
}

function preflight (res: HttpResponse, req: HttpRequest): void {
  const asked = req.getHeader('access-control-request-headers')
  answer(openExchange(res, true), {
    status: '204 No Content',
    type: '',
    body: '',
    headers: [
      ['Access-Control-Allow-Methods', 'POST, OPTIONS'],
      ['Access-Control-Allow-Headers', asked === '' ? 'content-type, content-encoding, authorization, x-mesher-key, x-sentry-auth' : asked],
      ['Access-Control-Max-Age', '3600']
    ]
  })
}

function refuseMethod (res: HttpResponse): void {
  refuse(openExchange(res, true), edgeRefusals.methodNotAllowed, true, [['Allow', 'POST, OPTIONS']])
}
