/** Commits of releases, deploys, and what they have to do with the frames of an event. */
import * as v from 'valibot'
import { viewOf } from '../../events/event-view.ts'
import {
  commitList,
  commitsQuery,
  deployList,
  deploysQuery,
  eventSources,
  version,
  type DeployItem
} from '../../schema/api/release-pages.ts'
import { loadEvent } from '../../services/events/load.ts'
import { readSources } from '../../services/releases/code-mappings.ts'
import { commitItemOf } from '../../services/releases/commit-items.ts'
import { listCommits } from '../../services/releases/commits.ts'
import { listDeploys, type Deploy } from '../../services/releases/deploys.ts'
import { eventSourcesOf } from '../../services/releases/event-sources.ts'
import { rootsOf } from '../../services/search/issue-roots.ts'
import { mappedWhenRead } from '../../services/symbolication/stored-event.ts'
import { cursorOf, positionOf } from '../cursors.ts'
import { operation, plain, type Operation } from '../operation.ts'
import { notFound } from '../problems.ts'
import { rangeOf } from '../ranges.ts'
import { eventTarget, projectTarget } from '../targets.ts'

const facts = {
  ...plain,
  tag: 'Releases and environments',
  access: { who: 'role', role: 'member', scope: 'read' },
  method: 'get'
} as const

const position = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000))

const commits = operation({
  ...facts,
  id: 'listReleaseCommits',
  path: '/api/v1/projects/:project/releases/:version/commits',
  summary: 'Commits of a release, newest first, with links to them where the project has a template',
  target: projectTarget,
  params: { version },
  query: commitsQuery,
  responses: { 200: { description: 'A page of commits', schema: commitList } },
  handle: async ({ sql, target: { projectId }, params: { version: release }, query: { cursor, limit } }) => {
    const first = cursor === undefined ? 0 : positionOf(position, cursor)
    const [found, sources] = await Promise.all([
      listCommits(sql, projectId, release, { limit: limit + 1, after: first - 1 }),
      readSources(sql, projectId)
    ])
    const data = found.slice(0, limit).map(commit => commitItemOf(commit, sources))
    return { status: 200, body: { data, next_cursor: found.length > limit ? cursorOf(first + limit) : null } }
  }
})

const deployPosition = v.strictTuple([v.pipe(v.string(), v.isoTimestamp()), v.pipe(v.string(), v.uuid())])

const deploys = operation({
  ...facts,
  id: 'listDeploys',
  path: '/api/v1/projects/:project/deploys',
  summary: 'Deploys of a range of time, newest first',
  target: projectTarget,
  query: deploysQuery,
  responses: { 200: { description: 'A page of deploys', schema: deployList } },
  handle: async ({ sql, context, target: { projectId }, query }) => {
    const { environment = [], release = null, cursor, limit } = query
    const [at, id] = cursor === undefined ? [null, null] : positionOf(deployPosition, cursor)
    // A deploy may be said to end a little later than now.
    const range = release !== null && query.from === undefined ? null : rangeOf(query, context.now())
    const found = await listDeploys(sql, projectId, {
      release,
      environments: environment,
      from: range?.from ?? null,
      to: query.to === undefined ? null : (range?.to ?? null),
      before: at === null ? null : { at: new Date(at), id },
      limit: limit + 1
    })
    const data = found.slice(0, limit).map(deployItemOf)
    const last = found.length > limit ? data.at(-1) : undefined
    return {
      status: 200,
      body: { data, next_cursor: last === undefined ? null : cursorOf([last.finished_at, last.id]) }
    }
  }
})

/** What somebody gave as an address may be anything: only what can be followed is shown as one. */
function deployItemOf({ url, started_at: started, finished_at: finished, ...deploy }: Deploy): DeployItem {
  const isAddress = URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol)
  return {
    ...deploy,
    url: isAddress ? url : null,
    started_at: started?.toISOString() ?? null,
    finished_at: finished.toISOString()
  }
}

const sources = operation({
  ...facts,
  tag: 'Events',
  id: 'getEventSources',
  path: '/api/v1/events/:event/sources',
  summary: 'Where the frames of an event are in the repository, and which commits may have caused its issue',
  description:
    'Suspect commits are those of the release in which the issue began that changed a file of the frames, of the ' +
    'newest 200. Links need a template and a code mapping of the project, and a commit of the release of the event.',
  target: eventTarget,
  responses: { 200: { description: 'Links, and suspect commits, newest first', schema: eventSources } },
  handle: async ({ sql, context, target: { event: key, projectId } }) => {
    const [event, roots] = await Promise.all([loadEvent(sql, key), rootsOf(sql, projectId, [key.issueId])])
    const root = roots.get(key.issueId)
    if (event === null || root === undefined) throw notFound()
    const { payload } = await mappedWhenRead(sql, context.symbols, {
      projectId,
      receivedAt: event.received_at,
      payload: event.payload
    })
    const about = { projectId, rootId: root.rootId, release: event.release }
    return { status: 200, body: await eventSourcesOf(sql, about, viewOf(payload)) }
  }
})

export const commitOperations: Operation[] = [commits, deploys, sources]
