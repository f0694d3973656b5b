/**
 * The routes of Mesher's own ingestion protocol: POST /api/v1/events for one event, /api/v1/events/bulk for an array or
 * NDJSON. Only the headers are checked here; what is wrong with them is refused before the body is read.
 */
import { limits } from '../schema/limits.ts'
import type { IngestRequest } from '../schema/pipeline.ts'
import { preflight, readAndAdmit, refuseHere, refuseMethod, type Head } from './admission.ts'
import type { EdgeContext } from './context.ts'
import { publicKeyOf } from './credentials.ts'
import { bodyBytesOf, route, type Exchange, type Handler } from './http.ts'
import { edgeRefusals } from './problems.ts'
import type { HttpRequest, Door } from './transport/types.ts'

const headersAllowed = 'content-type, content-encoding, authorization, x-mesher-key, x-sentry-auth'

/** The values of Content-Encoding that are taken, in lower case. */
export const encodings: ReadonlySet<string> = new Set(['', 'identity', 'gzip', 'x-gzip', 'deflate', 'br', 'zstd'])

export function ingestRoutes(door: Door, context: EdgeContext): void {
  add('/api/v1/events', (exchange, req) => receive(context, exchange, req, 'event'))
  add('/api/v1/events/bulk', (exchange, req) =>
    receive(context, exchange, req, bulkFormat(req.getHeader('content-type')))
  )

  function add(path: string, handle: Handler): void {
    route(door, context.http, 'post', path, true, handle)
    route(door, context.http, 'options', path, true, (exchange, req) => preflight(exchange, req, headersAllowed))
    route(door, context.http, 'any', path, true, (exchange, req) => refuseMethod(context, exchange, req))
  }
}

function bulkFormat(contentType: string): IngestRequest['format'] {
  return /^application\/(x-)?nd-?json\b/i.test(contentType) ? 'ndjson' : 'array'
}

function receive(context: EdgeContext, exchange: Exchange, req: HttpRequest, format: IngestRequest['format']): void {
  const publicKey = publicKeyOf(req)
  const head: Head = {
    format,
    kind: format === 'event' ? 'event' : 'bulk',
    encoding: req.getHeader('content-encoding').trim().toLowerCase(),
    contentLength: bodyBytesOf(req),
    bytesMax: format === 'event' ? limits.eventBytesMax : limits.bulkBytesMax
  }
  if (context.http.closing) return refuseHere(context, exchange, head, edgeRefusals.shuttingDown)
  if (!encodings.has(head.encoding)) return refuseHere(context, exchange, head, edgeRefusals.unsupportedEncoding)
  readAndAdmit(context, exchange, decided => context.keys.decide(publicKey, decided), head)
}
