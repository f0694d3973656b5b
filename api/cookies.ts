/**
 * The cookie that carries a session. JavaScript cannot read it, and other sites' forms and images do not bring it
 * along.
 */
import { sessionTimes } from '../services/accounts/callers.ts'

export const sessionCookieName = 'mesher_session'

type Header = readonly [name: string, value: string]

/** The server knows when a session ends; the cookie lives for as long as one can at most. */
export function sessionCookie(secret: string, isSecure: boolean): Header {
  return cookie(secret, sessionTimes.daysMax * 24 * 60 * 60, isSecure)
}

export function endedSessionCookie(isSecure: boolean): Header {
  return cookie('', 0, isSecure)
}

function cookie(value: string, maxAgeS: number, isSecure: boolean): Header {
  return [
    'Set-Cookie',
    `${sessionCookieName}=${value}; Path=/; Max-Age=${maxAgeS}; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`
  ]
}
