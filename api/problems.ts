/** Refusals of the REST API, thrown where the reason is found and sent as application/problem+json (RFC 9457). */
import type { FieldError } from '../schema/outcomes.ts'
import type { ApiAnswer } from './types.ts'

type Kind = { name: string; title: string }

type More = { errors?: FieldError[]; retryAfterS?: number; kind?: Kind }

export class Problem extends Error {
  readonly status: number
  readonly errors: FieldError[] | undefined
  readonly retryAfterS: number | undefined
  /** What tells it from others of the same status. */
  readonly kind: Kind | undefined

  constructor(status: number, detail: string, { errors, retryAfterS, kind }: More = {}) {
    super(detail)
    this.name = 'Problem'
    this.status = status
    this.errors = errors
    this.retryAfterS = retryAfterS
    this.kind = kind
  }
}

/** `throw problem(409, 'This address has an account already: log in.')` */
export function problem(status: number, detail: string, more?: More): Problem {
  return new Problem(status, detail, more)
}

/** For what is unknown and what is not the caller's, alike. */
export function notFound(): Problem {
  return new Problem(404, 'There is nothing at this address.')
}

/** 400 for one field that a schema could not judge, a slug that is taken or an assignee who is no member. */
export function invalidField(path: string, message: string): Problem {
  return new Problem(400, `${path}: ${message}`, { errors: [{ path, message }] })
}

/** 400 for a search that cannot be understood or asked for. */
export function invalidSearch({ column, message }: { column: number; message: string }): Problem {
  return new Problem(400, `query: ${message}`, { errors: [{ path: 'query', message, column }] })
}

/** 403 that a client can do something about: it asks for the password, confirms, and sends the request again. */
export function recentLoginRequired(): Problem {
  return new Problem(
    403,
    'Confirm your password first: POST /api/v1/auth/confirm. Your login is too long ago for this.',
    {
      kind: { name: 'recent_login_required', title: 'Password needed' }
    }
  )
}

/** The kinds of refusals by status; the name is the last part of a problem's `type`. */
export const problemKinds: Readonly<Record<number, Kind>> = {
  400: { name: 'invalid', title: 'Invalid request' },
  401: { name: 'unauthorized', title: 'Not logged in' },
  403: { name: 'forbidden', title: 'Not allowed' },
  404: { name: 'not_found', title: 'Not found' },
  409: { name: 'conflict', title: 'Conflict' },
  413: { name: 'too_large', title: 'Too large' },
  415: { name: 'unsupported_media_type', title: 'Unsupported media type' },
  429: { name: 'rate_limited', title: 'Too many attempts' },
  503: { name: 'unavailable', title: 'Not available' }
}
const otherKind: Kind = { name: 'internal', title: 'Failed' }

/** In the form that build tools print. */
export function toolProblemAnswer(thrown: Problem): ApiAnswer {
  const { status, headers = [] } = problemAnswer(thrown)
  const { errors } = thrown
  const causes = errors?.map(({ path, message }) => `${path}: ${message}`)
  return { status, body: { detail: thrown.message, ...(causes === undefined ? {} : { causes }) }, headers }
}

export function problemAnswer({ status, message, errors, retryAfterS, kind }: Problem): ApiAnswer {
  const { name, title } = kind ?? problemKinds[status] ?? otherKind
  const headers: [string, string][] = []
  if (retryAfterS !== undefined) headers.push(['Retry-After', String(Math.max(1, Math.ceil(retryAfterS)))])
  if (status === 401) headers.push(['WWW-Authenticate', 'Bearer'])
  const body = {
    type: `urn:mesher:problem:${name}`,
    title,
    status,
    detail: message,
    ...(errors === undefined ? {} : { errors })
  }
  return { status, type: 'application/problem+json', body, headers }
}
