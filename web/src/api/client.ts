/**
 * Requests to the API. What is refused is thrown as ApiError with the server's own words; without an answer its status
 * is 0. When the session has ended, or the password is needed for what is asked, the caller waits until the user has
 * given it or declined, and the request is sent once more: forms keep their data.
 */
import type { ProblemBody } from './types.ts'

export class ApiError extends Error {
  readonly status: number
  readonly type: string
  readonly title: string
  readonly errors: readonly NonNullable<ProblemBody['errors']>[number][]
  /** Seconds until it is worth trying again. */
  readonly retryAfterS: number | null
  /** The method and address, for a report of the error. */
  readonly request: string

  constructor(
    { type, status, title, detail, errors = [] }: ProblemBody,
    { retryAfterS = null, request }: { retryAfterS?: number | null; request: string }
  ) {
    super(detail)
    this.name = 'ApiError'
    this.type = type
    this.status = status
    this.title = title
    this.errors = errors
    this.retryAfterS = retryAfterS
    this.request = request
  }
}

type Scalar = string | number | boolean
/** What is undefined, null or an empty list is left out; a list is given once for each value. */
export type Query = Readonly<Record<string, Scalar | readonly Scalar[] | null | undefined>>
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
type Options = {
  query?: Query | undefined
  body?: unknown
  signal?: AbortSignal | undefined
  /** A 401 is an answer here, not the end of a session. */ anonymous?: boolean
  text?: boolean
  /** Of a project: what is sent is an event. */ dsnKey?: string
}

const prefix = '/api/v1'
const passwordNeeded = 'urn:mesher:problem:recent_login_required'
/** Asks people for their password; resolves with whether they gave it. */
type Ask = () => Promise<boolean>
let logInAgain: Ask | null = null
let confirmPassword: Ask | null = null

/** Who asks people to log in again. Several requests wait for one answer. */
export function onSessionExpired(ask: Ask): void {
  logInAgain = atOnce(ask)
}

/** Who asks people for the password where their login is too long ago for what they do. */
export function onPasswordNeeded(ask: Ask): void {
  confirmPassword = atOnce(ask)
}

function atOnce(ask: Ask): Ask {
  let asking: Promise<boolean> | null = null
  return () => {
    asking ??= ask().finally(() => {
      asking = null
    })
    return asking
  }
}

export function queryString(query: Query = {}): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null || value === '') continue
    for (const one of [value].flat()) params.append(name, String(one))
  }
  const text = params.toString()
  return text === '' ? '' : `?${text}`
}

async function send(method: Method, path: string, options: Options): Promise<Response> {
  const { query, body, signal, dsnKey } = options
  // Relative, so that it goes by the <base> of the page.
  const address = prefix.slice(1) + path + queryString(query)
  try {
    return await fetch(address, {
      method,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(dsnKey === undefined ? {} : { 'x-mesher-key': dsnKey })
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal })
    })
  } catch (error) {
    if (signal?.aborted === true) throw error
    throw new ApiError(
      {
        type: '',
        status: 0,
        title: 'No answer',
        detail: 'Mesher cannot be reached. Is the server running, and the network up?'
      },
      { request: `${method} ${address}` }
    )
  }
}

async function request<Body>(method: Method, path: string, options: Options = {}): Promise<Body> {
  const response = await answered(method, path, options)
  if (options.text === true) return (await response.text()) as Body
  // The server has checked its answer against the schema that Body comes from.
  return (response.status === 204 ? undefined : await response.json()) as Body
}

async function answered(method: Method, path: string, options: Options): Promise<Response> {
  let response = await send(method, path, options)
  if (response.status === 401 && options.anonymous !== true && logInAgain !== null && (await logInAgain())) {
    response = await send(method, path, options)
  }
  if (response.status === 403 && confirmPassword !== null && (await needsPassword(response))) {
    if (await confirmPassword()) response = await send(method, path, options)
  }
  if (!response.ok) throw await errorOf(response, `${method} ${prefix}${path}`)
  return response
}

/** A page of lines, and the path of the next one from its header `Link`; null after the last. */
async function linesOf(path: string, query: Query): Promise<{ text: string; next: string | null }> {
  const response = await answered('GET', path, { query })
  const [, next = null] = /^<\/api\/v1(.*)>; rel="next"$/.exec(response.headers.get('link') ?? '') ?? []
  return { text: await response.text(), next }
}

/** The response can still be read afterwards. */
async function needsPassword(response: Response): Promise<boolean> {
  const problem: Partial<ProblemBody> | null = await response
    .clone()
    .json()
    .catch(() => null)
  return problem?.type === passwordNeeded
}

async function errorOf(response: Response, request: string): Promise<ApiError> {
  const wait = Number(response.headers.get('retry-after'))
  const about = { request, retryAfterS: wait > 0 ? wait : null }
  const { status } = response
  const problem: Partial<ProblemBody> | null = await response.json().catch(() => null)
  return new ApiError(
    {
      type: problem?.type ?? '',
      status,
      title: problem?.title ?? response.statusText,
      detail: problem?.detail ?? `The server answered ${status}.`,
      ...(problem?.errors === undefined ? {} : { errors: problem.errors })
    },
    about
  )
}

export const http = {
  get: <Body>(path: string, query?: Query, signal?: AbortSignal) => request<Body>('GET', path, { query, signal }),
  lines: linesOf,
  text: (path: string, query?: Query) => request<string>('GET', path, { query, text: true }),
  post: <Body>(path: string, body?: unknown) => request<Body>('POST', path, { body }),
  put: <Body>(path: string, body: unknown) => request<Body>('PUT', path, { body }),
  patch: <Body>(path: string, body: unknown) => request<Body>('PATCH', path, { body }),
  delete: <Body = void>(path: string) => request<Body>('DELETE', path),
  /** An event, as an application sends it. */
  event: <Body>(dsnKey: string, body: unknown) => request<Body>('POST', '/events', { body, dsnKey, anonymous: true }),
  /** For callers that are nobody yet: a 401 is thrown at once. */
  anonymous: <Body>(method: Method, path: string, body?: unknown) =>
    request<Body>(method, path, { body, anonymous: true })
}

/** What to tell people about something that was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) {
    return [error.message, ...error.errors.map(({ path, message }) => `${path} ${message}`)].join(' · ')
  }
  return error instanceof Error ? error.message : String(error)
}

/** The server's words about one field of a form; '' when it has none. */
export function fieldError(error: unknown, field: string): string {
  if (!(error instanceof ApiError)) return ''
  return error.errors.find(({ path }) => path === field)?.message ?? ''
}

/**
 * What is left to say below a form whose fields tell their own errors: those of other fields, or the refusal as a
 * whole. '' for none.
 */
export function formError(error: unknown, fields: readonly string[]): string {
  if (error === null) return ''
  if (!(error instanceof ApiError) || error.errors.length === 0) return messageOf(error)
  const others = error.errors.filter(
    ({ path }) => !fields.some(field => path === field || path.startsWith(`${field}.`))
  )
  return others.map(({ path, message }) => `${path} ${message}`).join(' · ')
}
