/**
 * Makes of an HTTP request what operations take: decodes parameters and query, finds credentials, parses the
 * body. Nothing here is trusted; what is wrong is thrown as a `Problem`.
 */
import type { Credentials } from '../services/accounts/callers.ts'
import type { Operation } from './operation.ts'
import type { RawRequest } from './types.ts'
import { invalidField, problem } from './problems.ts'
import { deviceSecretIn, sessionSecretIn } from './cookies.ts'

/** A request as the edge hands it over: texts as they were sent, '' for headers that are missing. */
export type HttpCall = {
  /** The parameters of the path in its order, still encoded. */
  params: readonly string[]
  query: string
  cookie: string
  authorization: string
  origin: string
  /** Sec-Fetch-Site: how the browser itself sees the page that asks. */
  fetchSite: string
  host: string
  contentType: string
  userAgent: string
  remoteAddress: string
  isSecure: boolean
  body: Uint8Array
  /** Where the server listens. */
  port: number
}

const parametersMax = 100
const depthMax = 50
const pathCharsMax = 200
/** No client has a reason to send these names; they could reach the prototype of an object. */
const refusedNames = new Set(['__proto__', 'constructor', 'prototype'])
const secretForm = /^[\w-]{43}$/
const tokenForm = /^mshr_[\w-]{43}$/

export function credentialsOf({ cookie, authorization }: Pick<HttpCall, 'cookie' | 'authorization'>): Credentials {
  if (isToken(authorization)) return { session: null, token: tokenOf(authorization) }
  const session = sessionSecretIn(cookie)
  return { session: session !== null && secretForm.test(session) ? session : null, token: null }
}

function deviceOf({ cookie }: HttpCall): string | null {
  const device = deviceSecretIn(cookie)
  return device !== null && secretForm.test(device) ? device : null
}

/** A login of the site in front (Basic) is none of ours, and hides no session. */
export function isToken(authorization: string): boolean {
  return /^\s*bearer\b/i.test(authorization)
}

/** '' for a credential of the wrong form: it belongs to nobody. */
function tokenOf(authorization: string): string {
  const token = /^bearer +(\S{1,100})$/i.exec(authorization)?.[1] ?? ''
  return tokenForm.test(token) ? token : ''
}

/**
 * The caller is set once it is known. The body is parsed when it is read, so a caller without the right gets its
 * refusal first.
 */
export function rawRequestOf(operation: Operation, call: HttpCall, caller: RawRequest['caller']): RawRequest {
  const names = operation.path.match(/(?<=\/:)\w+/g) ?? []
  return {
    params: Object.fromEntries(names.map((name, index) => [name, decoded(call.params[index] ?? '', 'path', name)])),
    query: queryOf(call.query),
    get body() {
      return bodyOf(call)
    },
    caller,
    remoteAddress: call.remoteAddress,
    userAgent: call.userAgent,
    device: deviceOf(call),
    isSecure: call.isSecure
  }
}

function decoded(text: string, where: 'path' | 'query', path: string): string {
  try {
    const plain = decodeURIComponent(text)
    if (!plain.includes('\0')) return plain
  } catch {
    throw invalidField(path, `is not valid percent-encoded UTF-8 (in the ${where})`)
  }
  throw invalidField(path, 'must not contain NUL')
}

function queryOf(text: string): Record<string, string | string[]> {
  const query = new Map<string, string | string[]>()
  const pairs = text.split('&').filter(pair => pair !== '')
  if (pairs.length > parametersMax) throw problem(400, `The query has more than ${parametersMax} parameters.`)
  for (const pair of pairs) {
    const [name, value] = pairOf(pair)
    const known = query.get(name)
    query.set(name, known === undefined ? value : [known, value].flat())
  }
  return Object.fromEntries(query)
}

function pairOf(pair: string): [string, string] {
  const at = pair.indexOf('=')
  const plain = (part: string): string => decoded(part.replaceAll('+', ' '), 'query', part.slice(0, 50))
  const name = plain(at === -1 ? pair : pair.slice(0, at))
  if (refusedNames.has(name)) throw invalidField(name, 'is not known here')
  return [name, at === -1 ? '' : plain(pair.slice(at + 1))]
}

function bodyOf({ body, contentType }: HttpCall): unknown {
  if (body.byteLength === 0) return undefined
  if (!/^application\/json\s*(?:;|$)/i.test(contentType)) throw problem(415, 'The body must be application/json.')
  const value = parsedJson(body)
  // Schemas take an array for an object without fields.
  if (Array.isArray(value)) throw invalidField('body', 'must be a JSON object')
  const wrong = wrongPart(value, depthMax)
  if (wrong !== null) throw invalidField(wrong.path.slice(0, pathCharsMax) || 'body', wrong.message)
  return value
}

function parsedJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw problem(400, 'The body is not valid JSON in UTF-8.', {
      errors: [{ path: 'body', message: 'is not valid JSON in UTF-8' }]
    })
  }
}

type Wrong = { path: string; message: string }

/** Null when there is nothing wrong. The path is put together on the way back, so that good bodies cost little. */
function wrongPart(value: unknown, depthLeft: number): Wrong | null {
  if (typeof value === 'string') return value.includes('\0') ? { path: '', message: 'must not contain NUL' } : null
  if (typeof value !== 'object' || value === null) return null
  if (depthLeft === 0) return { path: '', message: 'is nested too deeply' }
  if (Array.isArray(value)) return wrongItem(value, depthLeft)
  for (const [name, inner] of Object.entries(value)) {
    if (refusedNames.has(name)) return { path: name, message: 'is not known here' }
    const wrong = wrongPart(inner, depthLeft - 1)
    if (wrong !== null) return within(name, wrong)
  }
  return null
}

function wrongItem(items: readonly unknown[], depthLeft: number): Wrong | null {
  for (let index = 0; index < items.length; index++) {
    const wrong = wrongPart(items[index], depthLeft - 1)
    if (wrong !== null) return within(String(index), wrong)
  }
  return null
}

function within(name: string, { path, message }: Wrong): Wrong {
  return { path: path === '' ? name : `${name}.${path}`, message }
}
