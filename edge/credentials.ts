/**
 * Finds the DSN key in a request of Mesher's own protocol: X-Mesher-Key, Authorization: Bearer, X-Sentry-Auth or the
 * query, in this order; the first that is present counts. Whether the key is known is decided in keys.ts.
 */
import type { HttpRequest } from './transport/types.ts'

const keyPattern = /^[0-9a-f]{32}$/
const sentryKeyPattern = /(?:^|[\s,])sentry_key\s*=\s*"?([^\s,"]+)/i

/** The key in lower case; null when there is none, or when it is not 32 hex digits. */
export function publicKeyOf(req: HttpRequest): string | null {
  const sent =
    req.getHeader('x-mesher-key') ||
    bearer(req.getHeader('authorization')) ||
    sentryKeyPattern.exec(req.getHeader('x-sentry-auth'))?.[1] ||
    queryKey(req)
  if (sent === undefined) return null
  const key = sent.toLowerCase()
  return keyPattern.test(key) ? key : null
}

export function bearer(authorization: string): string {
  return /^bearer\s+(\S+)$/i.exec(authorization)?.[1] ?? ''
}

function queryKey(req: HttpRequest): string | undefined {
  const query = req.getQuery()
  if (query === undefined || query === '') return undefined
  const parameters = new URLSearchParams(query)
  return parameters.get('key') ?? parameters.get('sentry_key') ?? undefined
}
