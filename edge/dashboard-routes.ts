/**
 * The dashboard: a page that makes the rest in the browser. Its routes are the browser's to know, so every address that
 * is nobody else's gets the page; addresses of the API, of ingestion and of files do not, nor does anything that looks
 * like a file.
 */
import type { Header } from './answer.ts'
import type { EdgeContext } from './context.ts'
import type { Dashboard, DashboardFile } from './dashboard-files.ts'
import { answer, bodyBytesOf, refuseUnread, route, type Exchange } from './http.ts'
import { edgeRefusals } from './problems.ts'
import type { HttpRequest, TemplatedApp } from './uws.ts'

/** Nothing but what this server sends runs, and nothing goes anywhere else. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
const notAPage = /^\/(?:api|ingest|assets|healthz|readyz|metrics)(?:\/|$)|\/[^/]*\.[^/]*$/

const notBuilt = `<!doctype html>
<html lang="en">
<title>Mesher</title>
<h1>The dashboard has not been built</h1>
<p>This server takes events and answers its API. For the dashboard, run <code>npm run build</code> in the folder of Mesher and start it again.</p>
</html>
`

export function dashboardRoutes(app: TemplatedApp, context: EdgeContext, dashboard: Dashboard | null): void {
  const serve = (exchange: Exchange, req: HttpRequest): void => {
    const path = req.getUrl()
    const file = dashboard?.files.get(path)
    if (file !== undefined) return sendFile(exchange, req, file)
    if (notAPage.test(path)) return refuseUnknown(context, exchange, req)
    if (dashboard !== null) return sendFile(exchange, req, dashboard.page)
    context.countRefused(0, 'not_found')
    answer(exchange, {
      status: 404,
      type: 'text/html; charset=utf-8',
      body: notBuilt,
      headers: [['Cache-Control', 'no-store']]
    })
  }
  const isRead = (req: HttpRequest): boolean => req.getMethod() === 'get' || req.getMethod() === 'head'
  // For any method, because a pattern for one method would win over the addresses that refuse it in words of their own.
  route(app, context.http, 'any', '/', false, (exchange, req) => {
    if (isRead(req)) return serve(exchange, req)
    context.countRefused(0, 'method_not_allowed')
    refuseUnread(exchange, edgeRefusals.methodNotAllowed, bodyBytesOf(req), [['Allow', 'GET, HEAD']])
  })
  route(app, context.http, 'any', '/*', false, (exchange, req) =>
    isRead(req) ? serve(exchange, req) : refuseUnknown(context, exchange, req)
  )
}

function refuseUnknown(context: EdgeContext, exchange: Exchange, req: HttpRequest): void {
  context.countRefused(0, 'not_found')
  refuseUnread(exchange, edgeRefusals.notFound, bodyBytesOf(req))
}

function sendFile(exchange: Exchange, req: HttpRequest, { type, isImmutable, plain, br, gzip }: DashboardFile): void {
  const accepted = req.getHeader('accept-encoding')
  const [encoding, body] =
    br !== null && accepts(accepted, 'br')
      ? ['br', br]
      : gzip !== null && accepts(accepted, 'gzip')
        ? ['gzip', gzip]
        : ['', plain]
  const headers: Header[] = [
    ['Cache-Control', isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache'],
    ['Vary', 'Accept-Encoding']
  ]
  if (encoding !== '') headers.push(['Content-Encoding', encoding])
  answer(exchange, { status: 200, type, body, headers, policy })
}

function accepts(header: string, encoding: string): boolean {
  return header.split(',').some(part => {
    const [name = '', ...parameters] = part.split(';').map(text => text.trim().toLowerCase())
    return name === encoding && !parameters.some(parameter => /^q=0(?:\.0*)?$/.test(parameter))
  })
}
