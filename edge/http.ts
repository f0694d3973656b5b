/**
 * HTTP as the rest of the edge sees it. An exchange is one request whose answer is due: it knows whether anybody still waits,
 * is answered at most once, and keeps uWS's rules (abort handler first, cork, nothing after the end) in one place.
 */
import { problemBody, statusLine } from './problems.ts'
import type { Refusal } from '../schema/outcomes.ts'
import type { HttpResponse } from './uws.ts'

export type Exchange = {
  readonly res: HttpResponse
  /** False once it is answered or its client has gone. */
  open: boolean
  /** Cross-origin pages may read the answer: ingestion only. */
  readonly cors: boolean
  /** Called when the client goes before the answer. */
  onGone: (() => void) | null
}

/** Must be called before the route's handler returns. */
export function openExchange (res: HttpResponse, cors: boolean): Exchange {
  const exchange: Exchange = { res, open: true, cors, onGone: null }
  res.onAborted(() => {
    exchange.open = false
    exchange.onGone?.()
  })
  return exchange
}

export type Header = readonly [name: string, value: string]
export type Answer = { status: string, type: string, body: string, headers?: readonly Header[], close?: boolean }

/** Sends the answer; does nothing when nobody waits any more. */
export function answer (exchange: Exchange, { status, type, body, headers = [], close = false }: Answer): void {
  if (!exchange.open) return
  exchange.open = false
  const { res } = exchange
  res.cork(() => {
    res.writeStatus(status)
    if (type !== '') res.writeHeader('Content-Type', type)
    if (exchange.cors) res.writeHeader('Access-Control-Allow-Origin', '*')
    for (const [name, value] of headers) res.writeHeader(name, value)
    if (close) res.writeHeader('Connection', 'close')
    res.end(body, close)
  })
}

export function answerJson (exchange: Exchange, status: string, body: string, close = false): void {
  answer(exchange, { status, type: 'application/json', body, close })
}

/** `close` ends the connection, for clients whose body is not going to be read. */
export function refuse (exchange: Exchange, refusal: Refusal, close = false, more: readonly Header[] = []): void {
  const headers: Header[] = [...more]
  if (refusal.retryAfterS !== undefined) headers.push(['Retry-After', String(Math.max(1, Math.ceil(refusal.retryAfterS)))])
  if (exchange.cors) headers.push(['Access-Control-Expose-Headers', 'Retry-After'])
  if (refusal.status === 401) headers.push(['WWW-Authenticate', 'Bearer'])
  answer(exchange, { status: statusLine(refusal.status), type: 'application/problem+json', body: problemBody(refusal), headers, close })
}
