/**
 * HTTP as the rest of the edge sees it. An exchange is one request and its answer: it knows whether the client still
 * waits, and is answered at most once. The rules of uWS are kept here: abort handler first, writes corked, nothing
 * after the end. An error thrown while an exchange is worked on is logged and answered 503 by `fail`, and harms no
 * other exchange; outside of a handler it would end the process.
 */
import type { Refusal } from '../schema/outcomes.ts'
import { retryAfterOf, type Header, type HttpAnswer } from './answer.ts'
import { otlpRefusal, type OtlpForm } from './otlp-answers.ts'
import { edgeRefusals, problemBody, statusLine } from './problems.ts'
import { sentryRefusal } from './sentry-answers.ts'
import type { Door, HttpRequest, HttpResponse, RouteMethod } from './transport/types.ts'

/** What all exchanges of one listener share. */
export type HttpState = {
  /** While true, every answer ends its connection. */
  closing: boolean
  /** Answers given so far, by status. */
  readonly answered: Map<number, number>
  readonly onThrow: (error: unknown) => void
}

/** For Mesher's own clients, for SDKs of Sentry, and for OpenTelemetry in the encoding of the request. */
export type RefusalForm = 'problem' | 'sentry' | OtlpForm

export type Exchange = {
  readonly res: HttpResponse
  readonly http: HttpState
  /** Pages of other origins may read the answer. True for ingestion only. */
  readonly cors: boolean
  /** In which form refusals are written. */
  form: RefusalForm
  /** The answer to a HEAD request has no body. */
  readonly isHead: boolean
  /** False after the answer, or when the client has gone. */
  open: boolean
  /** Called when the client goes before the answer. */
  onGone: (() => void) | null
}

export type Handler = (exchange: Exchange, req: HttpRequest) => void

/** Calls `handle` with each request of a route. It must not use `req` after it has returned. */
export function route(
  door: Door,
  http: HttpState,
  method: RouteMethod,
  path: string,
  cors: boolean,
  handle: Handler
): void {
  door[method](path, (res, req) => {
    const isHead = method === 'head' || (method === 'any' && req.getMethod() === 'head')
    const exchange = openExchange(http, res, cors, isHead)
    try {
      handle(exchange, req)
    } catch (error) {
      fail(exchange, error)
    }
  })
}

/** To be called before the handler of uWS returns. */
export function openExchange(http: HttpState, res: HttpResponse, cors: boolean, isHead = false): Exchange {
  const exchange: Exchange = { res, http, cors, form: 'problem', isHead, open: true, onGone: null }
  res.onAborted(() => {
    exchange.open = false
    exchange.onGone?.()
  })
  return exchange
}

/** Logs an error that was thrown while the exchange was worked on, and answers 503. */
export function fail(exchange: Exchange, error: unknown): void {
  exchange.http.onThrow(error)
  refuse(exchange, edgeRefusals.internal, { close: true })
}

/** Sent with all answers outside of ingestion: they are data, not pages, and no other site may show or read them. */
const policyOfData = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
const securityHeaders: readonly Header[] = [
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Permissions-Policy', 'camera=(), geolocation=(), microphone=()'],
  ['Referrer-Policy', 'no-referrer'],
  ['X-Content-Type-Options', 'nosniff'],
  ['X-Frame-Options', 'DENY']
]

/** Sends the answer; does nothing when the exchange is no longer open. */
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
    // uWS writes "Connection: close" itself.
    if (isHead) endHead(res, body)
    else res.end(body, ends)
  })
}

function writeSecurityHeaders(res: HttpResponse, policy: string): void {
  res.writeHeader('Content-Security-Policy', policy)
  for (const [name, value] of securityHeaders) res.writeHeader(name, value)
}

/** Without arguments: with a length, endWithoutBody leaves the answer pending for ever in uWS. */
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
  const { form } = exchange
  if (form === 'sentry') return answer(exchange, { ...sentryRefusal(refusal, headers), close })
  if (form !== 'problem') return answer(exchange, { ...otlpRefusal(form, refusal, headers), close })
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

/** An unread body is thrown away as it arrives, up to this size; a longer one is stopped by ending the connection. */
const discardedBytesMax = 8 * 1024 * 1024

/**
 * Refuses without reading the body. The connection stays open where it can: one that ends while the client still sends
 * may cost the client the answer.
 */
export function refuseUnread(
  exchange: Exchange,
  refusal: Refusal,
  bodyBytes: number,
  headers: readonly Header[] = []
): void {
  refuse(exchange, refusal, { close: !(bodyBytes <= discardedBytesMax), headers })
}

/** The announced size of the body; NaN for a chunked one. */
export function bodyBytesOf(req: HttpRequest): number {
  const length = req.getHeader('content-length')
  if (length !== '') return Number(length)
  return req.getHeader('transfer-encoding') === '' ? 0 : NaN
}
