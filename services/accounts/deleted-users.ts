/**
 * The end of an account. Its sessions, API tokens and memberships go with it, its issues are unassigned, and names and
 * addresses go from what is remembered of it. What the user did and wrote stays, without a name. An organization must
 * not lose its last owner, nor the server its last instance admin: that is refused, and nothing is changed.
 */
import * as v from 'valibot'
import { unassignLeaver, type IssuesOfProject } from '../issues/leavers.ts'
import type { Sql, TransactionSql } from '../database/sql.ts'

/** `organizations` are those that the user alone owns. */
export type DeletionRefusal = { refused: 'last_owner'; organizations: string[] } | { refused: 'last_admin' | 'missing' }

const organizationRow = v.strictObject({ id: v.string(), name: v.string(), is_last_owner: v.boolean() })
const userRow = v.strictObject({ email: v.string(), is_last_admin: v.boolean() })

/** Returns the issues that have no assignee any more. */
export async function deleteUser(sql: Sql, userId: string): Promise<IssuesOfProject[] | DeletionRefusal> {
  return await sql.begin(async sql => {
    const organizations = await lockOrganizationsOf(sql, userId)
    // All instance admins at once, so that two who go at the same moment do not both see the other.
    await sql`select from users where is_instance_admin or id = ${userId} order by id for update`
    const [user] = await sql.rows(userRow)`
      select email, is_instance_admin and not exists (
        select from users o where o.is_instance_admin and o.id <> u.id) as is_last_admin
      from users u where id = ${userId}`
    if (user === undefined) return { refused: 'missing' }
    if (user.is_last_admin) return { refused: 'last_admin' }
    const owned = organizations.filter(organization => organization.is_last_owner)
    if (owned.length > 0) return { refused: 'last_owner', organizations: owned.map(({ name }) => name) }

    const unassigned: IssuesOfProject[] = []
    for (const { id: organizationId } of organizations) {
      await sql`delete from memberships where organization_id = ${organizationId} and user_id = ${userId}`
      unassigned.push(...(await unassignLeaver(sql, { organizationId, userId, callerId: userId })))
      await forgetNames(sql, organizationId, userId)
    }
    await sql`delete from invites where invited_by = ${userId} or email = ${user.email}`
    await sql`delete from mail_recipients where email = ${user.email}`
    await sql`delete from users where id = ${userId}`
    return unassigned
  })
}

/** In the order of their ids; `is_last_owner` is about the user. */
async function lockOrganizationsOf(
  sql: TransactionSql,
  userId: string
): Promise<v.InferOutput<typeof organizationRow>[]> {
  await sql`
    select from organizations o join memberships m on m.organization_id = o.id and m.user_id = ${userId}
    order by o.id for update of o`
  return await sql.rows(organizationRow)`
    select o.id, o.name, m.role = 'owner' and not exists (
      select from memberships other where other.organization_id = o.id and other.role = 'owner'
        and other.user_id <> ${userId}) as is_last_owner
    from organizations o join memberships m on m.organization_id = o.id and m.user_id = ${userId}
    where o.deleted_at is null order by o.id`
}

/** Entries of the activity say whom an issue was given to or taken from, with name and address. */
async function forgetNames(sql: TransactionSql, organizationId: string, userId: string): Promise<void> {
  const id = JSON.stringify({ id: userId })
  await sql`
    update issue_activity a set data = a.data
      || case when a.data->'assignee'->>'id' = ${userId}
        then jsonb_build_object('assignee', ${id}::text::jsonb) else '{}' end
      || case when a.data->'left'->>'id' = ${userId} then jsonb_build_object('left', ${id}::text::jsonb) else '{}' end
    from projects p
    where p.organization_id = ${organizationId} and a.project_id = p.id and a.kind in ('assigned', 'unassigned')
      and (a.data->'assignee'->>'id' = ${userId} or a.data->'left'->>'id' = ${userId})`
}
