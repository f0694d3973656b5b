/** Saved searches of issues: own ones, and those that are shared with the organization. */
import { parseSearch } from '../events/search/parse.ts'
import { uuid, type Role } from '../schema/api/common.ts'
import {
  newSearchBody,
  savedSearch,
  savedSearchList,
  searchChange,
  type SavedSearch
} from '../schema/api/saved-searches.ts'
import {
  changeSearch,
  createSearch,
  deleteSearch,
  listSearches,
  mayChange,
  searchesMax,
  type SearchCaller,
  type StoredSearch
} from '../services/search/saved-searches.ts'
import { operation, plain, type Operation } from './operation.ts'
import { invalidSearch, notFound, problem, type Problem } from './problems.ts'
import { projectTarget, type ProjectTarget } from './targets.ts'

const facts = { ...plain, tag: 'Saved searches', target: projectTarget } as const
const read = { who: 'role', role: 'member', scope: 'read' } as const
const write = { who: 'role', role: 'member', scope: 'write' } as const

const list = operation({
  ...facts,
  id: 'listSavedSearches',
  method: 'get',
  path: '/api/v1/projects/:project/saved-searches',
  summary: 'The searches of issues that you have saved, and those shared with the organization',
  access: read,
  responses: { 200: { description: 'All of them, by name', schema: savedSearchList } },
  handle: async ({ sql, caller, target }) => {
    const asking = callerOf(target, caller.userId)
    const searches = await listSearches(sql, asking)
    return { status: 200, body: { data: searches.map(search => bodyOf(search, asking)), next_cursor: null } }
  }
})

const create = operation({
  ...facts,
  id: 'createSavedSearch',
  method: 'post',
  path: '/api/v1/projects/:project/saved-searches',
  summary: 'Save a search of issues',
  description:
    'With `shared` the whole organization sees it. With `default` your list of issues in the dashboard begins with it.',
  access: write,
  body: newSearchBody,
  responses: { 201: { description: 'The search', schema: savedSearch } },
  refusals: { 409: 'There are as many searches as there may be' },
  handle: async ({ sql, context, caller, target, body }) => {
    checkQuery(body.query, context.now())
    const asking = callerOf(target, caller.userId)
    const { name, query, sort, shared: isShared } = body
    const times = { isDefault: body.default, now: context.now() }
    const search = await createSearch(sql, asking, { name, query, sort, isShared }, times)
    if (search === null) throw tooMany()
    return { status: 201, body: bodyOf(search, asking) }
  }
})

const change = operation({
  ...facts,
  id: 'changeSavedSearch',
  method: 'patch',
  path: '/api/v1/projects/:project/saved-searches/:search',
  summary: 'Change a saved search, or make it your default',
  description: 'What others share can be changed by admins of the organization alone; `default` is yours in any case.',
  access: write,
  params: { search: uuid },
  body: searchChange,
  responses: { 200: { description: 'The search as it is now', schema: savedSearch } },
  refusals: {
    403: 'It is shared by somebody else, and you are no admin',
    404: 'You see no such search',
    409: 'There are as many searches as there may be'
  },
  handle: async ({ sql, context, caller, target, params: { search: id }, body }) => {
    if (body.query !== undefined) checkQuery(body.query, context.now())
    const asking = callerOf(target, caller.userId)
    const { name, query, sort, shared: isShared, default: isDefault } = body
    const changed = await changeSearch(sql, asking, id, { name, query, sort, isShared, isDefault }, context.now())
    if (changed === 'gone') throw notFound()
    if (changed === 'not allowed') throw notAllowed()
    if (changed === 'too many') throw tooMany()
    return { status: 200, body: bodyOf(changed, asking) }
  }
})

const remove = operation({
  ...facts,
  id: 'deleteSavedSearch',
  method: 'delete',
  path: '/api/v1/projects/:project/saved-searches/:search',
  summary: 'Delete a saved search',
  access: write,
  params: { search: uuid },
  responses: { 204: { description: 'Deleted' } },
  refusals: { 403: 'It is shared by somebody else, and you are no admin', 404: 'You see no such search' },
  handle: async ({ sql, caller, target, params: { search: id } }) => {
    const outcome = await deleteSearch(sql, callerOf(target, caller.userId), id)
    if (outcome === 'gone') throw notFound()
    if (outcome === 'not allowed') throw notAllowed()
    return { status: 204 }
  }
})

function callerOf({ projectId, role }: ProjectTarget, userId: string): SearchCaller {
  return { projectId, userId, isAdmin: isAdminRole(role) }
}

function isAdminRole(role: Role): boolean {
  return role === 'admin' || role === 'owner'
}

function checkQuery(query: string, now: number): void {
  const parsed = parseSearch(query, { subject: 'issues', now })
  if (!parsed.ok) throw invalidSearch(parsed)
}

function bodyOf(search: StoredSearch, caller: SearchCaller): SavedSearch {
  return {
    id: search.id,
    name: search.name,
    query: search.query,
    sort: search.sort,
    shared: search.is_shared,
    default: search.is_default,
    owner: search.owner,
    can_change: mayChange(caller, search),
    created_at: search.created_at.toISOString(),
    updated_at: search.updated_at.toISOString()
  }
}

function notAllowed(): Problem {
  return problem(403, 'Somebody else shares this search: only they and admins of the organization may change it.')
}

function tooMany(): Problem {
  return problem(409, `A project has at most ${searchesMax} shared searches, and you as many of your own.`)
}

export const savedSearchOperations: Operation[] = [list, create, change, remove]
