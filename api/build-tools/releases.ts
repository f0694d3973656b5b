/**
 * Releases for build tools. The same release may belong to several projects of an organization: a request below the
 * organization means those that it names, else those that know the release. To make one again is no error, because
 * every build does it.
 */
import * as v from 'valibot'
import {
  emptyList,
  releaseInPath,
  toolNewRelease,
  toolQuery,
  toolRelease,
  toolReleaseChange
} from '../../schema/api/build-tools.ts'
import { projectNamesOf } from '../../services/accounts/visible.ts'
import { listReleases, readReleases } from '../../services/releases/list.ts'
import { issueCounts } from '../../services/releases/issue-counts.ts'
import { idsOf, knowing, eraseRelease, putReleases, releaseNow, byVersion, releaseOf } from './release-bodies.ts'
import { operation, type Operation } from '../operation.ts'
import { notFound, problem } from '../problems.ts'
import { organizationTarget } from '../targets.ts'
import { namedProjects, offsetsOf, pathOf, toolFacts, toolPage, toolProjectTarget } from './shared.ts'

const version = { version: releaseInPath }
const found = { 200: { description: 'The release as it is now', schema: toolRelease } }
const made = { 201: { description: 'The release, new or known', schema: toolRelease } }
const listed = { 200: { description: 'Newest first', schema: v.array(toolRelease) } }
const refusals = { 409: 'The project has as many releases as one may have' }

const create = operation({
  ...toolFacts,
  id: 'toolCreateRelease',
  method: 'post',
  path: '/api/0/organizations/:org/releases/',
  summary: 'Make a release of some projects; a known one is changed',
  target: organizationTarget,
  body: toolNewRelease,
  responses: made,
  refusals,
  handle: async ({ sql, target: { organizationId }, body }) => {
    const named = body.projects ?? []
    const projects =
      named.length > 0
        ? await namedProjects(sql, organizationId, named)
        : await knowing(sql, organizationId, body.version)
    if (projects.length === 0) throw problem(400, 'Name the projects of this release.')
    return { status: 201, body: await putReleases(sql, projects, body.version, body) }
  }
})

const createOfProject = operation({
  ...toolFacts,
  id: 'toolCreateReleaseOfProject',
  method: 'post',
  path: '/api/0/projects/:org/:project/releases/',
  summary: 'Make a release of a project; a known one is changed',
  target: toolProjectTarget,
  body: toolNewRelease,
  responses: made,
  refusals,
  handle: async ({ sql, target: { projectId }, body }) => ({
    status: 201,
    body: await putReleases(sql, await projectNamesOf(sql, [projectId]), body.version, body)
  })
})

const list = operation({
  ...toolFacts,
  id: 'toolReleases',
  method: 'get',
  path: '/api/0/organizations/:org/releases/',
  summary: 'The releases of all projects of an organization',
  target: organizationTarget,
  query: toolQuery,
  responses: listed,
  handle: async ({ sql, context, target: { organizationId }, query }) => {
    const projects = await projectNamesOf(sql, { organizationId })
    const page = offsetsOf(query)
    const rows = await listReleases(sql, idsOf(projects), { offset: page.offset, limit: page.limit + 1 })
    const { body, headers } = toolPage(context, pathOf('organizations', organizationId, 'releases'), page, rows)
    return { status: 200, body: byVersion(body).map(rows => releaseOf(rows, projects, 0)), headers }
  }
})

const listOfProject = operation({
  ...toolFacts,
  id: 'toolReleasesOfProject',
  method: 'get',
  path: '/api/0/projects/:org/:project/releases/',
  summary: 'The releases of a project',
  target: toolProjectTarget,
  query: toolQuery,
  responses: listed,
  handle: async ({ sql, context, target: { organizationId, projectId, slug }, query }) => {
    const projects = await projectNamesOf(sql, [projectId])
    const page = offsetsOf(query)
    const rows = await listReleases(sql, [projectId], { offset: page.offset, limit: page.limit + 1 })
    const { body, headers } = toolPage(context, pathOf('projects', organizationId, slug, 'releases'), page, rows)
    const counts = await issueCounts(
      sql,
      projectId,
      'new',
      body.map(row => row.release)
    )
    return {
      status: 200,
      body: body.map(row => releaseOf([row], projects, counts.get(row.release) ?? 0)),
      headers
    }
  }
})

