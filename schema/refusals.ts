/** The refusals that more than one stage of the pipeline gives, in one wording. */
import type { FieldError, Refusal } from './outcomes.ts'

export const refusals = {
  rateLimited: (retryAfterS: number): Refusal => ({
    status: 429,
    reason: 'rate_limited',
    retryAfterS: Math.max(1, retryAfterS),
    detail: 'The rate limit of this project or key is used up.'
  }),
  overloaded: (): Refusal => ({
    status: 503,
    reason: 'overloaded',
    retryAfterS: 1,
    detail: 'Too many events are waiting to be stored. Send this again later.'
  }),
  unavailable: (): Refusal => ({
    status: 503,
    reason: 'unavailable',
    retryAfterS: 5,
    detail: 'Events can be stored neither in the database nor on disk at the moment. Send this again later.'
  }),
  diskFull: (): Refusal => ({
    status: 503,
    reason: 'disk_full',
    retryAfterS: 60,
    detail: 'The server is short of disk space and takes no events. Send this again later.'
  }),
  internal: (): Refusal => ({
    status: 503,
    reason: 'internal',
    retryAfterS: 1,
    detail: 'Processing this failed again and again. It may have been stored; give it an event_id and send it again.'
  }),
  timeout: (): Refusal => ({
    status: 503,
    reason: 'timeout',
    retryAfterS: 1,
    detail: 'The event was not stored in time. It may still be; give it an event_id and send it again.'
  }),
  invalid: (errors: FieldError[]): Refusal => ({
    status: 400,
    reason: 'invalid',
    errors,
    detail: 'The event does not have the documented form.'
  })
} as const
