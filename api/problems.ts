/** Refusals of the REST API, thrown by whoever finds the reason and answered as application/problem+json (RFC 9457). */
import type { FieldError } from '../schema/outcomes.ts'

export class Problem extends Error {
  readonly status: number
  readonly errors: FieldError[] | undefined
  readonly retryAfterS: number | undefined

  constructor (status: number, detail: string, { errors, retryAfterS }: { errors?: FieldError[], retryAfterS?: number } = {}) {
    super(detail)
    this.name = 'Problem'
    this.status = status
    this.errors = errors
    this.retryAfterS = retryAfterS
  }
}

/** `throw problem(409, 'This address has an account already: log in.')` */
export function problem (status: number, detail: string, more?: { errors?: FieldError[], retryAfterS?: number }): Problem {
  return new Problem(status, detail, more)
}

/** 400 for one field that a schema could not judge, a slug that is taken or an assignee who is no member. */
export function invalidField (path: string, message: string): Problem {
  return new Problem(400, `${path}: ${message}`, { errors: [{ path, message }] })
}
