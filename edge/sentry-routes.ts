/**
 * The routes that SDKs of Sentry and browsers send to: /api/<project>/envelope/, /store/ and /security/, with and
 * without the slash at the end, with doubled slashes, or below the path of a proxy. The edge decides by key and project
 * alone and passes the bytes on. Endpoints of Sentry that Mesher does not have are answered 404 in Sentry's form.
 */
import { keyInEnvelope, plainKey } from '../events/sentry/dsn.ts'
import { limits } from '../schema/limits.ts'
import type { Refusal } from '../schema/outcomes.ts'
import {
  preflight,
  readAndAdmit,
  readThenDecide,
  refuseHere,
  refuseMethod,
  type Decide,
  type Head
} from './admission.ts'
import type { ClientFinder } from './client-address.ts'
import type { EdgeContext } from './context.ts'
import { bodyBytesOf, fail, openExchange, refuseUnread, type Exchange } from './http.ts'
import { encodings } from './ingest-routes.ts'
import type { KeyDecision } from './keys.ts'
import { edgeRefusals } from './problems.ts'
import { sentryCredentialsOf, type SentryCredentials } from './sentry-credentials.ts'
import type { HttpRequest, HttpResponse, Door } from './transport/types.ts'

type Endpoint = 'envelope' | 'store' | 'security'
type Place = { endpoint: Endpoint | 'other'; project: string; clientOf: ClientFinder }
type Handle = (context: EdgeContext, exchange: Exchange, req: HttpRequest, place: Place) => void

const endpoints = {
  envelope: 'envelope',
  store: 'store',
  security: 'security',
  'csp-report': 'security'
} as const satisfies Record<string, Endpoint>
/** Endpoints that SDKs know and Mesher does not have. */
const others = ['minidump', 'unreal', 'playstation', 'nel', 'integration', 'cron'] as const
const somewhere = /(?:^|\/)api\/([^/]{1,64})\/(envelope|store|security|csp-report)\/?$/

const headersAllowed =
  'x-sentry-auth, x-requested-with, x-forwarded-for, origin, referer, accept, content-type, authentication, ' +
  'authorization, content-encoding, transfer-encoding, sentry-trace, baggage'
const reportTypes = /^application\/(?:csp-report|reports\+json|json|expect-(?:ct|staple)-report(?:\+json)?)\s*(?:;|$)/i

const bytesMax: Readonly<Record<Endpoint, number>> = {
  envelope: limits.envelopeBytesMax,
  store: limits.storeBytesMax,
  security: limits.eventBytesMax
}

const refusals = {
  noKey: {
    status: 401,
    reason: 'unauthorized',
    detail: 'Send the key of the DSN: ?sentry_key=, X-Sentry-Auth, Authorization, or the dsn of the envelope.'
  },
  unknownKey: { status: 403, reason: 'unauthorized', detail: 'This DSN key is unknown or has been revoked.' },
  otherProject: { status: 403, reason: 'unauthorized', detail: 'This DSN key belongs to another project.' },
  noProject: { status: 404, reason: 'not_found', detail: 'The id of a project is a number.' },
  notSupported: { status: 404, reason: 'not_found', detail: 'This endpoint is not supported.' },
  reportType: {
    status: 415,
    reason: 'unsupported_media_type',
    detail:
      'Reports are application/csp-report, application/reports+json, application/json, ' +
      'application/expect-ct-report or application/expect-staple-report.'
  }
} as const satisfies Record<string, Refusal>

export function sentryRoutes(door: Door, context: EdgeContext, clientOf: ClientFinder): void {
  for (const [name, endpoint] of Object.entries(endpoints)) {
    for (const path of [`/api/:project/${name}/`, `/api/:project/${name}`]) {
      door.post(path, (res, req) =>
        handle(receive, res, req, { endpoint, project: req.getParameter(0) ?? '', clientOf })
      )
      door.options(path, (res, req) => handle(allow, res, req, { endpoint, project: '', clientOf }))
      door.any(path, (res, req) => handle(refuseOther, res, req, { endpoint, project: '', clientOf }))
    }
  }
  for (const name of others) {
    for (const path of [`/api/:project/${name}/*`, `/api/:project/${name}`]) {
      door.options(path, (res, req) => handle(allow, res, req, { endpoint: 'other', project: '', clientOf }))
      door.any(path, (res, req) => handle(refuseUnsupported, res, req, { endpoint: 'other', project: '', clientOf }))
    }
  }
  door.post('/*', (res, req) => elsewhere(res, req, receive))
  door.options('/*', (res, req) => elsewhere(res, req, allow))

  function handle(by: Handle, res: HttpResponse, req: HttpRequest, place: Place): void {
    const exchange = openExchange(context.http, res, true, by !== receive && req.getMethod() === 'head')
    exchange.form = 'sentry'
    try {
      by(context, exchange, req, place)
    } catch (error) {
      fail(exchange, error)
    }
  }

  /**
   * Takes paths that lead to an endpoint below another path or with doubled slashes; leaves others to the next route.
   */
  function elsewhere(res: HttpResponse, req: HttpRequest, by: Handle): void {
    const [, project, name] = somewhere.exec(req.getUrl().replaceAll(/\/{2,}/g, '/')) ?? []
    if (project === undefined || !isEndpoint(name)) req.setYield(true)
    else handle(by, res, req, { endpoint: endpoints[name], project, clientOf })
  }
}

