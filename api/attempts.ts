/** Attempts with a secret, counted before the secret is looked at. */
import { beginAttempt, type Attempt } from '../services/accounts/login-attempts.ts'
import type { Sql } from '../services/database/sql.ts'
import { problem } from './problems.ts'

/** 429 after too many attempts. */
export async function countAttempt(sql: Sql, attempt: Attempt, now: number): Promise<void> {
  const waitMs = await beginAttempt(sql, attempt, now)
  if (waitMs !== null) throw problem(429, 'Too many attempts. Try again later.', { retryAfterS: waitMs / 1_000 })
}
