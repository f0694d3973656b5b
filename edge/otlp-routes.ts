/**
 * The routes that exporters of OpenTelemetry send to, as OTLP over HTTP has them: /v1/logs, /v1/traces and /v1/metrics,
 * below /otlp, below /api/<project>/otlp, and below /api/<project>/integration/otlp, which is where SDKs of Sentry are
 * told to send. The key names the project; one in the path must be the same. Only the headers are looked at here.
 */
import { keyInDsn, plainKey } from '../events/sentry/dsn.ts'
import { limits } from '../schema/limits.ts'
import type { Refusal } from '../schema/outcomes.ts'
import type { OtlpFormat } from '../schema/pipeline.ts'
import { preflight, readAndAdmit, refuseHere, refuseMethod, type Head } from './admission.ts'
import type { EdgeContext } from './context.ts'
import { bearer } from './credentials.ts'
import { bodyBytesOf, route, type Exchange, type Handler } from './http.ts'
import { encodings } from './ingest-routes.ts'
import type { KeyDecision } from './keys.ts'
import type { OtlpForm } from './otlp-answers.ts'
import { edgeRefusals } from './problems.ts'
import { sentryCredentialsOf } from './sentry-credentials.ts'
import type { HttpRequest, Door } from './transport/types.ts'

const signals = { logs: 'otlp_logs', traces: 'otlp_traces', metrics: 'otlp_metrics' } as const
const bases = ['', '/otlp']
const basesOfProject = ['/api/:project/otlp', '/api/:project/integration/otlp']

const headersAllowed = 'content-type, content-encoding, authorization, x-mesher-key, x-sentry-auth'

const refusals = {
  noKey: {
    status: 401,
    reason: 'unauthorized',
    detail: 'Send the key of a DSN: x-sentry-auth=sentry sentry_key=…, authorization=Bearer …, or x-mesher-key=….'
  },
  otherProject: { status: 403, reason: 'unauthorized', detail: 'This DSN key belongs to another project.' },
  type: {
    status: 415,
    reason: 'unsupported_media_type',
    detail: 'Content-Type must be application/x-protobuf or application/json.'
  }
} as const satisfies Record<string, Refusal>

export function otlpRoutes(door: Door, context: EdgeContext): void {
  for (const [name, signal] of Object.entries(signals)) {
    for (const base of bases) {
      add(`${base}/v1/${name}`, (exchange, req) => receive(context, exchange, req, signal, null))
    }
    for (const base of basesOfProject) {
      add(`${base}/v1/${name}`, (exchange, req) => receive(context, exchange, req, signal, req.getParameter(0) ?? ''))
    }
  }

  function add(path: string, handle: Handler): void {
    for (const either of [path, `${path}/`]) {
      route(door, context.http, 'post', either, true, handle)
      route(door, context.http, 'options', either, true, (exchange, req) => preflight(exchange, req, headersAllowed))
      route(door, context.http, 'any', either, true, (exchange, req) => refuseMethod(context, exchange, req))
    }
  }
}

/** `project` is the one in the path; null for a path without one. */
function receive(
  context: EdgeContext,
  exchange: Exchange,
  req: HttpRequest,
  signal: (typeof signals)[keyof typeof signals],
  project: string | null
): void {
  const form = formOf(req.getHeader('content-type'))
  exchange.form = form ?? 'otlp_json'
  const encoding = req.getHeader('content-encoding').trim().toLowerCase()
  const format: OtlpFormat = exchange.form === 'otlp' ? signal : `${signal}_json`
  const head: Head = {
    format,
    kind: format,
    encoding,
    contentLength: bodyBytesOf(req),
    bytesMax: limits.otlpBytesMax
  }
  const refusal = refusalOf(context, form, encoding)
  if (refusal !== null) return refuseHere(context, exchange, head, refusal)
  const key = keyOf(req)
  readAndAdmit(context, exchange, decided => decide(context, key, project, decided), head)
}

function formOf(contentType: string): OtlpForm | null {
  if (/^\s*application\/(?:x-)?protobuf\s*(?:;|$)/i.test(contentType)) return 'otlp'
  return /^\s*application\/json\s*(?:;|$)/i.test(contentType) ? 'otlp_json' : null
}

function refusalOf({ http }: EdgeContext, form: OtlpForm | null, encoding: string): Refusal | null {
  if (http.closing) return edgeRefusals.shuttingDown
  if (form === null) return refusals.type
  return encodings.has(encoding) ? null : edgeRefusals.unsupportedEncoding
}

/** Null without a key, '' when what is there is none. A whole DSN is taken in place of its key. */
function keyOf(req: HttpRequest): string | null {
  const named = req.getHeader('x-mesher-key') || bearer(req.getHeader('authorization'))
  if (named !== '') return plainKey(keyInDsn(named) || named) ?? ''
  return sentryCredentialsOf(req).key
}

function decide(
  context: EdgeContext,
  key: string | null,
  project: string | null,
  decided: (decision: KeyDecision) => void
): void {
  if (key === null) return decided({ ok: false, refusal: refusals.noKey })
  if (key === '') return decided({ ok: false, refusal: edgeRefusals.unknownKey })
  context.keys.decide(key, decision => {
    if (decision.ok && project !== null && project !== String(decision.key.project.projectId)) {
      decided({ ok: false, refusal: refusals.otherProject })
    } else decided(decision)
  })
}
