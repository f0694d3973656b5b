/**
 * Invitations into organizations: a link with a secret that works once, for a week. Only the secret's hash is kept, and
 * the row goes when it was accepted. The holder of the link joins with the invited address: as a new user, or logged in
 * as the user who has that address.
 */
import { v7 as uuidv7 } from 'uuid'
import * as v from 'valibot'
import { roles, type Role } from '../../schema/api/common.ts'
import { isAtLeast, lockRoles } from './members.ts'
import { lockOrganization } from './organizations.ts'
import { hashSecret, newSecret } from '../machine/secrets.ts'
import type { Queryable, Sql, TransactionSql } from '../database/sql.ts'
import { createUser } from './users.ts'

const inviteRow = v.strictObject({
  id: v.string(),
  email: v.string(),
  role: v.picklist(roles),
  invited_by: v.nullable(v.string()),
  created_at: v.date(),
  expires_at: v.date()
})
export type Invite = v.InferOutput<typeof inviteRow>

export type OpenInvite = {
  id: string
  organizationId: string
  organization: string
  email: string
  role: Role
  expiresAt: Date
}

export const inviteDays = 7
/** Expired ones stay in the list for a while, so that the inviter sees that nobody came. */
const expiredDaysKept = 30
/** Of one organization. */
const invitesMax = 1_000

export type NewInvite = { organizationId: string; callerId: string; email: string; role: Role; now: number }

/**
 * `email` in lower case. Replaces earlier invitations of the same address, as far as the caller may end them.
 * `forbidden`: the role is above the caller's. `member`: the address is a member's already.
 */
export async function createInvite(
  sql: Sql,
  { organizationId, callerId, email, role, now }: NewInvite
): Promise<{ invite: Invite; token: string } | 'forbidden' | 'member' | 'too_many'> {
  return await sql.begin(async sql => {
    const { caller } = await lockRoles(sql, { organizationId, callerId, userId: callerId })
    if (caller === null || !isAtLeast(caller, 'admin') || !isAtLeast(caller, role)) return 'forbidden'
    const { count: members } = await sql`
      select from memberships m join users u on u.id = m.user_id where m.organization_id = ${organizationId}
        and u.email = ${email}`
    if (members > 0) return 'member'
    await sql`delete from invites where organization_id = ${organizationId} and email = ${email}
      and (role <> 'owner' or ${caller} = 'owner')`
    const { count: others } =
      await sql`select from invites where organization_id = ${organizationId} limit ${invitesMax}`
    if (others >= invitesMax) return 'too_many'

    const token = newSecret()
    const at = new Date(now)
    const [invite] = await sql.rows(inviteRow)`
      insert into invites (organization_id, id, secret_hash, email, role, invited_by, created_at, expires_at)
      values (${organizationId}, ${uuidv7()}, ${hashSecret(token)}, ${email}, ${role}, ${callerId}, ${at},
        ${at}::timestamptz + make_interval(days => ${inviteDays}))
      returning id, email, role, invited_by, created_at, expires_at`
    if (invite === undefined) throw new Error('the invitation was not written')
    return { invite, token }
  })
}

/** Newest first, expired ones too; `after` is the id that the last page ended with. */
export async function listInvites(
  sql: Queryable,
  { organizationId, after, limit }: { organizationId: string; after: string | null; limit: number }
): Promise<Invite[]> {
  return await sql.rows(inviteRow)`
    select id, email, role, invited_by, created_at, expires_at from invites
    where organization_id = ${organizationId} ${after === null ? sql`` : sql`and id < ${after}`} order by id desc
      limit ${limit}`
}

const roleRow = v.strictObject({ role: v.picklist(roles) })

export async function revokeInvite(
  sql: Sql,
  { organizationId, callerId, id }: { organizationId: string; callerId: string; id: string }
): Promise<'revoked' | 'missing' | 'forbidden'> {
  return await sql.begin(async sql => {
    const { caller } = await lockRoles(sql, { organizationId, callerId, userId: callerId })
    const [invite] = await sql.rows(roleRow)`
      select role from invites where organization_id = ${organizationId} and id = ${id}`
    if (invite === undefined) return 'missing'
    if (caller === null || !isAtLeast(caller, 'admin') || !isAtLeast(caller, invite.role)) return 'forbidden'
    await sql`delete from invites where organization_id = ${organizationId} and id = ${id}`
    return 'revoked'
  })
}

