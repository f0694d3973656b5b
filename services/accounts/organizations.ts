/**
 * Organizations, in which users share projects. The user who makes one owns it. Every change of its members locks its
 * row first, so that such changes run one after the other, and none happens to an organization that was deleted
 * meanwhile.
 */
import { v7 as uuidv7 } from 'uuid'
import * as v from 'valibot'
import { roles } from '../../schema/api/common.ts'
import { requestErasure } from '../deletions/requests.ts'
import { baseOf, freeSlug, organizationSlugOf } from '../machine/slugs.ts'
import type { Queryable, Sql, TransactionSql } from '../database/sql.ts'
import { isDuplicate } from '../database/errors.ts'

const organizationRow = v.strictObject({ id: v.string(), slug: v.string(), name: v.string(), created_at: v.date() })
export type Organization = v.InferOutput<typeof organizationRow>
const organizationListedRow = v.strictObject({ ...organizationRow.entries, role: v.picklist(roles) })
export type OrganizationListed = v.InferOutput<typeof organizationListedRow>
const organizationDetailRow = v.strictObject({
  ...organizationListedRow.entries,
  member_count: v.number(),
  project_count: v.number()
})
export type OrganizationDetail = v.InferOutput<typeof organizationDetailRow>

/** Of one user. */
const ownedMax = 100
const attemptsMax = 5

/** The organizations of a user, oldest first; `after` is the id that the last page ended with. */
export async function listOrganizations(
  sql: Queryable,
  { userId, after, limit }: { userId: string; after: string | null; limit: number }
): Promise<OrganizationListed[]> {
  return await sql.rows(organizationListedRow)`
    select o.id, o.slug, o.name, o.created_at, m.role from memberships m
      join organizations o on o.id = m.organization_id and o.deleted_at is null
    where m.user_id = ${userId} ${after === null ? sql`` : sql`and o.id > ${after}`}
    order by o.id limit ${limit}`
}

/** As one of its members sees it; null when it is gone. */
export async function readOrganization(
  sql: Queryable,
  organizationId: string,
  userId: string
): Promise<OrganizationDetail | null> {
  const [row] = await sql.rows(organizationDetailRow)`
    select o.id, o.slug, o.name, o.created_at, m.role,
      (select count(*) from memberships where organization_id = o.id) as member_count,
      (select count(*) from projects where organization_id = o.id and deleted_at is null) as project_count
    from organizations o join memberships m on m.organization_id = o.id and m.user_id = ${userId}
    where o.id = ${organizationId} and o.deleted_at is null`
  return row ?? null
}

export type NewOrganization = { name: string; slug: string | undefined; userId: string }

/** Its maker becomes its owner. A slug that was not asked for is made of the name. */
export async function createOrganization(
  sql: Sql,
  { name, slug, userId }: NewOrganization
): Promise<Organization | 'slug_taken' | 'too_many'> {
  return await sql.begin(async sql => {
    await sql`select from users where id = ${userId} for update`
    const { count: owned } =
      await sql`select from memberships where user_id = ${userId} and role = 'owner' limit ${ownedMax}`
    if (owned >= ownedMax) return 'too_many'
    const made = await insertOrganization(sql, name, slug)
    if (made === null) return 'slug_taken'
    await sql`insert into memberships (organization_id, user_id, role) values (${made.id}, ${userId}, 'owner')`
    return made
  })
}

/** Null when the slug that was asked for is taken. */
async function insertOrganization(
  sql: TransactionSql,
  name: string,
  slug: string | undefined
): Promise<Organization | null> {
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const [made] = await sql.rows(organizationRow)`
      insert into organizations (id, slug, name)
        values (${uuidv7()}, ${slug ?? (await derivedSlug(sql, name))}, ${name})
      on conflict (slug) where deleted_at is null do nothing returning id, slug, name, created_at`
    if (made !== undefined) return made
    if (slug !== undefined) return null
  }
  throw new Error('no free slug was found: others were faster again and again')
}

const slugRow = v.strictObject({ slug: v.string() })

async function derivedSlug(sql: Queryable, name: string): Promise<string> {
  const slug = organizationSlugOf(name)
  const rows = await sql.rows(slugRow)`
    select slug from organizations where starts_with(slug, ${baseOf(slug)}) and deleted_at is null`
  return freeSlug(slug, new Set(rows.map(row => row.slug)))
}

/** False when the slug is another organization's. */
export async function changeOrganization(
  sql: Queryable,
  organizationId: string,
  { name, slug }: { name?: string | undefined; slug?: string | undefined }
): Promise<boolean> {
  try {
    await sql`update organizations set name = coalesce(${name ?? null}, name), slug = coalesce(${slug ?? null}, slug)
      where id = ${organizationId}`
    return true
  } catch (error) {
    if (isDuplicate(error)) return false
    throw error
  }
}

const idRow = v.strictObject({ id: v.number() })

/**
 * Its members lose it at once, with its projects and their keys; the data is removed in the background. False when it
 * was deleted already.
 */
export async function deleteOrganization(sql: Sql, organizationId: string, requestedBy: string): Promise<boolean> {
  return await sql.begin(async sql => {
    if (!(await lockOrganization(sql, organizationId))) return false
    await sql`update organizations set deleted_at = now() where id = ${organizationId}`
    await sql`delete from invites where organization_id = ${organizationId}`
    await sql`delete from mail_recipients where organization_id = ${organizationId}`
    await sql`delete from memberships where organization_id = ${organizationId}`
    const projects = await sql.rows(idRow)`
      update projects set deleted_at = now() where organization_id = ${organizationId} and deleted_at is null
        returning id`
    for (const { id: projectId } of projects) await requestErasure(sql, { kind: 'project', projectId, requestedBy })
    await requestErasure(sql, { kind: 'organization', organizationId, requestedBy })
    return true
  })
}

/** Holds the lock until the end of the transaction. False when it was deleted. */
export async function lockOrganization(sql: TransactionSql, organizationId: string): Promise<boolean> {
  const { count } =
    await sql`select from organizations where id = ${organizationId} and deleted_at is null for no key update`
  return count > 0
}
