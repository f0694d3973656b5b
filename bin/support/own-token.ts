/**
 * A token for commands that ask the running server: made in its database, for a user who may see what is asked for. It
 * is revoked when the command ends, and expires within a day if the command could not do so.
 */
import { createApiToken, revokeApiToken } from '../../services/accounts/api-tokens.ts'
import type { Sql } from '../../services/database/sql.ts'
import { CommandFailed } from './failure.ts'

const dayMs = 24 * 60 * 60 * 1_000

export type Headers = Readonly<Record<string, string>>

export function bearer(token: string): Headers {
  return { authorization: `Bearer ${token}` }
}

export async function withOwnToken(
  sql: Sql,
  { userId, name }: { userId: string; name: string },
  work: (headers: Headers) => Promise<void>
): Promise<void> {
  const now = Date.now()
  const created = await createApiToken(sql, {
    userId,
    name,
    scopes: ['read'],
    expiresAt: new Date(now + dayMs),
    now
  })
  if (created === null) {
    throw new CommandFailed('no token can be made: the user who would look has as many as one may have', {
      hint: 'Revoke one in the dashboard (account), or give a token with --token.'
    })
  }
  try {
    await work(bearer(created.token))
  } finally {
    await revokeApiToken(sql, userId, created.id)
  }
}
