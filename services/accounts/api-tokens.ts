/**
 * API tokens: programs call with them in the name of a user, each with a scope of its own. The token itself is shown
 * once; only its hash is kept.
 */
import { v7 as uuidv7 } from 'uuid'
import * as v from 'valibot'
import { scopes, type Scope } from '../../schema/api/common.ts'
import { hashSecret, newSecret } from '../machine/secrets.ts'
import type { Queryable, Sql } from '../database/sql.ts'

const apiTokenRow = v.strictObject({
  id: v.string(),
  name: v.string(),
  scopes: v.array(v.picklist(scopes)),
  created_at: v.date(),
  last_used_at: v.nullable(v.date()),
  expires_at: v.nullable(v.date())
})
export type ApiToken = v.InferOutput<typeof apiTokenRow>

export type NewApiToken = {
  userId: string
  name: string
  scopes: readonly Scope[]
  expiresAt: Date | null
  now: number
}

/** Scanners for secrets, and people who find one, recognise a token by it. */
const tokenPrefix = 'mshr_'
/** Of one user. */
const tokensMax = 100

/** Null when the user has `tokensMax` already. */
export async function createApiToken(
  sql: Sql,
  { userId, name, scopes, expiresAt, now }: NewApiToken
): Promise<(ApiToken & { token: string }) | null> {
  const token = tokenPrefix + newSecret()
  return await sql.begin(async sql => {
    await sql`select id from users where id = ${userId} for update`
    const [row] = await sql.rows(apiTokenRow)`
      insert into api_tokens (id, secret_hash, user_id, name, scopes, created_at, expires_at)
      select ${uuidv7()}, ${hashSecret(token)}, ${userId}, ${name}, ${[...new Set(scopes)]}::text[], ${new Date(now)},
        ${expiresAt}
      where (select count(*) from api_tokens where user_id = ${userId}) < ${tokensMax}
      returning id, name, scopes, created_at, last_used_at, expires_at`
    return row === undefined ? null : { ...row, token }
  })
}

/** Newest first; `after` is the id that the last page ended with. */
export async function listApiTokens(
  sql: Queryable,
  { userId, after, limit }: { userId: string; after: string | null; limit: number }
): Promise<ApiToken[]> {
  return await sql.rows(apiTokenRow)`
    select id, name, scopes, created_at, last_used_at, expires_at from api_tokens
    where user_id = ${userId} ${after === null ? sql`` : sql`and id < ${after}`} order by id desc limit ${limit}`
}

export async function revokeApiTokens(sql: Queryable, userId: string): Promise<void> {
  await sql`delete from api_tokens where user_id = ${userId}`
}

/** True when it was there, and this user's. */
export async function revokeApiToken(sql: Queryable, userId: string, id: string): Promise<boolean> {
  const { count } = await sql`delete from api_tokens where user_id = ${userId} and id = ${id}`
  return count > 0
}
