/**
 * What can become of an event, and why one is refused. Everything that was sent ends in exactly one of these, so
 * sent = stored + duplicate + sampled_out + discarded + quarantined + refused by reason + unanswered.
 */

export const outcomes = ['stored', 'duplicate', 'sampled_out', 'discarded', 'quarantined'] as const
export type Outcome = (typeof outcomes)[number]

/** Why a request or an event was refused; the label of the metric and the last part of the problem's `type`. */
export const refusalReasons = [
  'invalid',
  'malformed',
  'unauthorized',
  'not_found',
  'method_not_allowed',
  'too_large',
  'unsupported_encoding',
  'unsupported_media_type',
  'rate_limited',
  'overloaded',
  'unavailable',
  'disk_full',
  'timeout',
  'shutting_down',
  'internal'
] as const
export type RefusalReason = (typeof refusalReasons)[number]

/** `line` and `column` count from 1, in a field that holds a text of several lines. */
export type FieldError = { path: string; message: string; line?: number; column?: number }

/** A refusal as data; `edge/problems.ts` turns it into application/problem+json (RFC 9457). */
export type Refusal = {
  status: number
  reason: RefusalReason
  detail: string
  errors?: FieldError[]
  retryAfterS?: number
}

/**
 * The fate of one event. `id` is the first id where the event is a duplicate; a request that held nothing to store is
 * ignored.
 */
export type EventResult = { status: 202; id: string; outcome: Outcome | 'ignored' } | ({ status: 400 } & Refusal)

/**
 * One answer to the process that waits: the fate of event `index` of `total` in a request, or the refusal of the whole
 * request.
 */
export type Reply =
  | { request: number; index: number; total: number; result: EventResult; eventId?: string | undefined }
  | { request: number; refusal: Refusal }