const read = operation({
  ...toolFacts,
  id: 'toolRelease',
  method: 'get',
  path: '/api/0/organizations/:org/releases/:version/',
  summary: 'A release, over all projects of the organization that know it',
  target: organizationTarget,
  params: version,
  responses: found,
  handle: async ({ sql, target: { organizationId }, params }) => ({
    status: 200,
    body: await releaseNow(sql, await projectNamesOf(sql, { organizationId }), params.version)
  })
})

const readOfProject = operation({
  ...toolFacts,
  id: 'toolReleaseOfProject',
  method: 'get',
  path: '/api/0/projects/:org/:project/releases/:version/',
  summary: 'A release of a project',
  target: toolProjectTarget,
  params: version,
  responses: found,
  handle: async ({ sql, target: { projectId }, params }) => ({
    status: 200,
    body: await releaseNow(sql, await projectNamesOf(sql, [projectId]), params.version)
  })
})

const change = operation({
  ...toolFacts,
  id: 'toolChangeRelease',
  method: 'put',
  path: '/api/0/organizations/:org/releases/:version/',
  summary: 'Finish a release, name its commits, archive it',
  target: organizationTarget,
  params: version,
  body: toolReleaseChange,
  responses: found,
  refusals,
  handle: async ({ sql, target: { organizationId }, params, body }) => {
    const named = body.projects ?? []
    const projects =
      named.length > 0
        ? await namedProjects(sql, organizationId, named)
        : await knowing(sql, organizationId, params.version)
    if (projects.length === 0) throw notFound()
    return { status: 200, body: await putReleases(sql, projects, params.version, body) }
  }
})

const changeOfProject = operation({
  ...toolFacts,
  id: 'toolChangeReleaseOfProject',
  method: 'put',
  path: '/api/0/projects/:org/:project/releases/:version/',
  summary: 'Finish a release of a project, name its commits, archive it',
  target: toolProjectTarget,
  params: version,
  body: toolReleaseChange,
  responses: found,
  refusals,
  handle: async ({ sql, target: { projectId }, params, body }) => ({
    status: 200,
    body: await putReleases(sql, await projectNamesOf(sql, [projectId]), params.version, body)
  })
})

const gone = { 204: { description: 'Its commits, deploys and artifacts are gone; its events stay' } }

const remove = operation({
  ...toolFacts,
  id: 'toolDeleteRelease',
  method: 'delete',
  path: '/api/0/organizations/:org/releases/:version/',
  summary: 'Delete a release of all projects of the organization',
  target: organizationTarget,
  params: version,
  responses: gone,
  handle: async ({ sql, target: { organizationId }, params }) => {
    await eraseRelease(sql, await knowing(sql, organizationId, params.version), params.version)
    return { status: 204 }
  }
})

const removeOfProject = operation({
  ...toolFacts,
  id: 'toolDeleteReleaseOfProject',
  method: 'delete',
  path: '/api/0/projects/:org/:project/releases/:version/',
  summary: 'Delete a release of a project',
  target: toolProjectTarget,
  params: version,
  responses: gone,
  handle: async ({ sql, target: { projectId }, params }) => {
    const rows = await readReleases(sql, [projectId], params.version)
    await eraseRelease(
      sql,
      rows.map(row => ({ id: row.project_id })),
      params.version
    )
    return { status: 204 }
  }
})

const previous = operation({
  ...toolFacts,
  id: 'toolPreviousRelease',
  method: 'get',
  path: '/api/0/organizations/:org/releases/:version/previous-with-commits/',
  summary: 'The release before this one that has commits: not told, so these tools send the newest commits',
  target: organizationTarget,
  params: version,
  responses: { 200: { description: 'An empty object', schema: v.object({}) } },
  handle: async () => ({ status: 200, body: {} })
})

const files = operation({
  ...toolFacts,
  id: 'toolReleaseFiles',
  method: 'get',
  path: '/api/0/projects/:org/:project/releases/:version/files/',
  summary: 'Single files of a release: there are none, since they come in bundles',
  target: toolProjectTarget,
  params: version,
  responses: { 200: { description: 'None', schema: emptyList } },
  handle: async () => ({ status: 200, body: [] })
})

export const toolReleaseOperations: Operation[] = [
  create,
  createOfProject,
  list,
  listOfProject,
  read,
  readOfProject,
  change,
  changeOfProject,
  remove,
  removeOfProject,
  previous,
  files
]
