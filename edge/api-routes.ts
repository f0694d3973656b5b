/**
 * The routes of the REST API, made from its operations: turns a request into an `HttpCall`, calls the operation and
 * sends what it returns. There are no rules and no SQL here. The number of running calls is bounded; beyond it the
 * answer is 503. A call that takes too long is answered 503 as well, and runs on without a client. A call that rejects
 * is a mistake of ours: it is logged and answered 503.
 */
import type { HttpCall } from '../api/request.ts'
import type { Operation } from '../api/operation.ts'
import type { ApiAnswer } from '../api/types.ts'
import type { Refusal } from '../schema/outcomes.ts'
import { limits } from '../schema/limits.ts'
import type { Header } from './answer.ts'
import { clientFinder, type ClientFinder } from './client-address.ts'
import { codingFor, compressed, type Coding } from './compression.ts'
import type { EdgeContext } from './context.ts'
import { answer, bodyBytesOf, fail, refuse, refuseUnread, route, type Exchange, type Handler } from './http.ts'
import { edgeRefusals } from './problems.ts'
import type { HttpRequest, Door } from './transport/types.ts'

export type ApiOptions = {
  operations: readonly Operation[]
  /** Runs an operation. Refusals are answers too; a rejection is a mistake of ours. */
  call: (operation: Operation, call: HttpCall) => Promise<ApiAnswer>
  /** Addresses and networks of the proxies whose forwarding headers count. */
  trustedProxies: readonly string[]
}

export type ApiRoutes = {
  /** Answers 503 to the calls that have taken longer than the deadline. */
  sweep: (now: number) => void
  /** Running calls that are not answered yet. */
  size: () => number
}

type Running = { exchange: Exchange; startedAt: number }

const callsMax = 500
/** All bodies of the API share one budget, under this number in place of a project's id. */
const bodiesOfApi = -1
const noBody = new Uint8Array(0)
const notCached: Header = ['Cache-Control', 'no-store']
const varies: Header = ['Vary', 'Accept-Encoding']
const methods = { get: 'get', post: 'post', put: 'put', patch: 'patch', delete: 'del' } as const

export const apiRefusals = {
  busy: {
    status: 503,
    reason: 'overloaded',
    retryAfterS: 1,
    detail: 'Too many requests are being worked on. Try this again later.'
  },
  timeout: {
    status: 503,
    reason: 'timeout',
    retryAfterS: 1,
    detail: 'This took too long. If it was to change something, see whether it did.'
  },
  encoded: { status: 415, reason: 'unsupported_encoding', detail: 'The body must be sent without a Content-Encoding.' }
} as const satisfies Record<string, Refusal>

export type ApiRoutesOptions = { now: () => number; deadlineMs: number; port: () => number }

