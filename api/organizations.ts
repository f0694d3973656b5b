/**
 * Organizations. Instance admins make them, or every user where they are open; the maker owns one. Admins rename it,
 * owners delete it. Deletions that are under way
 * are listed here too.
 */
import type * as v from 'valibot'
import {
  deletionList,
  type deletion,
  newOrganization,
  organizationChange,
  organizationDetail,
  organizationItem,
  organizationList,
  page
} from '../schema/api/organizations.ts'
import { listErasures, type Erasure } from '../services/deletions/requests.ts'
import {
  changeOrganization,
  createOrganization,
  deleteOrganization,
  listOrganizations,
  readOrganization
} from '../services/accounts/organizations.ts'
import type { Sql } from '../services/database/sql.ts'
import { afterOf, pageOf } from './cursors.ts'
import { mayCreateOrganizations } from './me.ts'
import { operation, plain, type Operation } from './operation.ts'
import { notFound, problem } from './problems.ts'
import { organizationTarget } from './targets.ts'

const facts = { ...plain, tag: 'Organizations' } as const
const ofOrganization = { ...facts, target: organizationTarget } as const
const slugTaken = 'Another organization has this slug: choose another.'

const list = operation({
  ...facts,
  id: 'listOrganizations',
  method: 'get',
  path: '/api/v1/orgs',
  summary: "List one's organizations",
  access: { who: 'user', scope: 'read' },
  query: page,
  responses: {
    200: {
      description: "Those the caller belongs to, oldest first, each with the caller's role",
      schema: organizationList
    }
  },
  handle: async ({ sql, caller: { userId }, query: { cursor, limit } }) => {
    const found = await listOrganizations(sql, { userId, after: afterOf(cursor), limit: limit + 1 })
    return { status: 200, body: pageOf(found.map(organizationBody), limit, organization => organization.id) }
  }
})

const create = operation({
  ...facts,
  id: 'createOrganization',
  method: 'post',
  path: '/api/v1/orgs',
  summary: 'Make an organization',
  access: { who: 'user', scope: 'admin' },
  body: newOrganization,
  responses: {
    201: { description: 'Made; the caller owns it. Without a slug one is made of the name', schema: organizationItem }
  },
  refusals: {
    403: 'Only instance admins make organizations here, or the scope of the token is not enough',
    409: 'The slug is taken, or the caller owns as many organizations as one may'
  },
  handle: async ({ sql, context, caller, body: { name, slug } }) => {
    if (!mayCreateOrganizations(context, caller)) {
      throw problem(
        403,
        'Only instance admins make organizations here. MESHER_OPEN_ORGANIZATIONS=true lets every user.'
      )
    }
    const { userId } = caller
    const made = await createOrganization(sql, { name, slug, userId })
    if (made === 'slug_taken') throw problem(409, slugTaken)
    if (made === 'too_many') throw problem(409, 'You own as many organizations as one may.')
    return { status: 201, body: { ...organizationBody(made), role: 'owner' as const } }
  }
})

const read = operation({
  ...ofOrganization,
  id: 'getOrganization',
  method: 'get',
  path: '/api/v1/orgs/:org',
  summary: 'Read an organization',
  access: { who: 'role', role: 'member', scope: 'read' },
  responses: { 200: { description: "The organization, with the caller's role in it", schema: organizationDetail } },
  handle: async ({ sql, caller: { userId }, target: { organizationId } }) => ({
    status: 200,
    body: await detailOf(sql, organizationId, userId)
  })
})

const change = operation({
  ...ofOrganization,
  id: 'changeOrganization',
  method: 'patch',
  path: '/api/v1/orgs/:org',
  summary: 'Rename an organization',
  access: { who: 'role', role: 'admin', scope: 'admin' },
  body: organizationChange,
  responses: { 200: { description: 'Changed', schema: organizationDetail } },
  refusals: { 409: 'The slug is taken' },
  handle: async ({ sql, caller: { userId }, target: { organizationId }, body }) => {
    if (!(await changeOrganization(sql, organizationId, body))) throw problem(409, slugTaken)
    return { status: 200, body: await detailOf(sql, organizationId, userId) }
  }
})

const remove = operation({
  ...ofOrganization,
  id: 'deleteOrganization',
  method: 'delete',
  path: '/api/v1/orgs/:org',
  summary: 'Delete an organization with everything in it',
  description:
    'It is gone for its members at once, its keys stop within 5 s, and its data is removed in the ' +
    'background: `GET /api/v1/deletions` shows how far that is.',
  access: { who: 'role', role: 'owner', scope: 'admin' },
  recentLogin: { for: 'By a session this', when: () => true },
  responses: { 204: { description: 'Gone; its data is being removed' } },
  handle: async ({ sql, caller: { userId }, target: { organizationId } }) => {
    if (!(await deleteOrganization(sql, organizationId, userId))) throw notFound()
    return { status: 204 }
  }
})

const deletions = operation({
  ...facts,
  id: 'listDeletions',
  method: 'get',
  path: '/api/v1/deletions',
  summary: 'List what the caller has deleted',
  access: { who: 'user', scope: 'read' },
  query: page,
  responses: { 200: { description: 'Newest first; finished ones for 30 days', schema: deletionList } },
  handle: async ({ sql, context, caller: { userId }, query: { cursor, limit } }) => {
    const found = await listErasures(sql, { of: { requestedBy: userId }, after: afterOf(cursor), limit: limit + 1 })
    return {
      status: 200,
      body: pageOf(
        found.map(erasure => deletionOf(erasure, context.now())),
        limit,
        deletion => deletion.id
      )
    }
  }
})

const deletionsOf = operation({
  ...ofOrganization,
  id: 'listOrganizationDeletions',
  method: 'get',
  path: '/api/v1/orgs/:org/deletions',
  summary: 'List what is being deleted in an organization',
  access: { who: 'role', role: 'admin', scope: 'read' },
  query: page,
  responses: { 200: { description: 'Newest first; finished ones for 30 days', schema: deletionList } },
  handle: async ({ sql, context, target: { organizationId }, query: { cursor, limit } }) => {
    const found = await listErasures(sql, { of: { organizationId }, after: afterOf(cursor), limit: limit + 1 })
    return {
      status: 200,
      body: pageOf(
        found.map(erasure => deletionOf(erasure, context.now())),
        limit,
        deletion => deletion.id
      )
    }
  }
})

async function detailOf(sql: Sql, organizationId: string, userId: string) {
  const organization = await readOrganization(sql, organizationId, userId)
  if (organization === null) throw notFound()
  return organizationBody(organization)
}

function organizationBody<Row extends { created_at: Date }>({ created_at: createdAt, ...organization }: Row) {
  return { ...organization, created_at: createdAt.toISOString() }
}

function deletionOf(
  { due_at: dueAt, requested_at: requestedAt, finished_at: finishedAt, ...erasure }: Erasure,
  now: number
): v.InferOutput<typeof deletion> {
  const state =
    finishedAt !== null ? 'finished' : erasure.rows_removed === 0 && dueAt.getTime() > now ? 'waiting' : 'removing'
  return {
    ...erasure,
    project_id: erasure.project_id === null ? null : String(erasure.project_id),
    requested_at: requestedAt.toISOString(),
    finished_at: finishedAt?.toISOString() ?? null,
    state
  }
}

export const organizationOperations: Operation[] = [list, create, read, change, remove, deletions, deletionsOf]
