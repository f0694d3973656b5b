/**
 * What is derived of an event so that people can search and count it like tags: see schema/facets.ts. What an SDK says
 * in `contexts` counts before the User-Agent of the request; a tag that the client sent counts before both, and then
 * there is no facet of that name. Pure. Values are cut like those of tags; what is no text, or empty, is left out.
 */
import { isObject, type NormalisedEvent } from '../schema/event.ts'
import type { FacetName } from '../schema/facets.ts'
import { limits } from '../schema/limits.ts'
import { cut } from './text.ts'
import { agentOf, type Named } from './user-agents.ts'

export type Facets = Partial<Record<FacetName, string>>

type Members = Record<string, unknown>

/** What facets are derived of. */
export type FacetSource = Pick<
  NormalisedEvent,
  'tags' | 'exception' | 'transaction' | 'server_name' | 'logger' | 'sdk' | 'request' | 'contexts'
>

export function facetsOf(event: FacetSource): Facets {
  const { tags, request, contexts, sdk } = event
  const facets: Facets = {}
  const main = event.exception?.values.at(-1)
  if (main !== undefined) {
    const { type, mechanism } = main
    put(facets, tags, 'error.type', type)
    if (mechanism != null) {
      if (typeof mechanism.handled === 'boolean') put(facets, tags, 'handled', mechanism.handled ? 'yes' : 'no')
      put(facets, tags, 'mechanism', mechanism.type)
    }
  }
  put(facets, tags, 'transaction', event.transaction)
  put(facets, tags, 'server_name', event.server_name)
  put(facets, tags, 'logger', event.logger)
  if (sdk !== undefined) put(facets, tags, 'sdk.name', sdk.name)
  if (request !== undefined) {
    put(facets, tags, 'url', typeof request.url === 'string' ? withoutQuery(request.url) : '')
    put(facets, tags, 'http.method', typeof request.method === 'string' ? request.method.toUpperCase() : '')
  }
  if (request !== undefined || contexts !== undefined) putAgent(facets, tags, contexts, request)
  return facets
}

type Tags = NormalisedEvent['tags']

function putAgent(facets: Facets, tags: Tags, contexts: Members = {}, request: Members = {}): void {
  const header = userAgentOf(request.headers)
  const agent = header === '' ? undefined : agentOf(header)
  const browser = namedIn(contexts.browser) ?? agent?.browser
  const os = namedIn(contexts.os) ?? agent?.os
  const runtime = namedIn(contexts.runtime)
  if (browser !== undefined) putNamed(facets, tags, 'browser', 'browser.name', browser)
  if (os !== undefined) putNamed(facets, tags, 'os', 'os.name', os)
  if (runtime !== undefined) put(facets, tags, 'runtime', withVersion(runtime))
  put(facets, tags, 'device', deviceIn(contexts.device) || agent?.device)
}

function putNamed(
  facets: Facets,
  tags: Tags,
  whole: 'browser' | 'os',
  name: 'browser.name' | 'os.name',
  named: Named
): void {
  put(facets, tags, whole, withVersion(named))
  put(facets, tags, name, named.name)
}

function put(facets: Facets, tags: Tags, name: FacetName, value: unknown): void {
  if (typeof value !== 'string' || value === '' || tags?.[name] !== undefined) return
  facets[name] = cut(value, limits.tagValueCharsMax)
}

function withVersion({ name, version }: Named): string {
  return name === '' || version === '' ? name : `${name} ${version}`
}

/** A context that says what it is, or undefined. */
function namedIn(context: unknown): Named | undefined {
  if (!isObject(context) || typeof context.name !== 'string' || context.name === '') return undefined
  const { name, version } = context
  return { name, version: typeof version === 'string' || typeof version === 'number' ? String(version) : '' }
}

/** Not `name`, which is what its owner calls it. */
function deviceIn(context: unknown): string {
  if (!isObject(context)) return ''
  const { model, family } = context
  return typeof model === 'string' && model !== '' ? model : typeof family === 'string' ? family : ''
}

function withoutQuery(url: string): string {
  const end = url.search(/[?#]/)
  return end === -1 ? url : url.slice(0, end)
}

const headerName = 'user-agent'

/** Headers are an object or a list of pairs. */
function userAgentOf(headers: unknown): string {
  if (Array.isArray(headers)) {
    for (const pair of headers as unknown[]) {
      if (Array.isArray(pair) && isHeader(pair[0]) && typeof pair[1] === 'string') return pair[1]
    }
  } else if (isObject(headers)) {
    for (const name in headers) {
      const value = headers[name]
      if (isHeader(name) && typeof value === 'string') return value
    }
  }
  return ''
}

function isHeader(name: unknown): boolean {
  return typeof name === 'string' && name.length === headerName.length && name.toLowerCase() === headerName
}
