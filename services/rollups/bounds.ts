/**
 * Keeps rollups small whatever clients send. Environments, releases and tag values without a place (names.ts) are
 * counted as `(other)`. Tag keys without a place are not counted; of one that earns its place later, what came before
 * counts as `(other)`. Facets, which are few, always have one.
 * The names of a day and of the week before are read from the tables once for each project and day, and those of the
 * day again from time to time while names wait: other nodes may have given them places. Nodes that fold at the same
 * time may exceed a bound a little.
 */
import { LRUCache } from 'lru-cache'
import * as v from 'valibot'
import { facetRank } from '../../schema/facets.ts'
import type { Sql } from '../database/sql.ts'
import { hasPlace, namesOf, type Names } from './names.ts'

export const other = '(other)'

/** Places for the names of earlier days, and as many for those that come first. */
export const boundsPerDay = { environments: 50, releases: 100, tagKeys: 20, tagValues: 100 } as const

/** `missed`: tag keys that have just earned a place, with the events that were not counted. */
export type DayNames = {
  environments: Names
  releases: Names
  tagKeys: Names
  tags: Map<string, Names>
  missed: [key: string, events: number][]
}

export type ProjectDay = { projectId: number; day: number }

const dayMs = 86_400_000
const daysKnown = 7
const readAgainMs = 60_000

type Known = { names: DayNames; readAt: number }
const namesByPool = new WeakMap<Sql, LRUCache<string, Known>>()

/** Reads the names of these projects and days where they are not known yet, and returns a look-up of them. */
export async function loadNames(
  sql: Sql,
  wanted: Iterable<ProjectDay>
): Promise<(projectId: number, day: number) => DayNames> {
  const cache = cacheOf(sql)
  const known = new Map<string, DayNames>()
  for (const { projectId, day } of wanted) {
    const key = keyOf(projectId, day)
    if (known.has(key)) continue
    const cached = cache.get(key)
    const names =
      cached === undefined ? await readNames(sql, projectId, day) : await current(sql, cached, projectId, day)
    if (cached === undefined) cache.set(key, { names, readAt: performance.now() })
    known.set(key, names)
  }
  return (projectId, day) => {
    const names = known.get(keyOf(projectId, day))
    if (!names) throw new Error(`the names of project ${projectId} were not loaded`)
    return names
  }
}

/** The name itself when it has a place, else `(other)`. */
export function admit(names: Names, name: string, max: number): string {
  return hasPlace(names, name, max) ? name : other
}

/** The value that a tag is counted under; undefined when its key has no place. */
export function admitTag(names: DayNames, key: string, value: string): string | undefined {
  const { tags, tagKeys } = names
  let values = tags.get(key)
  if (!values) {
    const waited = tagKeys.waiting.get(key) ?? 0
    if (facetRank(key) === undefined && !hasPlace(tagKeys, key, boundsPerDay.tagKeys)) return undefined
    if (waited > 0) names.missed.push([key, waited])
    values = namesOf([], [], boundsPerDay.tagValues)
    tags.set(key, values)
  }
  return admit(values, value, boundsPerDay.tagValues)
}

type Found = { environments: string[]; releases: string[]; tags: Map<string, string[]> }

async function readNames(sql: Sql, projectId: number, day: number): Promise<DayNames> {
  const [known, present] = await Promise.all([namesBefore(sql, projectId, day), namesOfDay(sql, projectId, day)])
  const keys = new Set([...known.tags.keys(), ...present.tags.keys()])
  const tags = [...keys].map((key): [string, Names] => [
    key,
    namesOf(known.tags.get(key) ?? [], present.tags.get(key) ?? [], boundsPerDay.tagValues)
  ])
  return {
    environments: namesOf(known.environments, present.environments, boundsPerDay.environments),
    releases: namesOf(known.releases, present.releases, boundsPerDay.releases),
    tagKeys: namesOf(
      [...known.tags.keys()].filter(isTag),
      [...present.tags.keys()].filter(isTag),
      boundsPerDay.tagKeys
    ),
    tags: new Map(tags),
    missed: []
  }
}