export function apiRoutes(
  door: Door,
  context: EdgeContext,
  { operations, call, trustedProxies }: ApiOptions,
  { now, deadlineMs, port }: ApiRoutesOptions
): ApiRoutes {
  const running = new Set<Running>()
  const clientOf = clientFinder(trustedProxies)

  function receive(exchange: Exchange, req: HttpRequest, operation: Operation): void {
    const bodyBytes = bodyBytesOf(req)
    const refusal = context.http.closing
      ? edgeRefusals.shuttingDown
      : running.size >= callsMax
        ? apiRefusals.busy
        : refusalOf(req)
    if (refusal !== null) return refuseUnread(exchange, refusal, bodyBytes, [notCached])
    const httpCall = callOf(exchange, req, { parameters: parametersIn(operation), clientOf, port: port() })
    const coding = codingFor(req.getHeader('accept-encoding'))
    if (operation.method === 'get') return run(exchange, operation, httpCall, coding)
    context.bodies.read(exchange, {
      projectId: bodiesOfApi,
      bytesMax: bodyBytesMaxOf(operation),
      contentLength: bodyBytes,
      keeps: () => false,
      onBody: body => run(exchange, operation, { ...httpCall, body }, coding),
      // Only refusals of events are counted one by one; for the API the count of answers by status is enough.
      onRefused: () => {}
    })
  }

  function run(exchange: Exchange, operation: Operation, httpCall: HttpCall, coding: Coding | null): void {
    const entry: Running = { exchange, startedAt: now() }
    running.add(entry)
    call(operation, httpCall)
      .then(answered => send(exchange, answered, coding))
      .catch((error: unknown) => fail(exchange, error))
      .finally(() => {
        running.delete(entry)
        if (context.http.closing && running.size === 0) context.self.cast(context.self.pid, { type: 'sweep' })
      })
  }

  for (const path of new Set(operations.map(operation => operation.path))) {
    const ofPath = operations.filter(operation => operation.path === path)
    for (const address of addressesOf(path)) addRoutes(address, ofPath)
  }

  function addRoutes(path: string, ofPath: readonly Operation[]): void {
    const form = ofPath.some(({ isForTools }) => isForTools) ? 'sentry' : 'problem'
    const receiveBy =
      (operation: Operation): Handler =>
      (exchange, req) => {
        exchange.form = form
        receive(exchange, req, operation)
      }
    for (const operation of ofPath) {
      route(door, context.http, methods[operation.method], path, false, receiveBy(operation))
      if (operation.method === 'get') route(door, context.http, 'head', path, false, receiveBy(operation))
    }
    const allow: Header = ['Allow', allowedIn(ofPath)]
    route(door, context.http, 'any', path, false, (exchange, req) => {
      exchange.form = form
      refuseUnread(exchange, edgeRefusals.methodNotAllowed, bodyBytesOf(req), [allow, notCached])
    })
  }

  function sweep(at: number): void {
    for (const entry of running) {
      if (entry.startedAt > at - deadlineMs) break
      running.delete(entry)
      refuse(entry.exchange, apiRefusals.timeout, { headers: [notCached] })
    }
  }

  return { sweep, size: () => running.size }
}

/** Build tools end their addresses with a slash; people who try one leave it out. */
function addressesOf(path: string): string[] {
  return path.length > 1 && path.endsWith('/') ? [path, path.slice(0, -1)] : [path]
}

function bodyBytesMaxOf(operation: Operation): number {
  if (operation.access.who === 'anyone') return limits.strangersBodyBytesMax
  return operation.isForTools ? limits.toolBodyBytesMax : limits.apiBodyBytesMax
}

function allowedIn(operations: readonly Operation[]): string {
  return operations.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])).join(', ')
}

function refusalOf(req: HttpRequest): Refusal | null {
  const encoding = req.getHeader('content-encoding').trim().toLowerCase()
  return encoding === '' || encoding === 'identity' ? null : apiRefusals.encoded
}

function parametersIn({ path }: Operation): number {
  return path.match(/\/:/g)?.length ?? 0
}

/** All that the API reads of a request, except the body. To be called before the handler of uWS returns. */
export function callOf(
  { res }: Exchange,
  req: HttpRequest,
  { parameters, clientOf, port }: { parameters: number; clientOf: ClientFinder; port: number }
): HttpCall {
  return {
    params: Array.from({ length: parameters }, (_, index) => req.getParameter(index) ?? ''),
    query: req.getQuery() ?? '',
    cookie: req.getHeader('cookie'),
    authorization: req.getHeader('authorization'),
    origin: req.getHeader('origin'),
    fetchSite: req.getHeader('sec-fetch-site'),
    host: req.getHeader('host'),
    contentType: req.getHeader('content-type'),
    userAgent: req.getHeader('user-agent').slice(0, limits.userAgentCharsMax),
    ...clientOf(res, req),
    body: noBody,
    port
  }
}

async function send(
  exchange: Exchange,
  { status, body, type, headers = [] }: ApiAnswer,
  coding: Coding | null
): Promise<void> {
  if (body === undefined) return answer(exchange, { status, type: '', body: '', headers: [notCached, ...headers] })
  const text = typeof body === 'string' && type !== undefined ? body : JSON.stringify(body)
  const small = exchange.isHead ? null : await compressed(text, coding)
  answer(exchange, {
    status,
    type: type ?? 'application/json',
    body: small ?? text,
    headers: [
      notCached,
      varies,
      ...(small === null || coding === null ? [] : [['Content-Encoding', coding] as const]),
      ...headers
    ]
  })
}
