/**
 * Finds the DSN key and the name of the SDK in a request of Sentry's protocol: in the query, X-Sentry-Auth, or
 * Authorization (as `Sentry …` or Basic), in this order. The first place with a key counts. Everything but the key is
 * only recorded. The key inside an envelope is found by events/sentry/dsn.ts.
 */
import { plainKey } from '../events/sentry/dsn.ts'
import type { HttpRequest } from './transport/types.ts'

/** `key` is null when there is none, and '' when it is not a key. `query` has the parameters of the URL. */
export type SentryCredentials = { key: string | null; sdk: string; query: URLSearchParams }

const sdkCharsMax = 200

export function sentryCredentialsOf(req: HttpRequest): SentryCredentials {
  const query = new URLSearchParams(req.getQuery() ?? '')
  const [inHeader, inAuthorization] = [pairsIn(req.getHeader('x-sentry-auth')), pairsIn(req.getHeader('authorization'))]
  const named =
    query.get('sentry_key') ||
    inHeader?.get('sentry_key') ||
    inAuthorization?.get('sentry_key') ||
    keyIn(basicUser(req.getHeader('authorization')))
  const sdk =
    query.get('sentry_client') ?? inHeader?.get('sentry_client') ?? inAuthorization?.get('sentry_client') ?? ''
  return { key: named ? (plainKey(named) ?? '') : null, sdk: sdk.slice(0, sdkCharsMax), query }
}

/** The pairs of `Sentry sentry_key=…, sentry_version="7"`, in any case and order; null for anything else. */
function pairsIn(header: string): Map<string, string> | null {
  const pairs = /^\s*sentry\s+(.{1,4000})$/is.exec(header)?.[1]
  if (pairs === undefined) return null
  return new Map(
    pairs.split(',').map(pair => {
      const equals = pair.indexOf('=')
      const [name, value] = equals === -1 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
      return [name.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/, '$1')]
    })
  )
}

/** The login of a site in front is no key, and hides none that is elsewhere. */
function keyIn(user: string): string {
  return plainKey(user) === null ? '' : user
}

function basicUser(header: string): string {
  const encoded = /^\s*basic\s+([A-Za-z0-9+/=_-]{1,1000})\s*$/i.exec(header)?.[1]
  return encoded === undefined ? '' : (Buffer.from(encoded, 'base64').toString().split(':', 1)[0] ?? '')
}