const openInviteRow = v.strictObject({
  ...v.pick(inviteRow, ['id', 'email', 'role', 'expires_at']).entries,
  organization_id: v.string(),
  organization: v.string()
})

/** Null when the link is unknown, used, ended or expired, without a difference. */
export async function findInvite(sql: Queryable, token: string, now: number): Promise<OpenInvite | null> {
  const [row] = await sql.rows(openInviteRow)`
    select i.id, i.organization_id, o.name as organization, i.email, i.role, i.expires_at
    from invites i join organizations o on o.id = i.organization_id and o.deleted_at is null
    where i.secret_hash = ${hashSecret(token)} and i.expires_at > ${new Date(now)}`
  if (row === undefined) return null
  const { id, organization_id: organizationId, organization, email, role, expires_at: expiresAt } = row
  return { id, organizationId, organization, email, role, expiresAt }
}

/** `takesAddress`: from another user, if nobody has confirmed that the address is theirs. */
export type NewMember = { name: string; passwordHash: string; takesAddress: boolean }

/** The user who has the address and accepts, or what a new user is made of. */
export type Accepting = { userId: string } | NewMember

/** `taken`: another user has the address. `unconfirmed`: so it is, but that user would give way. */
export type AcceptRefusal = 'gone' | 'taken' | 'unconfirmed'

/** Returns the user who has joined. `gone`: the invitation was used or ended meanwhile. */
export async function acceptInvite(
  sql: Sql,
  { id, organizationId, email }: OpenInvite,
  accepting: Accepting
): Promise<{ userId: string } | AcceptRefusal> {
  return await sql.begin(async sql => {
    if (!(await lockOrganization(sql, organizationId))) return 'gone'
    const [invite] = await sql.rows(roleRow)`
      select role from invites where organization_id = ${organizationId} and id = ${id}`
    if (invite === undefined) return 'gone'
    const user = 'userId' in accepting ? accepting : await newUser(sql, { ...accepting, organizationId, email })
    if (typeof user === 'string') return user
    await join(sql, organizationId, user.userId, invite.role)
    await sql`delete from invites where organization_id = ${organizationId} and id = ${id}`
    return user
  })
}

const holderRow = v.strictObject({ id: v.string(), gives_way: v.boolean() })

/**
 * Anybody who may invite could name the address of somebody else and accept the link themselves. So a user whom only
 * an invitation has named gives way to who is invited by another organization: they keep what they belong to and lose
 * the address, which they could log in with.
 */
async function newUser(
  sql: TransactionSql,
  { organizationId, email, name, passwordHash, takesAddress }: NewMember & { organizationId: string; email: string }
): Promise<{ userId: string } | AcceptRefusal> {
  const [holder] = await sql.rows(holderRow)`
    select id, email_confirmed_at is null and not is_instance_admin and not exists (
      select from memberships where organization_id = ${organizationId} and user_id = users.id) as gives_way
    from users where email = ${email} for update`
  if (holder !== undefined) {
    if (!holder.gives_way) return 'taken'
    if (!takesAddress) return 'unconfirmed'
    await sql`update users set email = id || '@replaced.invalid' where id = ${holder.id}`
  }
  const made = await createUser(sql, { email, name, passwordHash })
  return made === null ? 'taken' : { userId: made.id }
}

/** Never lowers the role of a member. */
async function join(sql: TransactionSql, organizationId: string, userId: string, role: Role): Promise<void> {
  await sql`
    insert into memberships as m (organization_id, user_id, role) values (${organizationId}, ${userId}, ${role})
    on conflict (organization_id, user_id) do update set role = excluded.role
    where array_position(array['member', 'admin', 'owner'], m.role) < array_position(array['member', 'admin', 'owner'],
      excluded.role)`
}

/** Expired ones, in steps. */
export async function forgetInvites(
  sql: Queryable,
  { now, rowsMax }: { now: number; rowsMax: number }
): Promise<number> {
  const { count } = await sql`
    delete from invites where (organization_id, id) in (
      select organization_id, id from invites
        where expires_at < ${new Date(now)}::timestamptz - make_interval(days => ${expiredDaysKept})
      order by expires_at limit ${rowsMax})`
  return count
}
