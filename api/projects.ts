/** Projects of an organization. Members see them with the keys to send by; admins make, rename and delete them. */
import { newProject, projectChange, projectDetail, projectList } from '../schema/api/projects.ts'
import { page } from '../schema/api/organizations.ts'
import { dsnOf } from '../events/dsn.ts'
import {
  changeProject,
  createProject,
  deleteProject,
  listProjectsOf,
  ProjectRefused,
  readProject,
  type Project
} from '../services/accounts/projects.ts'
import { addDefaultRule, defaultRule } from '../services/alerts/default-rule.ts'
import { askNewRecipients } from './alerts/recipients.ts'
import type { Sql } from '../services/database/sql.ts'
import { pageOf, positionOf } from './cursors.ts'
import { keyBodies } from './keys.ts'
import type { ApiContext } from './types.ts'
import { operation, plain, type Operation } from './operation.ts'
import { notFound, problem } from './problems.ts'
import { organizationTarget, projectTarget } from './targets.ts'
import * as v from 'valibot'

const facts = { ...plain, tag: 'Projects' } as const
const position = v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number))

const list = operation({
  ...facts,
  id: 'listProjects',
  method: 'get',
  path: '/api/v1/orgs/:org/projects',
  summary: 'List the projects of an organization',
  access: { who: 'role', role: 'member', scope: 'read' },
  target: organizationTarget,
  query: page,
  responses: { 200: { description: 'The projects, oldest first', schema: projectList } },
  handle: async ({ sql, context: { publicUrl }, target: { organizationId }, query: { cursor, limit } }) => {
    const after = cursor === undefined ? 0 : positionOf(position, cursor)
    const found = await listProjectsOf(sql, { organizationId, after, limit: limit + 1 })
    return {
      status: 200,
      body: pageOf(
        found.map(project => projectBody(project, publicUrl)),
        limit,
        project => project.id
      )
    }
  }
})

const create = operation({
  ...facts,
  id: 'createProject',
  method: 'post',
  path: '/api/v1/orgs/:org/projects',
  summary: 'Make a project with a first key',
  description:
    'It begins with an alert rule for new issues, which sends mail to the caller where a mail server is configured, ' +
    'and else is shown in the dashboard alone.',
  access: { who: 'role', role: 'admin', scope: 'admin' },
  target: organizationTarget,
  body: newProject,
  responses: {
    201: { description: 'The project with its key. Without a slug one is made of the name', schema: projectDetail }
  },
  refusals: { 409: 'The slug is taken in this organization, or it has as many projects as one may' },
  handle: async ({ sql, context, caller, target: { organizationId }, body: { name, slug, platform } }) => {
    const email = context.alerting.sendMail === null ? null : caller.email
    try {
      const { id } = await createProject(
        sql,
        { name, platform, organizationId, ...(slug === undefined ? {} : { slug }) },
        (sql, projectId) => addDefaultRule(sql, projectId, { email, now: context.now() })
      )
      if (email !== null) await askNewRecipients({ sql, context, caller }, organizationId, defaultRule(email))
      return { status: 201, body: await detailOf({ sql, context }, id) }
    } catch (error) {
      throw error instanceof ProjectRefused ? problem(409, error.message) : error
    }
  }
})

const read = operation({
  ...facts,
  id: 'getProject',
  method: 'get',
  path: '/api/v1/projects/:project',
  summary: 'Read a project with its keys',
  access: { who: 'role', role: 'member', scope: 'read' },
  target: projectTarget,
  responses: { 200: { description: 'The project', schema: projectDetail } },
  handle: async ({ sql, context, target: { projectId } }) => ({
    status: 200,
    body: await detailOf({ sql, context }, projectId)
  })
})

const change = operation({
  ...facts,
  id: 'changeProject',
  method: 'patch',
  path: '/api/v1/projects/:project',
  summary: 'Rename a project',
  access: { who: 'role', role: 'admin', scope: 'admin' },
  target: projectTarget,
  body: projectChange,
  responses: { 200: { description: 'Changed', schema: projectDetail } },
  refusals: { 409: 'The slug is taken in this organization' },
  handle: async ({ sql, context, target: { projectId }, body }) => {
    if (!(await changeProject(sql, projectId, body))) {
      throw problem(409, 'Another project of the organization has this slug: choose another.')
    }
    return { status: 200, body: await detailOf({ sql, context }, projectId) }
  }
})

const remove = operation({
  ...facts,
  id: 'deleteProject',
  method: 'delete',
  path: '/api/v1/projects/:project',
  summary: 'Delete a project with everything in it',
  description:
    'It is gone at once, its keys stop within 5 s, and its data is removed in the background: `GET ' +
    '/api/v1/deletions` shows how far that is.',
  access: { who: 'role', role: 'admin', scope: 'admin' },
  target: projectTarget,
  responses: { 204: { description: 'Gone; its data is being removed' } },
  handle: async ({ sql, caller: { userId }, target: { projectId } }) => {
    if (!(await deleteProject(sql, projectId, userId))) throw notFound()
    return { status: 204 }
  }
})

async function detailOf({ sql, context }: { sql: Sql; context: ApiContext }, projectId: number) {
  const project = await readProject(sql, projectId)
  if (project === null) throw notFound()
  return { ...projectBody(project, context.publicUrl), keys: await keyBodies({ sql, context }, projectId) }
}

/** A project as the operations return it. */
export function projectBody(
  { id, organizationId, slug, name, platform, createdAt, publicKey }: Project,
  publicUrl: string
) {
  const dsn = publicKey === null ? null : dsnOf(publicUrl, publicKey, id)
  return {
    id: String(id),
    organization_id: organizationId,
    slug,
    name,
    platform,
    created_at: createdAt.toISOString(),
    dsn
  }
}

export const projectOperations: Operation[] = [list, create, read, change, remove]
