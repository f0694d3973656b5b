/**
 * Keeps rollups small whatever clients send. Of a project's environments, releases and tag values of a day only the
 * first ones have rows of their own; the others are counted as `(other)`. Of tag keys only the first ones are counted,
 * beside the facets, which are few.
 * The lists are read from the tables once for each project and day. Nodes that fold at the same time may exceed a bound
 * a little.
 */
import { LRUCache } from 'lru-cache'
import * as v from 'valibot'
import { facetRank } from '../../schema/facets.ts'
import type { Sql } from '../database/sql.ts'

export const other = '(other)'

/** How many names of a project and day have rows of their own. */
export const boundsPerDay = { environments: 50, releases: 100, tagKeys: 20, tagValues: 100 } as const

export type DayNames = { environments: Set<string>; releases: Set<string>; tags: Map<string, Set<string>> }

export type ProjectDay = { projectId: number; day: number }

const dayMs = 86_400_000
const namesByPool = new WeakMap<Sql, LRUCache<string, DayNames>>()

/** Reads the names of these projects and days where they are not known yet, and returns a look-up of them. */
export async function loadNames(
  sql: Sql,
  wanted: Iterable<ProjectDay>
): Promise<(projectId: number, day: number) => DayNames> {
  const cache = namesOf(sql)
  const known = new Map<string, DayNames>()
  for (const { projectId, day } of wanted) {
    const key = keyOf(projectId, day)
    if (known.has(key)) continue
    const names = cache.get(key) ?? (await readNames(sql, projectId, day))
    cache.set(key, names)
    known.set(key, names)
  }
  return (projectId, day) => {
    const names = known.get(keyOf(projectId, day))
    if (!names) throw new Error(`the names of project ${projectId} were not loaded`)
    return names
  }
}

/** The name itself while there is room for it, else `(other)`. */
export function admit(names: Set<string>, name: string, max: number): string {
  if (names.has(name)) return name
  if (names.size >= max) return other
  names.add(name)
  return name
}

/** The value that a tag is counted under; undefined when its key is one too many. */
export function admitTag({ tags }: DayNames, key: string, value: string): string | undefined {
  let values = tags.get(key)
  if (!values) {
    if (facetRank(key) === undefined && otherKeys(tags) >= boundsPerDay.tagKeys) return undefined
    values = new Set()
    tags.set(key, values)
  }
  return admit(values, value, boundsPerDay.tagValues)
}

function otherKeys(tags: DayNames['tags']): number {
  let count = 0
  for (const key of tags.keys()) if (facetRank(key) === undefined) count += 1
  return count
}

const namesRow = v.strictObject({ environment: v.string(), release: v.string() })

const tagRow = v.strictObject({ key: v.string(), value: v.string() })

async function readNames(sql: Sql, projectId: number, day: number): Promise<DayNames> {
  const names: DayNames = { environments: new Set(), releases: new Set(), tags: new Map() }
  const [from, to] = [new Date(day).toISOString(), new Date(day + dayMs).toISOString()]
  const [volumes, tags] = await Promise.all([
    sql.rows(namesRow)`
      select distinct environment, release from project_hours where project_id = ${projectId} and hour >= ${from}
        and hour < ${to}`,
    sql.rows(tagRow)`select key, value from tag_days where project_id = ${projectId} and day = ${from.slice(0, 10)}`
  ])
  for (const { environment, release } of volumes) {
    if (environment !== other) names.environments.add(environment)
    if (release !== other) names.releases.add(release)
  }
  for (const { key, value } of tags) {
    const values = names.tags.get(key) ?? new Set<string>()
    names.tags.set(key, values)
    if (value !== other) values.add(value)
  }
  return names
}

function namesOf(sql: Sql): LRUCache<string, DayNames> {
  const known = namesByPool.get(sql)
  if (known) return known
  const created = new LRUCache<string, DayNames>({ max: 1_000 })
  namesByPool.set(sql, created)
  return created
}

function keyOf(projectId: number, day: number): string {
  return `${projectId} ${day}`
}
