/**
 * The way of every request for ingestion through the edge: its key is decided, its body is read within the limit, and
 * it goes to the pipeline with the other requests of this turn of the event loop. Key and body may come in either
 * order. The body is not parsed here. Whatever is refused is answered at once and counted.
 */
import { mintBulkSeed, mintEventId } from '../events/event-ids.ts'
import type { Refusal } from '../schema/outcomes.ts'
import type { IngestKey, IngestRequest, SentryClient } from '../schema/pipeline.ts'
import type { EdgeContext } from './context.ts'
import { answer, bodyBytesOf, fail, refuseUnread, type Exchange } from './http.ts'
import type { KeyDecision } from './keys.ts'
import type { RequestKind } from './pending.ts'
import { edgeRefusals } from './problems.ts'
import type { HttpRequest } from './transport/types.ts'

/** What is known of a request before its body has arrived. */
export type Head = {
  format: IngestRequest['format']
  kind: RequestKind
  encoding: string
  contentLength: number
  bytesMax: number
  sentry?: SentryClient
}

export type Decide = (decided: (decision: KeyDecision) => void) => void

/**
 * Decides the key while the body arrives. Nearly every key is known at once; for one that is not, the complete body
 * waits within the budget that all bodies share.
 */
export function readAndAdmit(context: EdgeContext, exchange: Exchange, decide: Decide, head: Head): void {
  let key: IngestKey | null = null
  let body: Uint8Array | null = null
  const proceed = (): void => {
    if (key !== null && body !== null && exchange.open) admit(context, exchange, key, head, body)
  }
  decide(decision => {
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
  readBody(
    context,
    exchange,
    head,
    () => key,
    complete => {
      body = complete
      proceed()
    }
  )
}

/** For requests that carry the key in the body: `decideBy` gets the complete body and decides the key. */
export function readThenDecide(
  context: EdgeContext,
  exchange: Exchange,
  decideBy: (body: Uint8Array) => Decide,
  head: Head
): void {
  readBody(
    context,
    exchange,
    head,
    () => null,
    body => {
      decideBy(body)(decision => {
        context.bodies.release(exchange)
        if (!exchange.open) return
        try {
          if (decision.ok) admit(context, exchange, decision.key, head, body)
          else refuseHere(context, exchange, head, decision.refusal)
        } catch (error) {
          fail(exchange, error)
        }
      })
    }
  )
}

function readBody(
  context: EdgeContext,
  exchange: Exchange,
  { bytesMax, contentLength }: Head,
  keyNow: () => IngestKey | null,
  onBody: (body: Uint8Array) => void
): void {
  context.bodies.read(exchange, {
    projectId: projectOf(keyNow()),
    bytesMax,
    contentLength,
    keeps: () => keyNow() === null,
    onBody,
    onRefused: reason => context.countRefused(projectOf(keyNow()), reason)
  })
}

function projectOf(key: IngestKey | null): number {
  return key === null ? 0 : key.project.projectId
}

function admit(
  context: EdgeContext,
  exchange: Exchange,
  key: IngestKey,
  { format, kind, encoding, sentry }: Head,
  body: Uint8Array
): void {
  const request = context.pending.open(exchange, kind, key.project.projectId)
  const now = context.wallNow()
  const seed = kind === 'event' || kind === 'envelope' ? mintEventId(now) : mintBulkSeed(now)
  const admitted: IngestRequest = { request, replyTo: context.self.pid, seed, key, format, encoding, body }
  if (sentry !== undefined) admitted.sentry = sentry
  context.gather(admitted)
}

export function refuseHere(
  context: EdgeContext,
  exchange: Exchange,
  { contentLength }: Pick<Head, 'contentLength'>,
  refusal: Refusal
): void {
  context.countRefused(0, refusal.reason)
  refuseUnread(exchange, refusal, contentLength)
}

/** Answers a preflight request of a browser: allows the headers that the page wants to send, else `headersAllowed`. */
export function preflight(exchange: Exchange, req: HttpRequest, headersAllowed: string): void {
  const asked = req.getHeader('access-control-request-headers')
  answer(exchange, {
    status: 204,
    type: '',
    body: '',
    headers: [
      ['Access-Control-Allow-Methods', 'POST, OPTIONS'],
      ['Access-Control-Allow-Headers', asked === '' ? headersAllowed : asked],
      ['Access-Control-Max-Age', '3600']
    ]
  })
}

export function refuseMethod(context: EdgeContext, exchange: Exchange, req: HttpRequest): void {
  context.countRefused(0, 'method_not_allowed')
  refuseUnread(exchange, edgeRefusals.methodNotAllowed, bodyBytesOf(req), [['Allow', 'POST, OPTIONS']])
}
