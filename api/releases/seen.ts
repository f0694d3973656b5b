/**
 * Releases and environments that a project's events name. The latest release comes first, environments come in the
 * order of their names.
 */
import * as v from 'valibot'
import { compareReleases, type Release } from '../../events/releases.ts'
import { environmentList, releaseList, seenQuery } from '../../schema/api/releases.ts'
import { eventsByName } from '../../services/counts/day-by-name.ts'
import { exactRange } from '../../services/counts/exact-range.ts'
import type { Sql } from '../../services/database/sql.ts'
import { environmentsSeen, releasesSeen, type SeenName } from '../../services/rollups/releases.ts'
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
    const [seen, day] = await Promise.all([
      releasesSeen(sql, projectId),
      lastDay(sql, projectId, 'release', context.now())
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
        data: page.map(({ one }) => ({ version: one.name, ...factsOf(one, day.events) })),
        next_cursor: last === undefined ? null : cursorOf([last.key.version, last.key.firstSeen]),
        ...othersOf(seen, day)
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
    const [seen, day] = await Promise.all([
      environmentsSeen(sql, projectId),
      lastDay(sql, projectId, 'environment', context.now())
    ])
    const after = cursor === undefined ? '' : positionOf(v.string(), cursor)
    const rest = seen.filter(({ name }) => name > after).sort((a, b) => (a.name < b.name ? -1 : 1))
    const page = rest.slice(0, limit)
    const last = rest.length > limit ? page.at(-1) : undefined
    return {
      status: 200,
      body: {
        data: page.map(one => ({ name: one.name, ...factsOf(one, day.events) })),
        next_cursor: last === undefined ? null : cursorOf(last.name),
        ...othersOf(seen, day)
      }
    }
  }
})

type Day = { events: ReadonlyMap<string, number>; isEstimated: boolean; isExtrapolated: boolean }

async function lastDay(sql: Sql, projectId: number, by: 'release' | 'environment', now: number): Promise<Day> {
  const range = await exactRange(sql, projectId, { from: now - dayMs, to: now }, now)
  return { ...range, events: await eventsByName(sql, projectId, range, by) }
}

/** Events of names that are not listed. */
function othersOf(seen: readonly SeenName[], { events, isEstimated, isExtrapolated }: Day) {
  const listed = new Set(['', ...seen.map(({ name }) => name)])
  const others = [...events].filter(([name]) => !listed.has(name))
  const other = others.reduce((sum, [, count]) => sum + count, 0)
  return { other, estimated: isEstimated, extrapolated: isExtrapolated }
}

function releaseOf({ name, firstSeen }: SeenName): Release {
  return { version: name, firstSeen: firstSeen.getTime() }
}

function factsOf({ name, firstSeen, lastSeen }: SeenName, events: ReadonlyMap<string, number>) {
  return { first_seen: firstSeen.toISOString(), last_seen: lastSeen.toISOString(), events_24h: events.get(name) ?? 0 }
}

export const releaseOperations: Operation[] = [releases, environments]
