/**
 * What a user may see: organizations, projects and issues by id or slug, with the user's role. Membership is part of
 * each query. Unknown, deleted and malformed ids, and ids of others, all give null, so that nobody learns what exists.
 * A slug that nothing has any more leads to what had it last.
 */
import * as v from 'valibot'
import { roles, type Role } from '../../schema/api/common.ts'
import type { Condition } from '../search/compiled.ts'
import type { Sql } from '../database/sql.ts'

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const numberForm = /^[1-9]\d{0,14}$/
const shortIdForm = /^(.{1,200})-(\d{1,15})$/

const organizationRow = v.strictObject({ id: v.string(), role: v.picklist(roles) })
const projectRow = v.strictObject({
  id: v.number(),
  organization_id: v.string(),
  slug: v.string(),
  role: v.picklist(roles)
})
const issueRow = v.strictObject({
  id: v.string(),
  root_id: v.string(),
  project_id: v.number(),
  organization_id: v.string(),
  slug: v.string(),
  role: v.picklist(roles)
})

export async function findOrganization(
  sql: Sql,
  userId: string,
  idOrSlug: string
): Promise<{ organizationId: string; role: Role } | null> {
  const find = async (condition: Condition) => {
    const [row] = await sql.rows(organizationRow)`
      select o.id, m.role from organizations o join memberships m on m.organization_id = o.id and m.user_id = ${userId}
      where o.deleted_at is null and ${condition}`
    return row
  }
  const former = sql`o.id in (select organization_id from former_organization_slugs where slug = ${idOrSlug})`
  const row = uuidForm.test(idOrSlug)
    ? await find(sql`o.id = ${idOrSlug}`)
    : ((await find(sql`o.slug = ${idOrSlug}`)) ?? (await find(former)))
  return row === undefined ? null : { organizationId: row.id, role: row.role }
}

/**
 * When several of the caller's organizations use a slug, it means the oldest of the projects; their numbers are unique.
 */
export async function findProject(
  sql: Sql,
  userId: string,
  idOrSlug: string
): Promise<{ projectId: number; organizationId: string; slug: string; role: Role } | null> {
  const find = async (condition: Condition) => {
    const [row] = await sql.rows(projectRow)`
      select p.id, p.organization_id, p.slug, m.role from projects p
        join memberships m on m.organization_id = p.organization_id and m.user_id = ${userId}
      where p.deleted_at is null and ${condition}
      order by p.id limit 1`
    return row
  }
  const row = numberForm.test(idOrSlug)
    ? await find(sql`p.id = ${idOrSlug}`)
    : ((await find(sql`p.slug = ${idOrSlug}`)) ?? (await find(formerProject(sql, idOrSlug))))
  return row === undefined
    ? null
    : { projectId: row.id, organizationId: row.organization_id, slug: row.slug, role: row.role }
}

/** Of an organization of the caller, which the path names before the project. */
export async function findProjectIn(
  sql: Sql,
  userId: string,
  { org, project }: { org: string; project: string }
): Promise<{ projectId: number; organizationId: string; slug: string; role: Role } | null> {
  const organization = await findOrganization(sql, userId, org)
  if (organization === null) return null
  const [row] = await projectsIn(sql, organization.organizationId, [project])
  return row === undefined ? null : { projectId: row.id, slug: row.slug, ...organization }
}

const namedProjectRow = v.strictObject({ id: v.number(), slug: v.string(), name: v.string() })
export type NamedProject = v.InferOutput<typeof namedProjectRow>

/** Projects by their numbers, or all of an organization, oldest first. What they are of was checked before. */
export async function projectNamesOf(
  sql: Sql,
  which: readonly number[] | { organizationId: string }
): Promise<NamedProject[]> {
  const these =
    'organizationId' in which ? sql`organization_id = ${which.organizationId}` : sql`id = any (${which}::bigint[])`
  return await sql.rows(namedProjectRow)`
    select id, slug, name from projects where deleted_at is null and ${these} order by id`
}

/** The projects of an organization that have these slugs (also former ones) or numbers, oldest first. */
export async function projectsIn(
  sql: Sql,
  organizationId: string,
  idsOrSlugs: readonly string[]
): Promise<NamedProject[]> {
  return await sql.rows(namedProjectRow)`
    select p.id, p.slug, p.name from unnest(${idsOrSlugs}::text[]) as named (slug)
      join lateral (
        select id, slug, name from projects where organization_id = ${organizationId} and deleted_at is null
          and (slug = named.slug or id::text = named.slug)
        union all
        select p.id, p.slug, p.name from projects p where p.organization_id = ${organizationId}
          and p.deleted_at is null and ${formerSlug(sql, sql`named.slug`)}
        limit 1) p on true
    group by p.id, p.slug, p.name order by p.id`
}

/**
 * By its id, or by its number with the project's slug before it (WEB-17). `rootId` is what it was merged into, else
 * itself.
 */
export async function findIssue(
  sql: Sql,
  userId: string,
  idOrShortId: string
): Promise<{
  issueId: string
  rootId: string
  projectId: number
  organizationId: string
  slug: string
  role: Role
} | null> {
  const [, slug = '', number = ''] = shortIdForm.exec(idOrShortId) ?? []
  const isId = uuidForm.test(idOrShortId)
  if (!isId && slug === '') return null
  const find = async (condition: Condition) => {
    const [row] = await sql.rows(issueRow)`
      select i.id, coalesce(i.merged_into, i.id) as root_id, i.project_id, p.organization_id, p.slug, m.role
      from issues i join projects p on p.id = i.project_id and p.deleted_at is null
      join memberships m on m.organization_id = p.organization_id and m.user_id = ${userId}
      where ${condition}
      order by p.id limit 1`
    return row
  }
  const row = isId
    ? await find(sql`i.id = ${idOrShortId}`)
    : ((await find(sql`p.slug = ${slug.toLowerCase()} and i.number = ${number}`)) ??
      (await find(sql`${formerProject(sql, slug.toLowerCase())} and i.number = ${number}`)))
  return row === undefined
    ? null
    : {
        issueId: row.id,
        rootId: row.root_id,
        projectId: row.project_id,
        organizationId: row.organization_id,
        slug: row.slug,
        role: row.role
      }
}

/** A project that had this slug, which no other project of its organization has now. */
function formerProject(sql: Sql, slug: string): Condition {
  return formerSlug(sql, sql`${slug}`)
}

function formerSlug(sql: Sql, slug: Condition): Condition {
  return sql`p.id in (select f.project_id from former_project_slugs f where f.slug = ${slug}
    and not exists (select from projects o where o.organization_id = f.organization_id and o.slug = f.slug
      and o.deleted_at is null))`
}
