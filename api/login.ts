/**
 * What operations share by which people come in: attempts with a secret, counted before it is looked at; new passwords,
 * judged and hashed; and the session that begins when all is well.
 */
import { rememberClient } from '../services/accounts/known-clients.ts'
import { beginAttempt, type Attempt, type Budget } from '../services/accounts/login-attempts.ts'
import { refusalOfPassword, type PasswordOwner } from '../services/accounts/password-rules.ts'
import { startSession } from '../services/accounts/sessions.ts'
import type { Sql } from '../services/database/sql.ts'
import { hashPassword } from '../services/machine/passwords.ts'
import { deviceCookie, sessionCookie } from './cookies.ts'
import { invalidField, problem } from './problems.ts'
import type { ApiContext, RawRequest } from './types.ts'

/** 429 after too many attempts; otherwise what it was counted in, for the case that it succeeds. */
export async function countAttempt(sql: Sql, attempt: Attempt, now: number): Promise<Budget[]> {
  const begun = await beginAttempt(sql, attempt, now)
  if (!begun.mayTry) {
    throw problem(429, 'Too many attempts. Try again later.', { retryAfterS: begun.waitMs / 1_000 })
  }
  return begun.budgets
}

/** The hash of a new password; 400 for one that is blank, the user's address or easy to guess. */
export async function hashOfNew(password: string, owner: PasswordOwner): Promise<string> {
  const refusal = await refusalOfPassword(password, owner)
  if (refusal !== null) throw invalidField('password', refusal)
  return await hashPassword(password)
}

type Login = Pick<RawRequest, 'device' | 'remoteAddress' | 'userAgent' | 'isSecure'> & {
  sql: Sql
  context: Pick<ApiContext, 'now' | 'publicUrl'>
}

/**
 * Begins a session, and lets the account know the client. Returns the headers that set the cookies of the session and
 * of the browser.
 */
export async function beginSession(
  { sql, context, device, remoteAddress, userAgent, isSecure }: Login,
  userId: string
): Promise<[name: string, value: string][]> {
  const now = context.now()
  const session = await startSession(sql, { userId, remoteAddress, userAgent, now })
  const known = await rememberClient(sql, userId, { device, remoteAddress }, now)
  const place = { publicUrl: context.publicUrl, isSecure }
  return [sessionCookie(session, place), deviceCookie(known, place)]
}
