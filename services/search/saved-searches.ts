/**
 * Saved searches of a project. A person sees their own and the shared ones; the owner of one may change it, and of a
 * shared one admins of the organization too. Every statement is bound to the project and to who asks.
 */
import * as v from 'valibot'
import { v7 as uuidv7 } from 'uuid'
import { savedSorts } from '../../schema/api/saved-searches.ts'
import type { Queryable, Sql } from '../database/sql.ts'

/** Who asks. Admins may change what others share. */
export type SearchCaller = { projectId: number; userId: string; isAdmin: boolean }

export type SearchFields = { name: string; query: string; sort: (typeof savedSorts)[number]; isShared: boolean }

/** What of a search changes; `isDefault` is the caller's own matter. */
export type SearchFieldsChange = { [Field in keyof SearchFields]?: SearchFields[Field] | undefined }

const rowSchema = v.strictObject({
  id: v.string(),
  name: v.string(),
  query: v.string(),
  sort: v.picklist(savedSorts),
  is_shared: v.boolean(),
  is_default: v.boolean(),
  is_own: v.boolean(),
  owner: v.string(),
  created_at: v.date(),
  updated_at: v.date()
})
export type StoredSearch = v.InferOutput<typeof rowSchema>

/** Own ones of a person in a project, and shared ones of a project, at most so many each. */
export const searchesMax = 100

/** All that the caller sees, by name. */
export async function listSearches(sql: Queryable, { projectId, userId }: SearchCaller): Promise<StoredSearch[]> {
  return await selectSearches(sql, { projectId, userId }, null)
}

export async function findSearch(
  sql: Queryable,
  { projectId, userId }: SearchCaller,
  id: string
): Promise<StoredSearch | null> {
  const [search] = await selectSearches(sql, { projectId, userId }, id)
  return search ?? null
}

async function selectSearches(
  sql: Queryable,
  { projectId, userId }: Pick<SearchCaller, 'projectId' | 'userId'>,
  id: string | null
): Promise<StoredSearch[]> {
  return await sql.rows(rowSchema)`
    select s.id, s.name, s.query, s.sort, s.is_shared, s.owner_id = ${userId} as is_own,
      coalesce(nullif(u.name, ''), u.email) as owner, s.created_at, s.updated_at, d.search_id is not null as is_default
    from saved_searches s join users u on u.id = s.owner_id
    left join default_searches d on d.project_id = s.project_id and d.user_id = ${userId} and d.search_id = s.id
    where s.project_id = ${projectId} and (s.owner_id = ${userId} or s.is_shared)
      ${id === null ? sql`` : sql`and s.id = ${id}`}
    order by lower(s.name), s.id`
}

/** Null when there are as many as there may be. */
export async function createSearch(
  sql: Sql,
  caller: SearchCaller,
  { name, query, sort, isShared }: SearchFields,
  { isDefault, now }: { isDefault: boolean; now: number }
): Promise<StoredSearch | null> {
  const { projectId, userId } = caller
  const id = uuidv7()
  return await sql.begin(async sql => {
    await sql`select from projects where id = ${projectId} for update`
    const { count } = await sql`
      insert into saved_searches (project_id, id, owner_id, name, query, sort, is_shared, created_at, updated_at)
      select ${projectId}, ${id}, ${userId}, ${name}, ${query}, ${sort}, ${isShared}, ${new Date(now)}, ${new Date(now)}
      where ${roomFor(sql, caller, isShared)}`
    if (count === 0) return null
    if (isDefault) await setDefault(sql, caller, id)
    return await findSearch(sql, caller, id)
  })
}

/** `gone` is also what the caller does not see. */
export async function changeSearch(
  sql: Sql,
  caller: SearchCaller,
  id: string,
  change: SearchFieldsChange & { isDefault?: boolean | undefined },
  now: number
): Promise<StoredSearch | 'gone' | 'not allowed' | 'too many'> {
  return await sql.begin(async sql => {
    await sql`select from projects where id = ${caller.projectId} for update`
    const before = await findSearch(sql, caller, id)
    if (before === null) return 'gone'
    const { isDefault, ...fields } = change
    const { name = before.name, query = before.query, sort = before.sort, isShared = before.is_shared } = fields
    if (Object.values(fields).some(value => value !== undefined)) {
      if (!mayChange(caller, before)) return 'not allowed'
      const { count } = await sql`
        update saved_searches set name = ${name}, query = ${query}, sort = ${sort}, is_shared = ${isShared},
          updated_at = ${new Date(now)}
        where project_id = ${caller.projectId} and id = ${id}
          and (is_shared = ${isShared} or ${roomFor(sql, caller, isShared)})`
      if (count === 0) return 'too many'
      if (!isShared) await forgetOthers(sql, caller.projectId, id)
    }
    if (isDefault === true) await setDefault(sql, caller, id)
    if (isDefault === false) {
      await sql`delete from default_searches
        where project_id = ${caller.projectId} and user_id = ${caller.userId} and search_id = ${id}`
    }
    // An admin who takes a search of somebody else back does not see it any more.
    return (
      (await findSearch(sql, caller, id)) ?? { ...before, name, query, sort, is_shared: isShared, is_default: false }
    )
  })
}

export async function deleteSearch(
  sql: Sql,
  caller: SearchCaller,
  id: string
): Promise<'deleted' | 'gone' | 'not allowed'> {
  const search = await findSearch(sql, caller, id)
  if (search === null) return 'gone'
  if (!mayChange(caller, search)) return 'not allowed'
  const { count } = await sql`delete from saved_searches where project_id = ${caller.projectId} and id = ${id}`
  return count === 0 ? 'gone' : 'deleted'
}

export function mayChange({ isAdmin }: SearchCaller, { is_own: isOwn }: StoredSearch): boolean {
  return isOwn || isAdmin
}

function roomFor(sql: Queryable, { projectId, userId }: SearchCaller, isShared: boolean) {
  return sql`(select count(*) from saved_searches where project_id = ${projectId} and is_shared = ${isShared}
    ${isShared ? sql`` : sql`and owner_id = ${userId}`}) < ${searchesMax}`
}

async function setDefault(sql: Queryable, { projectId, userId }: SearchCaller, id: string): Promise<void> {
  await sql`
    insert into default_searches (project_id, user_id, search_id) values (${projectId}, ${userId}, ${id})
    on conflict (project_id, user_id) do update set search_id = excluded.search_id`
}

/** Of a search that is no longer shared: who does not see it does not begin with it. */
async function forgetOthers(sql: Queryable, projectId: number, id: string): Promise<void> {
  await sql`
    delete from default_searches d using saved_searches s
    where d.project_id = ${projectId} and d.search_id = ${id} and s.project_id = d.project_id and s.id = d.search_id
      and s.owner_id <> d.user_id`
}
