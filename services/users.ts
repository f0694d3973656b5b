/** Users and the organizations they belong to. Addresses are kept in lower case, and are one user's alone. */
import type { Role } from '../schema/api/common.ts'
import type { Queryable } from './sql.ts'

export type OrganizationOfUser = { id: string, slug: string, name: string, role: Role }

export async function organizationsOf (sql: Queryable, userId: string): Promise<OrganizationOfUser[]> {
  return await sql<OrganizationOfUser[]>`
    select o.id, o.slug, o.name, m.role from memberships m join organizations o on o.id = m.organization_id
    where m.user_id = ${userId} order by o.created_at, o.id`
}
