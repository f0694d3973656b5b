/**
 * Projects, each in an organization and made together with its first key. A taken slug, or the key of another project,
 * is refused with `ProjectRefused`. Without a given slug one is made of the name, with a number where that is taken.
 */
import { v7 as uuidv7 } from 'uuid'
import * as v from 'valibot'
import { requestErasure } from '../deletions/requests.ts'
import { newPublicKey } from './keys.ts'
import { lockOrganization } from './organizations.ts'
import { freeSlug, slugOf } from '../machine/slugs.ts'
import type { PendingQuery, Queryable, Sql, TransactionSql } from '../database/sql.ts'
import { isDuplicate } from '../database/errors.ts'

export type Project = {
  id: number
  organizationId: string
  slug: string
  name: string
  platform: string
  createdAt: Date
  publicKey: string | null
}

export type NewProject = {
  name: string
  slug?: string
  platform?: string
  id?: number
  key?: string
  organizationId?: string
}

export class ProjectRefused extends Error {
  override name = 'ProjectRefused'
}

/** Any number that no other lock uses. */
const defaultsLockKey = 0x64656673
/** Of one organization. */
const projectsMax = 1_000

/**
 * Makes the default organization, project and key when there is no organization. Returns the first project. After the
 * last organization was deleted the instance admins own the new one.
 */
export async function ensureDefaults(sql: Sql): Promise<Project> {
  return await sql.begin(async sql => {
    await sql`select pg_advisory_xact_lock(${defaultsLockKey})`
    const [organization] = await sql`select id from organizations where deleted_at is null limit 1`
    if (!organization) {
      const id = uuidv7()
      await sql`insert into organizations (id, slug, name) values (${id}, 'default', 'Default')`
      await sql`insert into memberships (organization_id, user_id, role) select ${id}, id, 'owner' from users
        where is_instance_admin`
      return await insertProject(sql, { name: 'Default', slug: 'default' })
    }
    const [project] = await listProjects(sql)
    return project ?? (await insertProject(sql, { name: 'Default', slug: 'default' }))
  })
}

/**
 * Makes a project and its first key; `id` and `key` are for replaying captured traffic. `also` is done in the same
 * transaction.
 */
export async function createProject(
  sql: Sql,
  project: NewProject,
  also: (sql: TransactionSql, projectId: number) => Promise<void> = async () => {}
): Promise<Project> {
  return await sql
    .begin(async sql => {
      const made = await insertProject(sql, project)
      await also(sql, made.id)
      return made
    })
    .catch((error: unknown) => {
      throw refusalOf(error, project)
    })
}

/** All projects that are not deleted, oldest first, each with its oldest active key. */
export async function listProjects(sql: Queryable): Promise<Project[]> {
  return await selectProjects(sql, sql`order by p.created_at, p.id`)
}

const projectIdRow = v.strictObject({ id: v.number() })

/** All projects of an organization that are not deleted, in the order of their ids. */
export async function projectIdsOf(sql: Queryable, organizationId: string): Promise<number[]> {
  const rows = await sql.rows(projectIdRow)`
    select id from projects where organization_id = ${organizationId} and deleted_at is null order by id`
  return rows.map(({ id }) => id)
}

/** The projects of an organization, oldest first; `after` is the number that the last page ended with. */
export async function listProjectsOf(
  sql: Queryable,
  { organizationId, after, limit }: { organizationId: string; after: number; limit: number }
): Promise<Project[]> {
  return await selectProjects(
    sql,
    sql`and p.organization_id = ${organizationId} and p.id > ${after} order by p.id limit ${limit}`
  )
}

/** Null when it was deleted. */
export async function readProject(sql: Queryable, projectId: number): Promise<Project | null> {
  const [project] = await selectProjects(sql, sql`and p.id = ${projectId}`)
  return project ?? null
}

export type ProjectChange = { name?: string | undefined; slug?: string | undefined; platform?: string | undefined }

/** False when the slug is another project's of the organization. */
export async function changeProject(
  sql: Queryable,
  projectId: number,
  { name, slug, platform }: ProjectChange
): Promise<boolean> {
  try {
    await sql`
      update projects set name = coalesce(${name ?? null}, name), slug = coalesce(${slug ?? null}, slug),
        platform = coalesce(${platform ?? null}, platform)
      where id = ${projectId}`
    return true
  } catch (error) {
    if (isDuplicate(error)) return false
    throw error
  }
}

