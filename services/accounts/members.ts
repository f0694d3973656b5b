/**
 * The members of an organization and their roles. Nobody changes, removes or grants a role above their own, and an
 * organization always has an owner. Both are checked with the organization locked, so that changes at the same time run
 * one after the other.
 */
import * as v from 'valibot'
import { roles, type Role } from '../../schema/api/common.ts'
import { lockOrganization } from './organizations.ts'
import { unassignLeaver, type IssuesOfProject } from '../issues/leavers.ts'
import type { Queryable, Sql, TransactionSql } from '../database/sql.ts'

const memberRow = v.strictObject({
  user_id: v.string(),
  email: v.string(),
  name: v.string(),
  role: v.picklist(roles),
  created_at: v.date()
})
export type Member = v.InferOutput<typeof memberRow>

/**
 * `missing`: no member. `forbidden`: above the caller's role. `last_owner`: the organization would be left without one.
 */
export type MemberRefusal = 'missing' | 'forbidden' | 'last_owner'

export type MemberChange = { organizationId: string; callerId: string; userId: string }

/** In the order in which their accounts were made; `after` is the user that the last page ended with. */
export async function listMembers(
  sql: Queryable,
  { organizationId, after, limit }: { organizationId: string; after: string | null; limit: number }
): Promise<Member[]> {
  return await sql.rows(memberRow)`
    select m.user_id, u.email, u.name, m.role, m.created_at from memberships m join users u on u.id = m.user_id
    where m.organization_id = ${organizationId} ${after === null ? sql`` : sql`and m.user_id > ${after}`}
    order by m.user_id limit ${limit}`
}

/** Invitations to roles that the member may no longer grant end with it. */
export async function changeRole(
  sql: Sql,
  { organizationId, callerId, userId, role }: MemberChange & { role: Role }
): Promise<Member | MemberRefusal> {
  return await sql.begin(async sql => {
    const { caller, present, owners } = await lockRoles(sql, { organizationId, callerId, userId })
    if (present === null) return 'missing'
    if (caller === null || !isAtLeast(caller, 'admin') || !isAtLeast(caller, present) || !isAtLeast(caller, role)) {
      return 'forbidden'
    }
    if (present === 'owner' && role !== 'owner' && owners === 1) return 'last_owner'
    await sql`update memberships set role = ${role} where organization_id = ${organizationId} and user_id = ${userId}`
    await endInvitesBy(sql, organizationId, userId, role)
    const [member] = await sql.rows(memberRow)`
      select m.user_id, u.email, u.name, m.role, m.created_at from memberships m join users u on u.id = m.user_id
      where m.organization_id = ${organizationId} and m.user_id = ${userId}`
    return member ?? 'missing'
  })
}

/**
 * Everybody may leave, whatever their role. Invitations that the member has given end with it, and their issues are
 * unassigned; those are returned.
 */
export async function removeMember(
  sql: Sql,
  { organizationId, callerId, userId }: MemberChange
): Promise<IssuesOfProject[] | MemberRefusal> {
  return await sql.begin(async sql => {
    const { caller, present, owners } = await lockRoles(sql, { organizationId, callerId, userId })
    if (caller === null) return 'forbidden'
    if (callerId !== userId && !isAtLeast(caller, 'admin')) return 'forbidden'
    if (present === null) return 'missing'
    if (!isAtLeast(caller, present)) return 'forbidden'
    if (present === 'owner' && owners === 1) return 'last_owner'
    await sql`delete from memberships where organization_id = ${organizationId} and user_id = ${userId}`
    await endInvitesBy(sql, organizationId, userId, null)
    return await unassignLeaver(sql, { organizationId, userId, callerId })
  })
}

/** True when `role` is `needed` or above. */
export function isAtLeast(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed)
}

type Roles = { caller: Role | null; present: Role | null; owners: number }

const roleRow = v.strictObject({ user_id: v.string(), role: v.picklist(roles) })

const ownersRow = v.strictObject({ owners: v.number() })

/** Locks the organization, so that the roles stay as they are until the end of the transaction. */
export async function lockRoles(
  sql: TransactionSql,
  { organizationId, callerId, userId }: MemberChange
): Promise<Roles> {
  if (!(await lockOrganization(sql, organizationId))) return { caller: null, present: null, owners: 0 }
  const rows = await sql.rows(roleRow)`
    select user_id, role from memberships where organization_id = ${organizationId}
      and user_id in (${callerId}, ${userId})`
  const [counted] = await sql.rows(ownersRow)`
    select count(*) as owners from memberships where organization_id = ${organizationId} and role = 'owner'`
  const roleOf = (id: string): Role | null => rows.find(row => row.user_id === id)?.role ?? null
  return { caller: roleOf(callerId), present: roleOf(userId), owners: counted?.owners ?? 0 }
}

/** Otherwise a removed member could come back by a link of their own. Null ends all of them. */
async function endInvitesBy(
  sql: TransactionSql,
  organizationId: string,
  userId: string,
  role: Role | null
): Promise<void> {
  const tooHigh = roles.filter(other => role === null || !isAtLeast(role, other))
  await sql`delete from invites where organization_id = ${organizationId} and invited_by = ${userId}
    and role = any (${tooHigh})`
}
