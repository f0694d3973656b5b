/**
 * The cookie that carries the secret of a session. JavaScript cannot read it, and requests that other sites cause do
 * not bring it along, except plain links. Nothing is checked here: whether a secret is known is for services/accounts.
 */
import { parseCookie, stringifySetCookie } from 'cookie'
import { sessionTimes } from '../services/accounts/callers.ts'
import { deviceDays } from '../services/accounts/known-clients.ts'

const sessionCookieName = 'mesher_session'
const deviceCookieName = 'mesher_device'
const dayS = 24 * 60 * 60

type Header = [name: string, value: string]

/** Where browsers reach this server: cookies are for its path, and for TLS only where there is TLS. */
export type CookiePlace = { publicUrl: string; isSecure: boolean }

/** The secret in a Cookie header; null when the header has no cookie of a session. */
export function sessionSecretIn(cookieHeader: string): string | null {
  return parseCookie(cookieHeader)[sessionCookieName] ?? null
}

/** The secret by which accounts know the browser; null when the header has none. */
export function deviceSecretIn(cookieHeader: string): string | null {
  return parseCookie(cookieHeader)[deviceCookieName] ?? null
}

/** It stays when a session ends. */
export function deviceCookie(secret: string, place: CookiePlace): Header {
  return setCookie(deviceCookieName, secret, deviceDays * dayS, place)
}

/** The server knows when a session ends; the cookie lives for as long as a session can at most. */
export function sessionCookie(secret: string, place: CookiePlace): Header {
  return setCookie(sessionCookieName, secret, sessionTimes.daysMax * dayS, place)
}

export function endedSessionCookie(place: CookiePlace): Header {
  return setCookie(sessionCookieName, '', 0, place)
}

function setCookie(name: string, value: string, maxAge: number, { publicUrl, isSecure }: CookiePlace): Header {
  return [
    'Set-Cookie',
    stringifySetCookie({
      name,
      value,
      path: new URL(publicUrl).pathname,
      maxAge,
      httpOnly: true,
      sameSite: 'lax',
      secure: isSecure
    })
  ]
}
