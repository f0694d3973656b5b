/** Who a token belongs to, and which organizations and projects it reaches, as build tools ask for it. */
import { emptyList, toolInfo, toolOrganization, toolProject, toolQuery } from '../../schema/api/build-tools.ts'
import * as v from 'valibot'
import { listOrganizations, readOrganization, type Organization } from '../../services/accounts/organizations.ts'
import { listProjectsOf, readProject, type Project } from '../../services/accounts/projects.ts'
import { operation, type Operation } from '../operation.ts'
import { notFound } from '../problems.ts'
import { organizationTarget } from '../targets.ts'
import type { ApiContext } from '../types.ts'
import { offsetsOf, pathOf, toolFacts, toolPage, toolProjectTarget } from './shared.ts'

const user = { ...toolFacts, access: { who: 'user', scope: 'ci' } } as const
/** An organization has at most so many. */
const projectsMax = 1_000

const info = operation({
  ...user,
  id: 'toolInfo',
  method: 'get',
  path: '/api/0/',
  summary: 'The owner of the token, and what it may do',
  responses: { 200: { description: 'The caller', schema: toolInfo } },
  handle: async ({ caller }) => ({
    status: 200,
    body: {
      version: '0',
      auth: { scopes: ['project:releases', 'org:ci', 'org:read', 'project:read'] },
      user: { id: caller.userId, email: caller.email, username: caller.email, name: caller.name }
    }
  })
})

const organizations = operation({
  ...user,
  id: 'toolOrganizations',
  method: 'get',
  path: '/api/0/organizations/',
  summary: 'The organizations of the caller',
  query: toolQuery,
  responses: { 200: { description: 'Oldest first', schema: v.array(toolOrganization) } },
  handle: async ({ sql, context, caller: { userId }, query }) => {
    const page = offsetsOf(query)
    const all = await listOrganizations(sql, { userId, after: null, limit: page.offset + page.limit + 1 })
    const { body, headers } = toolPage(context, pathOf('organizations'), page, all.slice(page.offset))
    return { status: 200, body: body.map(row => organizationOf(context, row)), headers }
  }
})

const organization = operation({
  ...toolFacts,
  id: 'toolOrganization',
  method: 'get',
  path: '/api/0/organizations/:org/',
  summary: 'An organization; `links.regionUrl` is where these tools send what follows',
  target: organizationTarget,
  responses: { 200: { description: 'The organization', schema: toolOrganization } },
  handle: async ({ sql, context, caller: { userId }, target: { organizationId } }) => {
    const row = await readOrganization(sql, organizationId, userId)
    if (row === null) throw notFound()
    return { status: 200, body: organizationOf(context, row) }
  }
})

const projects = operation({
  ...toolFacts,
  id: 'toolProjects',
  method: 'get',
  path: '/api/0/organizations/:org/projects/',
  summary: 'The projects of an organization',
  target: organizationTarget,
  query: toolQuery,
  responses: { 200: { description: 'Oldest first', schema: v.array(toolProject) } },
  handle: async ({ sql, context, caller: { userId }, target: { organizationId }, query }) => {
    const page = offsetsOf(query)
    const row = await readOrganization(sql, organizationId, userId)
    if (row === null) throw notFound()
    const all = await listProjectsOf(sql, { organizationId, after: 0, limit: projectsMax })
    const path = pathOf('organizations', row.slug, 'projects')
    const { body, headers } = toolPage(context, path, page, all.slice(page.offset, page.offset + page.limit + 1))
    return { status: 200, body: body.map(found => projectOf(found, row)), headers }
  }
})

const project = operation({
  ...toolFacts,
  id: 'toolProject',
  method: 'get',
  path: '/api/0/projects/:org/:project/',
  summary: 'A project',
  target: toolProjectTarget,
  responses: { 200: { description: 'The project', schema: toolProject } },
  handle: async ({ sql, caller: { userId }, target: { organizationId, projectId } }) => {
    const [row, found] = await Promise.all([readOrganization(sql, organizationId, userId), readProject(sql, projectId)])
    if (row === null || found === null) throw notFound()
    return { status: 200, body: projectOf(found, row) }
  }
})

const repositories = operation({
  ...toolFacts,
  id: 'toolRepositories',
  method: 'get',
  path: '/api/0/organizations/:org/repos/',
  summary: 'Repositories that the server reads itself: there are none, so these tools send the commits',
  target: organizationTarget,
  responses: { 200: { description: 'None', schema: emptyList } },
  handle: async () => ({ status: 200, body: [] })
})

function organizationOf(
  { publicUrl }: ApiContext,
  { id, slug, name, created_at: createdAt }: Pick<Organization, 'id' | 'slug' | 'name' | 'created_at'>
): v.InferOutput<typeof toolOrganization> {
  return {
    id,
    slug,
    name,
    dateCreated: createdAt.toISOString(),
    isEarlyAdopter: false,
    require2FA: false,
    requireEmailVerification: false,
    status: { id: 'active', name: 'active' },
    features: [],
    links: { organizationUrl: `${publicUrl}/${slug}`, regionUrl: publicUrl }
  }
}

function projectOf(
  { id, slug, name, platform, createdAt }: Project,
  { id: organizationId, slug: organizationSlug, name: organizationName }: Pick<Organization, 'id' | 'slug' | 'name'>
): v.InferOutput<typeof toolProject> {
  return {
    id: String(id),
    slug,
    name,
    platform: platform === '' ? null : platform,
    team: null,
    teams: [],
    dateCreated: createdAt.toISOString(),
    status: 'active',
    organization: { id: organizationId, slug: organizationSlug, name: organizationName }
  }
}

export const toolInfoOperations: Operation[] = [info, organizations, organization, projects, project, repositories]
