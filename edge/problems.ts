/**
 * Refusals in the form application/problem+json (RFC 9457). `edgeRefusals` has what the edge itself refuses, except
 * what only the routes of the API or of Sentry refuse, which stands with them. Refusals of the pipeline bring their own
 * texts and are only formatted here.
 */
import { STATUS_CODES } from 'node:http'
import type { Refusal, RefusalReason } from '../schema/outcomes.ts'

const titles: Readonly<Record<RefusalReason, string>> = {
  invalid: 'Invalid event',
  malformed: 'Malformed request',
  unauthorized: 'No valid key',
  not_found: 'Not found',
  method_not_allowed: 'Method not allowed',
  too_large: 'Too large',
  unsupported_encoding: 'Unsupported encoding',
  unsupported_media_type: 'Unsupported media type',
  rate_limited: 'Rate limit exceeded',
  overloaded: 'Overloaded',
  unavailable: 'Storage unavailable',
  disk_full: 'Disk nearly full',
  timeout: 'Not stored in time',
  shutting_down: 'Shutting down',
  internal: 'Processing failed'
}

export const edgeRefusals = {
  noKey: {
    status: 401,
    reason: 'unauthorized',
    detail: 'Send a DSN key: X-Mesher-Key, Authorization: Bearer, X-Sentry-Auth, or ?key=.'
  },
  unknownKey: { status: 401, reason: 'unauthorized', detail: 'This DSN key is unknown or has been revoked.' },
  keysUnavailable: {
    status: 503,
    reason: 'unavailable',
    retryAfterS: 5,
    detail: 'The database does not answer, so this key cannot be checked. Send this again later.'
  },
  notFound: { status: 404, reason: 'not_found', detail: 'There is nothing at this address.' },
  methodNotAllowed: { status: 405, reason: 'method_not_allowed', detail: 'This address does not know this method.' },
  tooLarge: { status: 413, reason: 'too_large', detail: 'The body is larger than this address takes.' },
  unsupportedEncoding: {
    status: 415,
    reason: 'unsupported_encoding',
    detail: 'Content-Encoding must be gzip, deflate, br or identity (zstd where this server has it).'
  },
  upgradeNeeded: { status: 400, reason: 'malformed', detail: 'This address takes a WebSocket upgrade.' },
  bodyTimeout: {
    status: 408,
    reason: 'malformed',
    detail: 'The body did not arrive in time: it must come at one kilobyte a second or more, within five minutes.'
  },
  tooManySockets: {
    status: 503,
    reason: 'overloaded',
    retryAfterS: 5,
    detail: 'Too many sockets are open. Come again later.'
  },
  busy: {
    status: 503,
    reason: 'overloaded',
    retryAfterS: 1,
    detail: 'Too many bodies are being received. Send this again later.'
  },
  shuttingDown: {
    status: 503,
    reason: 'shutting_down',
    retryAfterS: 1,
    detail: 'This server is shutting down. Send this again.'
  },
  internal: {
    status: 503,
    reason: 'internal',
    retryAfterS: 1,
    detail: 'This request could not be handled. Send it again later.'
  },
  forbidden: {
    status: 403,
    reason: 'unauthorized',
    detail: 'Metrics are for this machine, or for requests with the metrics token.'
  }
} as const satisfies Record<string, Refusal>

const statusLines = new Map(
  Object.entries(STATUS_CODES).map(([status, phrase]) => [Number(status), `${status} ${phrase}`])
)

export function statusLine(status: number): string {
  return statusLines.get(status) ?? String(status)
}

export function problemBody({ status, reason, detail, errors }: Refusal): string {
  return JSON.stringify({ type: `urn:mesher:problem:${reason}`, title: titles[reason], status, detail, errors })
}