/**
 * Users lose it at once, its keys stop working within a few seconds, and its data is removed in the background. False
 * when it was deleted already.
 */
export async function deleteProject(sql: Sql, projectId: number, requestedBy: string): Promise<boolean> {
  return await sql.begin(async sql => {
    const { count } = await sql`update projects set deleted_at = now() where id = ${projectId} and deleted_at is null`
    if (count === 0) return false
    await requestErasure(sql, { kind: 'project', projectId, requestedBy })
    return true
  })
}

const slugRow = v.strictObject({ slug: v.string() })
const idRow = v.strictObject({ id: v.number() })

async function insertProject(
  sql: TransactionSql,
  { name, slug, platform = '', id, key, organizationId }: NewProject
): Promise<Project> {
  const ownerId = organizationId ?? (await oldestOrganization(sql))
  if (!(await lockOrganization(sql, ownerId))) throw new ProjectRefused('This organization was deleted.')
  const others = await sql.rows(slugRow)`
    select slug from projects where organization_id = ${ownerId} and deleted_at is null limit ${projectsMax}`
  if (others.length >= projectsMax) throw new ProjectRefused('This organization has as many projects as one may have.')

  const [row] = await sql.rows(idRow)`
    insert into projects (id, organization_id, slug, name, platform)
    values (${id ?? sql`nextval(pg_get_serial_sequence('projects', 'id'))`}, ${ownerId},
      ${slug ?? freeSlug(slugOf(name), new Set(others.map(other => other.slug)))}, ${name}, ${platform})
    returning id`
  if (row === undefined) throw new Error('PostgreSQL has returned no id of the project')
  const projectId = row.id
  if (id !== undefined) {
    await sql`select setval(pg_get_serial_sequence('projects', 'id'), greatest(${id}, (select max(id) from projects)))`
  }
  await sql`insert into issue_numbers (project_id) values (${projectId}) on conflict do nothing`
  await sql`insert into dsn_keys (project_id, id, public_key, label)
    values (${projectId}, ${uuidv7()}, ${key ?? newPublicKey()}, 'Default')`
  const project = await readProject(sql, projectId)
  if (project === null) throw new Error('the project that was just made is missing')
  return project
}

const organizationRow = v.strictObject({ id: v.string() })

async function oldestOrganization(sql: Queryable): Promise<string> {
  const [organization] = await sql.rows(organizationRow)`
    select id from organizations where deleted_at is null order by created_at, id limit 1`
  if (organization === undefined) {
    throw new ProjectRefused('There is no organization yet: start Mesher once, which makes the first.')
  }
  return organization.id
}

const projectRow = v.strictObject({
  id: v.number(),
  organization_id: v.string(),
  slug: v.string(),
  name: v.string(),
  platform: v.string(),
  created_at: v.date(),
  public_key: v.nullable(v.string())
})

async function selectProjects(sql: Queryable, which: PendingQuery<Record<string, unknown>>): Promise<Project[]> {
  const rows = await sql.rows(projectRow)`
    select p.id, p.organization_id, p.slug, p.name, p.platform, p.created_at, k.public_key
    from projects p left join lateral (
      select public_key from dsn_keys where project_id = p.id and is_active order by created_at, id limit 1) k on true
    where p.deleted_at is null ${which}`
  return rows.map(row => ({
    id: row.id,
    organizationId: row.organization_id,
    slug: row.slug,
    name: row.name,
    platform: row.platform,
    createdAt: row.created_at,
    publicKey: row.public_key
  }))
}

/** A refusal that says what a person can do about it; other errors are returned as they are. */
function refusalOf(error: unknown, { name, slug, id, key }: NewProject): unknown {
  const constraint = error instanceof Error && 'constraint' in error ? error.constraint : undefined
  switch (constraint) {
    case 'projects_pkey':
      return new ProjectRefused(`There is a project ${id} already.`)
    case 'projects_slug':
      return new ProjectRefused(`There is a project "${slug ?? name}" already: choose another slug.`)
    case 'projects_slug_check':
      return new ProjectRefused(`The slug "${slug}" has no letter in it.`)
    case 'dsn_keys_public_key_key':
      return new ProjectRefused(`The key ${key} belongs to another project.`)
    case 'dsn_keys_public_key_check':
      return new ProjectRefused('A key has 32 lower-case hexadecimal digits.')
    default:
      return error
  }
}