/** While names wait, those that other nodes gave places are read from time to time. */
async function current(sql: Sql, cached: Known, projectId: number, day: number): Promise<DayNames> {
  const { names, readAt } = cached
  const { environments, releases, tagKeys, tags } = names
  const waits = environments.waiting.size + releases.waiting.size + tagKeys.waiting.size > 0
  if (!waits || performance.now() - readAt < readAgainMs) return names
  cached.readAt = performance.now()
  const present = await namesOfDay(sql, projectId, day)
  for (const name of present.environments) environments.held.add(name)
  for (const name of present.releases) releases.held.add(name)
  for (const [key, values] of present.tags) {
    const held = tags.get(key) ?? namesOf([], [], boundsPerDay.tagValues)
    tags.set(key, held)
    for (const value of values) held.held.add(value)
  }
  return names
}

const nameRow = v.strictObject({ name: v.string() })
const tagRow = v.strictObject({ key: v.string(), value: v.string() })

/** The most frequent names of the week before, as many as there are places; tag keys with most events first. */
async function namesBefore(sql: Sql, projectId: number, day: number): Promise<Found> {
  const [from, to] = [new Date(day - daysKnown * dayMs).toISOString(), new Date(day).toISOString()]
  const frequent = async (column: 'environment' | 'release', max: number): Promise<string[]> => {
    const rows = await sql.rows(nameRow)`
      select ${sql(column)} as name from project_hours where project_id = ${projectId} and hour >= ${from}
        and hour < ${to} and ${sql(column)} not in ('', ${other})
      group by 1 order by sum(count) desc, 1 limit ${max}`
    return rows.map(({ name }) => name)
  }
  const [environments, releases, tags] = await Promise.all([
    frequent('environment', boundsPerDay.environments),
    frequent('release', boundsPerDay.releases),
    sql.rows(tagRow)`
      with counted as (
        select key, value, sum(count) as events from tag_days where project_id = ${projectId}
          and day >= ${from.slice(0, 10)}::date and day < ${to.slice(0, 10)}::date group by 1, 2
      ), ranked as (
        select key, value, row_number() over (partition by key order by events desc, value) as position,
          sum(events) over (partition by key) as of_key from counted where value <> ${other}
      )
      select key, value from ranked where position <= ${boundsPerDay.tagValues} order by of_key desc, key, position`
  ])
  const keys = new Set([...new Set(tags.map(({ key }) => key))].filter(isTag).slice(0, boundsPerDay.tagKeys))
  return { environments, releases, tags: byKey(tags.filter(({ key }) => !isTag(key) || keys.has(key))) }
}

function isTag(key: string): boolean {
  return facetRank(key) === undefined
}

const volumeRow = v.strictObject({ environment: v.string(), release: v.string() })

async function namesOfDay(sql: Sql, projectId: number, day: number): Promise<Found> {
  const [from, to] = [new Date(day).toISOString(), new Date(day + dayMs).toISOString()]
  const [volumes, tags] = await Promise.all([
    sql.rows(volumeRow)`
      select distinct environment, release from project_hours where project_id = ${projectId} and hour >= ${from}
        and hour < ${to}`,
    sql.rows(tagRow)`select key, value from tag_days where project_id = ${projectId} and day = ${from.slice(0, 10)}`
  ])
  const named = (names: readonly string[]): string[] =>
    [...new Set(names)].filter(name => name !== other && name !== '')
  return {
    environments: named(volumes.map(({ environment }) => environment)),
    releases: named(volumes.map(({ release }) => release)),
    tags: byKey(tags)
  }
}

function byKey(tags: readonly { key: string; value: string }[]): Map<string, string[]> {
  const values = new Map<string, string[]>()
  for (const { key, value } of tags) {
    const known = values.get(key) ?? []
    values.set(key, known)
    if (value !== other) known.push(value)
  }
  return values
}

function cacheOf(sql: Sql): LRUCache<string, Known> {
  const known = namesByPool.get(sql)
  if (known) return known
  const created = new LRUCache<string, Known>({ max: 1_000 })
  namesByPool.set(sql, created)
  return created
}

function keyOf(projectId: number, day: number): string {
  return `${projectId} ${day}`
}
