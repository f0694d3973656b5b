/**
 * Where a request with a session's cookie comes from. Browsers send cookies with requests that other sites cause, and
 * name the site as Origin; only this server's own may change anything. A proxy that ends TLS, or hides the host, makes
 * Mesher take another address for its own than browsers do: its people are told which setting says it, and so are the
 * log, /readyz and `mesher doctor`, once a session that is good has come that way.
 */
import type { Log } from '../schema/log.ts'
import { callerOf } from '../services/accounts/callers.ts'
import type { Sql } from '../services/database/sql.ts'
import { sessionSecretIn } from './cookies.ts'
import { problem } from './problems.ts'
import { credentialsOf, isToken, type HttpCall } from './request.ts'

/** What this server takes for its address, and what browsers took instead. */
export type OwnAddress = {
  /** As it was set; without it the server is known by the address that each request came to. */
  publicUrl: string | null
  /** A person came by this origin and was refused. */
  refused: (origin: string, expected: string) => void
  /** What the operator should know of the last of them; null when there was none. */
  advice: () => string | null
}

/** Beyond this many origins nothing more is logged. */
const loggedMax = 8

export function ownAddress(publicUrl: string | null, log: Pick<Log, 'warn'>): OwnAddress {
  const logged = new Set<string>()
  let last: string | null = null
  return {
    publicUrl,
    refused: (origin, expected) => {
      last = adviceOf(origin, expected, publicUrl)
      if (logged.has(origin) || logged.size >= loggedMax) return
      logged.add(origin)
      log.warn({ origin, expected }, last)
    },
    advice: () => last
  }
}

function adviceOf(origin: string, expected: string, publicUrl: string | null): string {
  return publicUrl === null
    ? `The dashboard is open at ${origin}, but Mesher takes ${expected} for its address and refuses changes and the ` +
        `live connection: set MESHER_PUBLIC_URL=${origin} (--public-url) and start Mesher again.`
    : `The dashboard is open at ${origin}, but MESHER_PUBLIC_URL is ${publicUrl}: changes and the live connection ` +
        `are refused. Open it there, or set MESHER_PUBLIC_URL=${origin}, with its path if it has one.`
}

/**
 * 403 for any origin but ours, and for none, when the credential is a cookie and the request may change something or
 * go on reading.
 */
export async function checkOrigin(
  call: HttpCall,
  own: OwnAddress,
  { sql, now }: { sql: Sql; now: number }
): Promise<void> {
  if (isToken(call.authorization) || sessionSecretIn(call.cookie) === null) return
  const expected = originOf(call, own.publicUrl)
  if (call.origin === expected) return
  const refusal = "With a session's cookie, requests that change something must carry the Origin of this server."
  if (!isOwnPage(call)) throw problem(403, refusal)
  if ((await callerOf(sql, credentialsOf(call), now)) !== null) own.refused(call.origin, expected)
  throw problem(403, `${refusal} ${adviceOf(call.origin, expected, own.publicUrl)}`)
}

export function originOf({ host, isSecure }: Pick<HttpCall, 'host' | 'isSecure'>, publicUrl: string | null): string {
  return publicUrl === null ? `${isSecure ? 'https' : 'http'}://${host}` : new URL(publicUrl).origin
}

const originForm = /^https?:\/\/(?:[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i

/** Whether the page is at least of the host that the request came to, or the browser says that it is of this site. */
function isOwnPage({ origin, host, fetchSite }: HttpCall): boolean {
  if (!originForm.test(origin)) return false
  return fetchSite === 'same-origin' || new URL(origin).host === host.toLowerCase()
}
