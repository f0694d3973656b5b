/**
 * Where a request may carry its DSN key: X-Mesher-Key, Authorization: Bearer, X-Sentry-Auth, or the query; the first
 * one counts.
 */
import type { HttpRequest } from './uws.ts'

const keyPattern = /^[0-9a-f]{32}$/
const sentryKeyPattern = /(?:^|[\s,])sentry_key\s*=\s*"?([^\s,"]+)/i

/** The key as sent, lower case; null when there is none, or nothing that could be one. */
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

function bearer(authorization: string): string {
  return /^bearer\s+(\S+)$/i.exec(authorization)?.[1] ?? ''
}

function queryKey(req: HttpRequest): string | undefined {
  // Without a "?" uWS answers undefined, whatever its types say.
  const query: string | undefined = req.getQuery()
  if (query === undefined || query === '') return undefined
  const parameters = new URLSearchParams(query)
  return parameters.get('key') ?? parameters.get('sentry_key') ?? undefined
}
