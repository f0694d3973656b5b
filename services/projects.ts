/**
 * Organizations and projects, as far as the first start and the command line need them. A project is made together
 * with its first key. Names that are taken, and keys that another project has, are refused with `ProjectRefused`.
 */
import { randomBytes } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import type { Queryable, Sql } from './sql.ts'

export type Project = { id: number, organizationId: string, slug: string, name: string, platform: string, createdAt: Date, publicKey: string | null }

export type NewProject = { name: string, slug?: string, platform?: string, id?: number, key?: string, organizationId?: string }

export class ProjectRefused extends Error {
  override name = 'ProjectRefused'
}

/** Any number, as long as nothing else takes it. */
const defaultsLockKey = 0x64656673

/** Makes the default organization, project and key where there is no organization yet; answers the first project. */
export async function ensureDefaults (sql: Sql): Promise<Project> {
  return await sql.begin(async sql => {
    await sql`select pg_advisory_xact_lock(${defaultsLockKey})`
    const [organization] = await sql`select id from organizations limit 1`
    if (!organization) {
      await sql`insert into organizations (id, slug, name) values (${uuidv7()}, 'default', 'Default')`
      return await insertProject(sql, { name: 'Default', slug: 'default' })
    }
    const [project] = await selectProjects(sql)
    return project ?? await insertProject(sql, { name: 'Default', slug: 'default' })
  })
}

/** Makes a project and its first key; `id` and `key` are for replaying captured traffic. */
export async function createProject (sql: Sql, project: NewProject): Promise<Project> {
  return await sql.begin(async sql => await insertProject(sql, project)).catch((error: unknown) => { throw refusalOf(error, project) })
}

/** All projects that are not deleted, oldest first, each with its oldest active key. */
export async function listProjects (sql: Sql): Promise<Project[]> {
  return await selectProjects(sql)
}

/** A name as the last part of an address: lower case, with at least one letter. */
export function slugOf (name: string): string {
  const slug = name.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 50)
  return /[a-z]/.test(slug) ? slug : `project-${slug || randomBytes(3).toString('hex')}`
}

async function insertProject (sql: Queryable, { name, slug, platform = '', id, key, organizationId }: NewProject): Promise<Project> {
  const [organization] = organizationId ? [{ id: organizationId }] : await sql<{ id: string }[]>`select id from organizations order by created_at, id limit 1`
  if (!organization) throw new ProjectRefused('There is no organization yet: start Mesher once, which makes the first.')

  const [row] = await sql<{ id: string }[]>`
    insert into projects (id, organization_id, slug, name, platform)
    values (${id ?? sql`nextval(pg_get_serial_sequence('projects', 'id'))`}, ${organization.id}, ${slug ?? slugOf(name)}, ${name}, ${platform})
    returning id`
  const projectId = Number(row?.id)
  if (id !== undefined) {
    await sql`select setval(pg_get_serial_sequence('projects', 'id'), greatest(${id}, (select max(id) from projects)))`
  }
  await sql`insert into issue_numbers (project_id) values (${projectId}) on conflict do nothing`
  await sql`
    insert into dsn_keys (project_id, id, public_key, label)
    values (${projectId}, ${uuidv7()}, ${key ?? randomBytes(16).toString('hex')}, 'Default')`
  const [project] = await selectProjects(sql, projectId)
  if (!project) throw new Error('the project that was just made is missing')
  return project
}

async function selectProjects (sql: Queryable, projectId?: number): Promise<Project[]> {
  const rows = await sql<{ id: string, organization_id: string, slug: string, name: string, platform: string, created_at: Date, public_key: string | null }[]>`
    select p.id, p.organization_id, p.slug, p.name, p.platform, p.created_at, k.public_key
    from projects p left join lateral (
      select public_key from dsn_keys where project_id = p.id and is_active order by created_at, id limit 1) k on true
    where p.deleted_at is null ${projectId === undefined ? sql`` : sql`and p.id = ${projectId}`}
    order by p.created_at, p.id`
  return rows.map(row => ({
    id: Number(row.id),
    organizationId: row.organization_id,
    slug: row.slug,
    name: row.name,
    platform: row.platform,
    createdAt: row.created_at,
    publicKey: row.public_key
  }))
}

/** Says what a person can do about a refused project; other errors stay what they are. */
function refusalOf (error: unknown, { name, slug, id, key }: NewProject): unknown {
  const constraint = error instanceof Error && 'constraint' in error ? error.constraint : undefined
  switch (constraint) {
    case 'projects_pkey': return new ProjectRefused(`There is a project ${id} already.`)
    case 'projects_slug': return new ProjectRefused(`There is a project "${slug ?? slugOf(name)}" already: choose another slug.`)
    case 'projects_slug_check': return new ProjectRefused(`The slug "${slug}" has no letter in it.`)
    case 'dsn_keys_public_key_key': return new ProjectRefused(`The key ${key} belongs to another project.`)
    case 'dsn_keys_public_key_check': return new ProjectRefused('A key has 32 lower-case hexadecimal digits.')
    default: return error
  }
}