function isEndpoint(name: string | undefined): name is keyof typeof endpoints {
  return name !== undefined && Object.hasOwn(endpoints, name)
}

function receive(
  context: EdgeContext,
  exchange: Exchange,
  req: HttpRequest,
  { endpoint, project, clientOf }: Place
): void {
  if (endpoint === 'other') return
  const credentials = sentryCredentialsOf(req)
  const head = headOf(clientOf(exchange.res, req).remoteAddress, req, endpoint, credentials)
  const projectId = /^[1-9]\d{0,15}$/.test(project) ? Number(project) : null
  const refusal = refusalOf(context, req, endpoint, projectId, head.encoding)
  if (refusal !== null || projectId === null) return refuseHere(context, exchange, head, refusal ?? refusals.noProject)

  const { key } = credentials
  const decideBy =
    (named: string | null): Decide =>
    decided =>
      decide(context, named, projectId, decided)
  if (key !== null || head.format !== 'envelope') return readAndAdmit(context, exchange, decideBy(key), head)
  readThenDecide(
    context,
    exchange,
    body => decided => {
      const inside = keyInEnvelope(body, head.encoding)
      const decideFor = (key: string): void => decideBy(key === '' ? null : (plainKey(key) ?? ''))(decided)
      if (inside === null) decided({ ok: false, refusal: edgeRefusals.busy })
      else if (typeof inside === 'string') decideFor(inside)
      else inside.then(decideFor).catch((error: unknown) => fail(exchange, error))
    },
    head
  )
}

function headOf(address: string, req: HttpRequest, endpoint: Endpoint, { sdk, query }: SentryCredentials): Head {
  const encoding = req.getHeader('content-encoding').trim().toLowerCase()
  const isEnvelope = endpoint === 'store' && /^application\/x-sentry-envelope\b/i.test(req.getHeader('content-type'))
  const format = isEnvelope ? 'envelope' : endpoint
  return {
    format,
    kind: format === 'security' ? 'reports' : 'envelope',
    // Old Android clients send the charset in this header.
    encoding: encoding === 'utf-8' || encoding === 'identity' ? '' : encoding,
    contentLength: bodyBytesOf(req),
    bytesMax: bytesMax[format],
    sentry: {
      address,
      sdk: sdk || req.getHeader('user-agent').slice(0, 200),
      userAgent: req.getHeader('user-agent').slice(0, 500),
      release: query.get('sentry_release')?.slice(0, limits.nameCharsMax) ?? '',
      environment: query.get('sentry_environment')?.slice(0, limits.nameCharsMax) ?? ''
    }
  }
}

function refusalOf(
  context: EdgeContext,
  req: HttpRequest,
  endpoint: Endpoint,
  projectId: number | null,
  encoding: string
): Refusal | null {
  if (context.http.closing) return edgeRefusals.shuttingDown
  if (projectId === null) return refusals.noProject
  if (!encodings.has(encoding)) return edgeRefusals.unsupportedEncoding
  return endpoint === 'security' && !reportTypes.test(req.getHeader('content-type').trim()) ? refusals.reportType : null
}

/** `named` is null without a key, and '' when it is not a key. A key is good for its own project only. */
function decide(
  context: EdgeContext,
  named: string | null,
  projectId: number,
  decided: (decision: KeyDecision) => void
): void {
  if (named === null) return decided({ ok: false, refusal: refusals.noKey })
  if (named === '') return decided({ ok: false, refusal: refusals.unknownKey })
  context.keys.decide(named, decision => {
    if (!decision.ok) {
      decided(decision.refusal.reason === 'unauthorized' ? { ok: false, refusal: refusals.unknownKey } : decision)
    } else if (decision.key.project.projectId !== projectId) decided({ ok: false, refusal: refusals.otherProject })
    else decided(decision)
  })
}

function allow(_context: EdgeContext, exchange: Exchange, req: HttpRequest): void {
  preflight(exchange, req, headersAllowed)
}

function refuseOther(context: EdgeContext, exchange: Exchange, req: HttpRequest): void {
  refuseMethod(context, exchange, req)
}

function refuseUnsupported(context: EdgeContext, exchange: Exchange, req: HttpRequest): void {
  context.countRefused(0, 'not_found')
  refuseUnread(exchange, refusals.notSupported, bodyBytesOf(req))
}
