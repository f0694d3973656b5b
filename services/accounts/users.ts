/** Users and the organizations they belong to. Addresses are kept in lower case, and are one user's alone. */
import { v7 as uuidv7 } from 'uuid'
import * as v from 'valibot'
import { roles } from '../../schema/api/common.ts'
import { revokeApiTokens } from './api-tokens.ts'
import { endOtherSessions } from './sessions.ts'
import type { Queryable, Sql } from '../database/sql.ts'

const userRow = v.strictObject({ id: v.string(), email: v.string(), name: v.string(), is_instance_admin: v.boolean() })
export type User = v.InferOutput<typeof userRow>

/** `isConfirmed`: the address is known to be the user's; otherwise only an invitation has named it. */
export type NewUser = {
  email: string
  name: string
  passwordHash: string
  isInstanceAdmin?: boolean
  isConfirmed?: boolean
}

const organizationOfUserRow = v.strictObject({
  id: v.string(),
  slug: v.string(),
  name: v.string(),
  role: v.picklist(roles)
})
export type OrganizationOfUser = v.InferOutput<typeof organizationOfUserRow>

export async function organizationsOf(sql: Queryable, userId: string): Promise<OrganizationOfUser[]> {
  return await sql.rows(organizationOfUserRow)`
    select o.id, o.slug, o.name, m.role from memberships m join organizations o on o.id = m.organization_id
    where m.user_id = ${userId} order by o.created_at, o.id`
}

/** For a user who is known to exist. */
export async function readUser(sql: Queryable, userId: string): Promise<User> {
  const [row] = await sql.rows(userRow)`select id, email, name, is_instance_admin from users where id = ${userId}`
  if (row === undefined) throw new Error(`there is no user ${userId}`)
  return row
}

const userWithHashRow = v.strictObject({ ...userRow.entries, password_hash: v.nullable(v.string()) })

/** `email` in lower case. */
export async function findUserByEmail(
  sql: Queryable,
  email: string
): Promise<(User & { password_hash: string | null }) | null> {
  const [row] = await sql.rows(userWithHashRow)`
    select id, email, name, is_instance_admin, password_hash from users where email = ${email}`
  return row ?? null
}

const passwordHashRow = v.strictObject({ password_hash: v.nullable(v.string()) })

export async function passwordHashOf(sql: Queryable, userId: string): Promise<string | null> {
  const [row] = await sql.rows(passwordHashRow)`select password_hash from users where id = ${userId}`
  return row?.password_hash ?? null
}

/** Null when the address is another user's already. */
export async function createUser(
  sql: Queryable,
  { email, name, passwordHash, isInstanceAdmin = false, isConfirmed = false }: NewUser
): Promise<User | null> {
  const [row] = await sql.rows(userRow)`
    insert into users (id, email, name, password_hash, is_instance_admin, email_confirmed_at)
      values (${uuidv7()}, ${email}, ${name}, ${passwordHash}, ${isInstanceAdmin},
        case when ${isConfirmed} then now() end)
    on conflict (email) do nothing returning id, email, name, is_instance_admin`
  return row ?? null
}

export type UserChange = {
  name?: string | undefined
  passwordHash?: string | undefined
  keptSessionId: string | null
  revokesTokens: boolean
}

/** A new password ends the user's sessions but `keptSessionId`; with `revokesTokens` their API tokens too. */
export async function changeUser(
  sql: Sql,
  userId: string,
  { name, passwordHash, keptSessionId, revokesTokens }: UserChange
): Promise<void> {
  await sql.begin(async sql => {
    if (name !== undefined) await sql`update users set name = ${name} where id = ${userId}`
    if (passwordHash === undefined) return
    await sql`update users set password_hash = ${passwordHash} where id = ${userId}`
    await endOtherSessions(sql, userId, keptSessionId)
    if (revokesTokens) await revokeApiTokens(sql, userId)
  })
}

const userListedRow = v.strictObject({ ...userRow.entries, created_at: v.date(), organizations: v.array(v.string()) })
export type UserListed = v.InferOutput<typeof userListedRow>

/** All users, oldest first, each with `slug (role)` of its organizations. For operators. */
export async function listUsers(sql: Queryable): Promise<UserListed[]> {
  return await sql.rows(userListedRow)`
    select u.id, u.email, u.name, u.is_instance_admin, u.created_at,
      coalesce((select array_agg(o.slug || ' (' || m.role || ')' order by o.created_at, o.id)
        from memberships m join organizations o on o.id = m.organization_id where m.user_id = u.id),
          '{}') as organizations
    from users u order by u.created_at, u.id`
}

const userIdRow = v.strictObject({ user_id: v.string() })

/** Somebody who belongs to the organization, the highest in rank and then the oldest first; null when nobody does. */
export async function findMember(sql: Queryable, organizationId: string): Promise<string | null> {
  const [row] = await sql.rows(userIdRow)`
    select user_id from memberships where organization_id = ${organizationId}
    order by array_position(array['owner', 'admin', 'member'], role), created_at limit 1`
  return row?.user_id ?? null
}

const instanceAdminRow = v.strictObject({ id: v.string() })

/** The instance admin of the longest standing; null when there is none. */
export async function findInstanceAdmin(sql: Queryable): Promise<string | null> {
  const [row] = await sql.rows(instanceAdminRow)`
    select id from users where is_instance_admin order by created_at limit 1`
  return row?.id ?? null
}
