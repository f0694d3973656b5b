/**
 * Releases and environments that a project's events name. The latest release comes first, environments come in the
 * order of their names.
 */
import * as v from 'valibot'
import { compareReleases, type Release } from '../../events/releases.ts'
import { environmentList, releaseList, seenQuery } from '../../schema/api/releases.ts'
import { environmentsSeen, eventsOfDay, releasesSeen, type SeenName } from '../../services/rollups/releases.ts'
import { cursorOf, positionOf } from '../cursors.ts'
import { operation, plain, type Operation } from '../operation.ts'
import { projectTarget } from '../targets.ts'

const facts = {
  ...plain,
  tag: 'Releases and environments',
  access: { who: 'role', role: 'member', scope: 'read' },
  target: projectTarget,
  query: seenQuery,
  method: 'get'
} as const

const dayMs = 86_400_000
const releasePosition = v.strictTuple([v.string(), v.number()])

const releases = operation({
  ...facts,
  id: 'listReleases',
  path: '/api/v1/projects/:project/releases',
  summary: 'Releases seen in events, the latest first: by semantic version, then by when they were first seen',
  responses: { 200: { description: 'A page of releases', schema: releaseList } },
  handle: async ({ sql, context, target: { projectId }, query: { cursor, limit } }) => {
    const [seen, events] = await Promise.all([
      releasesSeen(sql, projectId),
      eventsOfDay(sql, projectId, 'release', new Date(context.now() - dayMs))
    ])
    const sorted = seen.map(one => ({ one, key: releaseOf(one) })).sort((a, b) => compareReleases(b.key, a.key))
    const after = cursor === undefined ? null : positionOf(releasePosition, cursor)
    const rest =
      after === null
        ? sorted
        : sorted.filter(({ key }) => compareReleases(key, { version: after[0], firstSeen: after[1] }) < 0)
    const page = rest.slice(0, limit)
    const last = rest.length > limit ? page.at(-1) : undefined
    return {
      status: 200,
      body: {
        data: page.map(({ one }) => ({ version: one.name, ...factsOf(one, events) })),
        next_cursor: last === undefined ? null : cursorOf([last.key.version, last.key.firstSeen])
      }
    }
  }
})

const environments = operation({
  ...facts,
  id: 'listEnvironments',
  path: '/api/v1/projects/:project/environments',
  summary: 'Environments seen in events, by name',
  responses: { 200: { description: 'A page of environments', schema: environmentList } },
  handle: async ({ sql, context, target: { projectId }, query: { cursor, limit } }) => {
    const [seen, events] = await Promise.all([
      environmentsSeen(sql, projectId),
      eventsOfDay(sql, projectId, 'environment', new Date(context.now() - dayMs))
    ])
    const after = cursor === undefined ? '' : positionOf(v.string(), cursor)
    const rest = seen.filter(({ name }) => name > after).sort((a, b) => (a.name < b.name ? -1 : 1))
    const page = rest.slice(0, limit)
    const last = rest.length > limit ? page.at(-1) : undefined
    return {
      status: 200,
      body: {
        data: page.map(one => ({ name: one.name, ...factsOf(one, events) })),
        next_cursor: last === undefined ? null : cursorOf(last.name)
      }
    }
  }
})

function releaseOf({ name, firstSeen }: SeenName): Release {
  return { version: name, firstSeen: firstSeen.getTime() }
}

function factsOf({ name, firstSeen, lastSeen }: SeenName, events: ReadonlyMap<string, number>) {
  return { first_seen: firstSeen.toISOString(), last_seen: lastSeen.toISOString(), events_24h: events.get(name) ?? 0 }
}

export const releaseOperations: Operation[] = [releases, environments]
