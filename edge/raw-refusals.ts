/**
 * Refusals of what is no request yet: its head has a fault, so there is no exchange that could be answered. Pages of
 * other origins may read them, because the SDK of a browser would else report a network error.
 */
import type { Refusal } from '../schema/outcomes.ts'
import { problemBody, statusLine } from './problems.ts'
import { headBytesMax } from './transport/limits.ts'
import type { BadRequest, RawAnswer } from './transport/types.ts'

const malformed = (detail: string) => ({ status: 400, reason: 'malformed', detail }) as const

const rawRefusals = {
  malformed: malformed('This is not a request of HTTP/1.1 or HTTP/1.0 (RFC 9112). The connection ends.'),
  two_hosts: malformed('A request has one Host header, this one has several.'),
  no_host: malformed('A request of HTTP/1.1 needs a Host header.'),
  transfer_coding: malformed('The only Transfer-Encoding that is taken is "chunked".'),
  head_too_large: {
    status: 431,
    reason: 'too_large',
    detail:
      `The request line and the headers are too large (${headBytesMax / 1024} KiB, unless this server takes more). ` +
      'Cookies of a parent domain, baggage, or the headers of a proxy are the usual cause.'
  },
  head_timeout: {
    status: 408,
    reason: 'timeout',
    detail: 'The request line and the headers did not arrive in time.'
  }
} as const satisfies Record<BadRequest, Refusal>

export function rawRefusal(what: BadRequest): RawAnswer {
  const refusal = rawRefusals[what]
  return {
    status: statusLine(refusal.status),
    headers: [
      ['Content-Type', 'application/problem+json'],
      ['Access-Control-Allow-Origin', '*'],
      ['X-Content-Type-Options', 'nosniff']
    ],
    body: problemBody(refusal)
  }
}
