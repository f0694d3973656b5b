/**
 * Serves the dashboard: one page, which draws everything else in the browser, and its files. The page is at every path
 * that no other route has, because only the browser knows its routes. Paths of the API, of ingestion and of assets, and
 * paths that look like a file, are 404 instead. Without a build of the dashboard, a page says how to make one.
 */
import Negotiator from 'negotiator'
import type { Header } from './answer.ts'
import { withoutBase } from './base-path.ts'
import type { EdgeContext } from './context.ts'
import type { Dashboard, DashboardFile } from './dashboard-files.ts'
import { answer, bodyBytesOf, refuseUnread, route, type Exchange } from './http.ts'
import { edgeRefusals } from './problems.ts'
import type { HttpRequest, Door } from './transport/types.ts'

/** Only what this server sends runs, and it talks to no other server. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; base-uri 'self'; frame-ancestors 'none'; form-action 'self'"
/** Names of releases and of users have dots too: those pages lie deeper than any file. */
const notAPage = /^\/(?:api|ingest|assets|healthz|readyz|metrics)(?:\/|$)|^\/(?:[^/]*\/){0,2}[^/]*\.[^/]*$/

/** Whether it is one that is still good is for the API to say. */
const sessionCookie = 'mesher_session='

const notBuilt = `<!doctype html>
<html lang="en">
<title>Mesher</title>
<h1>The dashboard has not been built</h1>
<p>This server takes events and answers its API. For the dashboard, run <code>npm run build</code>
in the folder of Mesher and start it again.</p>
</html>
`

type DashboardOptions = { dashboard: Dashboard | null; basePath: string }

export function dashboardRoutes(door: Door, context: EdgeContext, { dashboard, basePath }: DashboardOptions): void {
  const serve = (exchange: Exchange, req: HttpRequest): void => {
    const path = withoutBase(req.getUrl(), basePath)
    const file = dashboard?.files.get(path)
    if (file !== undefined) return sendFile(exchange, req, file)
    if (notAPage.test(path)) return refuseUnknown(context, exchange, req)
    if (dashboard !== null) {
      return sendFile(exchange, req, dashboard.pageAt(path, req.getHeader('cookie').includes(sessionCookie)))
    }
    context.countRefused(0, 'not_found')
    answer(exchange, {
      status: 404,
      type: 'text/html; charset=utf-8',
      body: notBuilt,
      headers: [['Cache-Control', 'no-store']]
    })
  }
  const isRead = (req: HttpRequest): boolean => req.getMethod() === 'get' || req.getMethod() === 'head'
  // For any method: a pattern of one method would win over the paths that refuse this method with an Allow header.
  route(door, context.http, 'any', '/', false, (exchange, req) => {
    if (isRead(req)) return serve(exchange, req)
    context.countRefused(0, 'method_not_allowed')
    refuseUnread(exchange, edgeRefusals.methodNotAllowed, bodyBytesOf(req), [['Allow', 'GET, HEAD']])
  })
  route(door, context.http, 'any', '/*', false, (exchange, req) =>
    isRead(req) ? serve(exchange, req) : refuseUnknown(context, exchange, req)
  )
}

function refuseUnknown(context: EdgeContext, exchange: Exchange, req: HttpRequest): void {
  context.countRefused(0, 'not_found')
  refuseUnread(exchange, edgeRefusals.notFound, bodyBytesOf(req))
}

function sendFile(exchange: Exchange, req: HttpRequest, file: DashboardFile): void {
  const { encoding, body } = formOf(file, req.getHeader('accept-encoding'))
  const headers: Header[] = [
    ['Cache-Control', file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache'],
    ['Vary', 'Accept-Encoding']
  ]
  if (encoding !== null) headers.push(['Content-Encoding', encoding])
  answer(exchange, { status: 200, type: file.type, body, headers, policy })
}

/** The smallest form that the client accepts, whichever of them it likes best. */
function formOf({ br, gzip, plain }: DashboardFile, accept: string): { encoding: string | null; body: Uint8Array } {
  const accepted = new Negotiator({ headers: { 'accept-encoding': accept } }).encodings(['br', 'gzip'])
  if (br !== null && accepted.includes('br')) return { encoding: 'br', body: br }
  if (gzip !== null && accepted.includes('gzip')) return { encoding: 'gzip', body: gzip }
  return { encoding: null, body: plain }
}
