/**
 * The cookie that carries the secret of a session. JavaScript cannot read it, and requests that other sites cause do
 * not bring it along, except plain links. Nothing is checked here: whether a secret is known is for services/accounts.
 */
import { parseCookie, stringifySetCookie } from 'cookie'
import { sessionTimes } from '../services/accounts/callers.ts'

const sessionCookieName = 'mesher_session'

type Header = readonly [name: string, value: string]

/** The secret in a Cookie header; null when the header has no cookie of a session. */
export function sessionSecretIn(cookieHeader: string): string | null {
  return parseCookie(cookieHeader)[sessionCookieName] ?? null
}

/** The server knows when a session ends; the cookie lives for as long as a session can at most. */
export function sessionCookie(secret: string, isSecure: boolean): Header {
  return setCookie(secret, sessionTimes.daysMax * 24 * 60 * 60, isSecure)
}

export function endedSessionCookie(isSecure: boolean): Header {
  return setCookie('', 0, isSecure)
}

function setCookie(value: string, maxAge: number, isSecure: boolean): Header {
  return [
    'Set-Cookie',
    stringifySetCookie({
      name: sessionCookieName,
      value,
      path: '/',
      maxAge,
      httpOnly: true,
      sameSite: 'lax',
      secure: isSecure
    })
  ]
}
