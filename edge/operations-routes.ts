/** What operators and their tools ask: /healthz (the loop turns), /readyz (the pipeline moves), /metrics, and what this is. */
import { timingSafeEqual, createHash } from 'node:crypto'
import type { EdgeContext } from './context.ts'
import { answer, answerJson, openExchange, refuse, type Exchange } from './http.ts'
import type { Readiness } from './messages.ts'
import { edgeRefusals } from './problems.ts'
import type { HttpRequest, HttpResponse, TemplatedApp } from './uws.ts'

export type OperationsOptions = {
  readiness: () => Promise<Readiness>
  metrics: () => Promise<{ text: string, contentType: string }>
  metricsToken: string | null
  version: string
}

export function operationsRoutes (app: TemplatedApp, context: EdgeContext, options: OperationsOptions): void {
  route(app, '/healthz', exchange => answerJson(exchange, '200 OK', '{"status":"alive"}'))
  route(app, '/readyz', exchange => answerReadiness(context, exchange, options))
  route(app, '/metrics', (exchange, res, req) => answerMetrics(exchange, res, req, options))
  route(app, '/', exchange => answerJson(exchange, '200 OK', JSON.stringify({ name: 'Mesher', version: options.version })))
  app.any('/*', res => refuse(openExchange(res, false), edgeRefusals.notFound))
}

function route (app: TemplatedApp, path: string, handler: (exchange: Exchange, res: HttpResponse, req: HttpRequest) => void): void {
  app.get(path, (res, req) => handler(openExchange(res, false), res, req))
  app.any(path, res => refuse(openExchange(res, false), edgeRefusals.methodNotAllowed, true, [['Allow', 'GET']]))
}

function answerReadiness (context: EdgeContext, exchange: Exchange, { readiness }: OperationsOptions): void {
  readiness().then(({ ready, checks }) => {
    const isReady = ready && !context.isDraining()
    const shown = context.isDraining() ? [...checks, { name: 'draining', ok: false, detail: 'this server is shutting down' }] : checks
    answerJson(exchange, isReady ? '200 OK' : '503 Service Unavailable', JSON.stringify({ ready: isReady, checks: shown }))
  }, () => answerJson(exchange, '503 Service Unavailable', '{"ready":false,"checks":[]}'))
}

function answerMetrics (exchange: Exchange, res: HttpResponse, req: HttpRequest, { metrics, metricsToken }: OperationsOptions): void {
  if (!mayReadMetrics(res, req, metricsToken)) return refuse(exchange, edgeRefusals.forbidden)
  metrics().then(
    ({ text, contentType }) => answer(exchange, { status: '200 OK', type: contentType, body: text }),
    () => refuse(exchange, edgeRefusals.notFound)
  )
}

function mayReadMetrics (res: HttpResponse, req: HttpRequest, token: string | null): boolean {
  const bearer = /^bearer\s+(\S+)$/i.exec(req.getHeader('authorization'))?.[1]
  if (token !== null && bearer !== undefined) return timingSafeEqual(digest(token), digest(bearer))
  // What a proxy on this machine forwards comes from loopback too, but not from this machine.
  const forwarded = req.getHeader('x-forwarded-for') !== '' || req.getHeader('forwarded') !== ''
  return !forwarded && isLoopback(Buffer.from(res.getRemoteAddressAsText()).toString())
}

function isLoopback (address: string): boolean {
  return address.startsWith('127.') || address === '::1' || /^(0{4}:){7}0001$/.test(address) || /^(::ffff:|(0{4}:){5}ffff:)(127\.|7f)/.test(address)
}

function digest (text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
