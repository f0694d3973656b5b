/**
 * Finds the user behind a session's cookie or an API token, and says whether the callers of open sockets are still
 * valid. The time of the last use is written at most every few minutes, so that most requests only read. An unknown,
 * expired or revoked credential gives null.
 */
import * as v from 'valibot'
import { scopes, type Role, type Scope, roles } from '../../schema/api/common.ts'
import { hashSecret } from '../machine/secrets.ts'
import type { Queryable } from '../database/sql.ts'

/** Who calls: by the cookie of a session or by an API token. */
export type Caller = {
  userId: string
  email: string
  name: string
  isInstanceAdmin: boolean
  /** The greatest of a token's. Of a session always `admin`: it may do everything that its user may. */
  scope: Scope
  /** Has the scope `ci`, or one that includes it. */
  mayBuild: boolean
  /** `confirmedAt` is when the user has last given their password, in milliseconds since the epoch. */
  session: { id: string; confirmedAt: number } | null
  token: { id: string } | null
}

/** As sent. With both, only the token counts, even when it is not valid. */
export type Credentials = { session: string | null; token: string | null }

const userRow = v.strictObject({
  id: v.string(),
  user_id: v.string(),
  email: v.string(),
  name: v.string(),
  is_instance_admin: v.boolean()
})
type UserRow = v.InferOutput<typeof userRow>

export const sessionTimes = { idleDays: 14, daysMax: 90 } as const
const touchedEveryMinutes = 5

export async function callerOf(sql: Queryable, { session, token }: Credentials, nowMs: number): Promise<Caller | null> {
  const now = new Date(nowMs)
  if (token !== null) return await callerByToken(sql, hashSecret(token), now)
  return session === null ? null : await callerBySession(sql, hashSecret(session), now)
}

const sessionRow = v.strictObject({ ...userRow.entries, confirmed_at: v.date() })

async function callerBySession(sql: Queryable, hash: Buffer, now: Date): Promise<Caller | null> {
  const [row] = await sql.rows(sessionRow)`
    with touched as (
      update sessions set last_used_at = ${now},
        expires_at = least(created_at + make_interval(days => ${sessionTimes.daysMax}),
          ${now}::timestamptz + make_interval(days => ${sessionTimes.idleDays}))
      where secret_hash = ${hash} and expires_at > ${now}
        and last_used_at < ${now}::timestamptz - make_interval(mins => ${touchedEveryMinutes})
    )
    select s.id, s.user_id, u.email, u.name, u.is_instance_admin, coalesce(s.confirmed_at, s.created_at) as confirmed_at
    from sessions s join users u on u.id = s.user_id
    where s.secret_hash = ${hash} and s.expires_at > ${now}`
  if (row === undefined) return null
  const session = { id: row.id, confirmedAt: row.confirmed_at.getTime() }
  return { ...userOf(row), scope: 'admin', mayBuild: true, session, token: null }
}

const tokenRow = v.strictObject({ ...userRow.entries, scopes: v.array(v.picklist(scopes)) })

async function callerByToken(sql: Queryable, hash: Buffer, now: Date): Promise<Caller | null> {
  const [row] = await sql.rows(tokenRow)`
    with touched as (
      update api_tokens set last_used_at = ${now}
      where secret_hash = ${hash} and (expires_at is null or expires_at > ${now})
        and (last_used_at is null or last_used_at < ${now}::timestamptz - make_interval(mins => ${touchedEveryMinutes}))
    )
    select t.id, t.user_id, t.scopes, u.email, u.name, u.is_instance_admin from api_tokens t
      join users u on u.id = t.user_id
    where t.secret_hash = ${hash} and (t.expires_at is null or t.expires_at > ${now})`
  if (row === undefined) return null
  const mayBuild = row.scopes.some(scope => scope !== 'read')
  return { ...userOf(row), scope: greatestOf(row.scopes), mayBuild, session: null, token: { id: row.id } }
}

function userOf({
  user_id: userId,
  email,
  name,
  is_instance_admin: isInstanceAdmin
}: UserRow): Pick<Caller, 'userId' | 'email' | 'name' | 'isInstanceAdmin'> {
  return { userId, email, name, isInstanceAdmin }
}

function greatestOf(scopes: readonly Scope[]): Scope {
  if (scopes.includes('admin')) return 'admin'
  if (scopes.includes('write')) return 'write'
  return scopes.includes('read') ? 'read' : 'ci'
}

const membershipRow = v.strictObject({
  id: v.string(),
  organization_id: v.nullable(v.string()),
  role: v.nullable(v.picklist(roles))
})

/**
 * Which of these sessions and tokens (by id) are still valid, each with the roles that its user has now. A missing one
 * has logged out, was revoked or has expired. For sockets, which are checked again while they are open.
 */
export async function validCallers(
  sql: Queryable,
  ids: readonly string[],
  nowMs: number
): Promise<Map<string, Map<string, Role>>> {
  const now = new Date(nowMs)
  const rows = await sql.rows(membershipRow)`
    with held as (
      select id, user_id from sessions where id = any (${ids}::uuid[]) and expires_at > ${now}
      union all
      select id, user_id from api_tokens where id = any (${ids}::uuid[]) and (expires_at is null or expires_at > ${now})
    )
    select h.id, m.organization_id, m.role from held h left join memberships m on m.user_id = h.user_id`
  const callers = new Map<string, Map<string, Role>>()
  for (const { id, organization_id: organizationId, role } of rows) {
    const roles = callers.get(id) ?? new Map<string, Role>()
    if (organizationId !== null && role !== null) roles.set(organizationId, role)
    callers.set(id, roles)
  }
  return callers
}
