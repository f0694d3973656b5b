/**
 * HTTP as the rest of the edge sees it. An exchange is one request whose answer is due: it knows whether anybody still
 * waits, is answered at most once, and keeps uWS's rules (abort handler first, cork, nothing after the end) in one
 * place. What throws while one exchange is worked on is answered 503 there and harms no other: outside of a handler it
 * would end the process.
 */
import type { Refusal } from '../schema/outcomes.ts'
import { retryAfterOf, type Header, type HttpAnswer } from './answer.ts'
import { edgeRefusals, problemBody, statusLine } from './problems.ts'
import { sentryRefusal } from './sentry-answers.ts'
import type { HttpRequest, HttpResponse, TemplatedApp } from './uws.ts'

/** What all exchanges of one listener share. */
export type HttpState = {
  /** While it is true, every answer ends its connection. */
  closing: boolean
  /** Answers given so far, by status. */
  readonly answered: Map<number, number>
  readonly onThrow: (error: unknown) => void
}

export type Exchange = {
  readonly res: HttpResponse
  readonly http: HttpState
  /** Cross-origin pages may read the answer: ingestion only. */
  readonly cors: boolean
  /** Refusals as SDKs of Sentry read them, in the place of problem+json. */
  asSentry: boolean
  /** A HEAD request: the answer's body is left out. */
  readonly isHead: boolean
  /** False once it is answered or its client has gone. */
  open: boolean
  /** Called when the client goes before the answer. */
  onGone: (() => void) | null
}

export type Handler = (exchange: Exchange, req: HttpRequest) => void
type Method = 'get' | 'head' | 'post' | 'patch' | 'del' | 'options' | 'any'

/** Hands a route's requests to `handle` as exchanges. `req` is gone once it returns. */
export function route(
  app: TemplatedApp,
  http: HttpState,
  method: Method,
  path: string,
  cors: boolean,
  handle: Handler
): void {
  app[method](path, (res, req) => {
    const isHead = method === 'head' || (method === 'any' && req.getMethod() === 'head')
    const exchange = openExchange(http, res, cors, isHead)
    try {
      handle(exchange, req)
    } catch (error) {
      fail(exchange, error)
    }
  })
}

/** Must be called before the handler that uWS called returns. */
export function openExchange(http: HttpState, res: HttpResponse, cors: boolean, isHead = false): Exchange {
  const exchange: Exchange = { res, http, cors, asSentry: false, isHead, open: true, onGone: null }
  res.onAborted(() => {
    exchange.open = false
    exchange.onGone?.()
  })
  return exchange
}

/** For whoever catches what one exchange's work has thrown. */
export function fail(exchange: Exchange, error: unknown): void {
  exchange.http.onThrow(error)
  refuse(exchange, edgeRefusals.internal, { close: true })
}

/** For whatever a browser makes of an answer: it is data, not a page, and no other site's to show or to read. */
const policyOfData = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
const securityHeaders: readonly Header[] = [
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Permissions-Policy', 'camera=(), geolocation=(), microphone=()'],
  ['Referrer-Policy', 'no-referrer'],
  ['X-Content-Type-Options', 'nosniff'],
  ['X-Frame-Options', 'DENY']
]

/** Sends the answer; does nothing when nobody waits any more. `close` ends the connection with it. */
export function answer(
  exchange: Exchange,
  { status, type, body, headers, close = false, policy = policyOfData }: HttpAnswer
): void {
  if (!exchange.open) return
  exchange.open = false
  const { res, http, cors, isHead } = exchange
  const ends = close || http.closing
  http.answered.set(status, (http.answered.get(status) ?? 0) + 1)
  res.cork(() => {
    res.writeStatus(statusLine(status))
    if (type !== '') res.writeHeader('Content-Type', type)
    if (cors) res.writeHeader('Access-Control-Allow-Origin', '*')
    else writeSecurityHeaders(res, policy)
    if (headers !== undefined) for (const [name, value] of headers) res.writeHeader(name, value)
    // uWS says "Connection: close" itself.
    if (isHead) endHead(res, body)
    else res.end(body, ends)
  })
}

function writeSecurityHeaders(res: HttpResponse, policy: string): void {
  res.writeHeader('Content-Security-Policy', policy)
  for (const [name, value] of securityHeaders) res.writeHeader(name, value)
}

/** With arguments, endWithoutBody would leave the answer pending for ever in the eyes of uWS. */
function endHead(res: HttpResponse, body: string | Uint8Array): void {
  res.writeHeader('Content-Length', String(Buffer.byteLength(body)))
  res.endWithoutBody()
}

export function answerJson(exchange: Exchange, status: number, body: string): void {
  answer(exchange, { status, type: 'application/json', body })
}

export function refuse(
  exchange: Exchange,
  refusal: Refusal,
  { close = false, headers = [] }: { close?: boolean; headers?: readonly Header[] } = {}
): void {
  if (exchange.asSentry) return answer(exchange, { ...sentryRefusal(refusal, headers), close })
  const all: Header[] = [...headers]
  const retryAfter = retryAfterOf(refusal)
  if (retryAfter !== null) all.push(['Retry-After', retryAfter])
  if (exchange.cors) all.push(['Access-Control-Expose-Headers', 'Retry-After'])
  if (refusal.status === 401) all.push(['WWW-Authenticate', 'Bearer'])
  answer(exchange, {
    status: refusal.status,
    type: 'application/problem+json',
    body: problemBody(refusal),
    headers: all,
    close
  })
}

/**
 * A body that nobody reads is thrown away as it comes, up to this size; a longer one is stopped by ending the
 * connection.
 */
const discardedBytesMax = 8 * 1024 * 1024

/** Refuses without reading the body. A connection that ends under a client which still sends may cost it the answer. */
export function refuseUnread(
  exchange: Exchange,
  refusal: Refusal,
  bodyBytes: number,
  headers: readonly Header[] = []
): void {
  refuse(exchange, refusal, { close: !(bodyBytes <= discardedBytesMax), headers })
}

/** The announced size of the body; NaN when it comes in chunks. */
export function bodyBytesOf(req: HttpRequest): number {
  const length = req.getHeader('content-length')
  if (length !== '') return Number(length)
  return req.getHeader('transfer-encoding') === '' ? 0 : NaN
}
