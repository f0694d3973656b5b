/** Deploys for build tools: when a release went to an environment. */
import * as v from 'valibot'
import { releaseInPath, toolDeploy, toolNewDeploy, toolQuery } from '../../schema/api/build-tools.ts'
import { projectNamesOf } from '../../services/accounts/visible.ts'
import { addDeploy, listDeploys, type Deploy, type NewDeploy } from '../../services/releases/deploys.ts'
import { readReleases } from '../../services/releases/list.ts'
import type { Sql } from '../../services/database/sql.ts'
import { operation, type Operation } from '../operation.ts'
import { notFound, problem } from '../problems.ts'
import { organizationTarget } from '../targets.ts'
import { namedProjects, offsetsOf, pathOf, toolFacts, toolPage, toolProjectTarget } from './shared.ts'

const version = { version: releaseInPath }
const made = { 201: { description: 'The deploy', schema: toolDeploy } }
const listed = { 200: { description: 'Newest first', schema: v.array(toolDeploy) } }
const refusals = { 409: 'The project has as many releases as one may have' }

const create = operation({
  ...toolFacts,
  id: 'toolCreateDeploy',
  method: 'post',
  path: '/api/0/organizations/:org/releases/:version/deploys/',
  summary: 'Note that a release was deployed, in the projects that are named or else know it',
  target: organizationTarget,
  params: version,
  body: toolNewDeploy,
  responses: made,
  refusals,
  handle: async ({ sql, context, target: { organizationId }, params: { version: release }, body }) => {
    const named = body.projects ?? []
    const ids =
      named.length > 0
        ? (await namedProjects(sql, organizationId, named)).map(({ id }) => id)
        : await knowing(sql, organizationId, release)
    return { status: 201, body: await deployed(sql, ids, release, deployOf(body, context.now())) }
  }
})

const createOfProject = operation({
  ...toolFacts,
  id: 'toolCreateDeployOfProject',
  method: 'post',
  path: '/api/0/projects/:org/:project/releases/:version/deploys/',
  summary: 'Note that a release of a project was deployed',
  target: toolProjectTarget,
  params: version,
  body: toolNewDeploy,
  responses: made,
  refusals,
  handle: async ({ sql, context, target: { projectId }, params: { version: release }, body }) => ({
    status: 201,
    body: await deployed(sql, [projectId], release, deployOf(body, context.now()))
  })
})

const list = operation({
  ...toolFacts,
  id: 'toolDeploys',
  method: 'get',
  path: '/api/0/organizations/:org/releases/:version/deploys/',
  summary: 'The deploys of a release',
  target: organizationTarget,
  params: version,
  query: toolQuery,
  responses: listed,
  handle: async ({ sql, context, target: { organizationId }, params: { version: release }, query }) => {
    const page = offsetsOf(query)
    const all: Deploy[] = []
    for (const id of await knowing(sql, organizationId, release)) {
      all.push(...(await listDeploys(sql, id, { release, limit: page.offset + page.limit + 1 })))
    }
    all.sort((a, b) => b.finished_at.getTime() - a.finished_at.getTime())
    const path = pathOf('organizations', organizationId, 'releases', release, 'deploys')
    const { body, headers } = toolPage(context, path, page, all.slice(page.offset, page.offset + page.limit + 1))
    return { status: 200, body: body.map(shown), headers }
  }
})

const listOfProject = operation({
  ...toolFacts,
  id: 'toolDeploysOfProject',
  method: 'get',
  path: '/api/0/projects/:org/:project/releases/:version/deploys/',
  summary: 'The deploys of a release of a project',
  target: toolProjectTarget,
  params: version,
  query: toolQuery,
  responses: listed,
  handle: async ({ sql, context, target, params: { version: release }, query }) => {
    const { organizationId, projectId, slug } = target
    const page = offsetsOf(query)
    const all = await listDeploys(sql, projectId, { release, limit: page.offset + page.limit + 1 })
    const path = pathOf('projects', organizationId, slug, 'releases', release, 'deploys')
    const { body, headers } = toolPage(context, path, page, all.slice(page.offset))
    return { status: 200, body: body.map(shown), headers }
  }
})

/** The projects of an organization that know a release; 404 where none does. */
async function knowing(sql: Sql, organizationId: string, release: string): Promise<number[]> {
  const all = await projectNamesOf(sql, { organizationId })
  const rows = await readReleases(
    sql,
    all.map(({ id }) => id),
    release
  )
  if (rows.length === 0) throw notFound()
  return rows.map(row => row.project_id)
}

async function deployed(
  sql: Sql,
  projectIds: readonly number[],
  release: string,
  deploy: NewDeploy
): Promise<v.InferOutput<typeof toolDeploy>> {
  const made: Deploy[] = []
  for (const projectId of projectIds) {
    const one = await addDeploy(sql, projectId, release, deploy)
    if (one === null) throw problem(409, 'This project has as many releases as one may have: delete some.')
    made.push(one)
  }
  const [first] = made
  if (first === undefined) throw notFound()
  return shown(first)
}

function deployOf(body: v.InferOutput<typeof toolNewDeploy>, now: number): NewDeploy {
  const { environment, name, url, dateStarted, dateFinished } = body
  return {
    environment,
    name: name ?? '',
    url: url ?? '',
    startedAt: dateStarted ?? null,
    finishedAt: dateFinished ?? new Date(now)
  }
}

function shown({
  id,
  environment,
  name,
  url,
  started_at: startedAt,
  finished_at: finishedAt
}: Deploy): v.InferOutput<typeof toolDeploy> {
  return {
    id,
    environment,
    name: name === '' ? null : name,
    url: url === '' ? null : url,
    dateStarted: startedAt?.toISOString() ?? null,
    dateFinished: finishedAt.toISOString()
  }
}

export const toolDeployOperations: Operation[] = [create, createOfProject, list, listOfProject]
