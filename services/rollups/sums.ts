/**
 * Sums up the events of some deltas in memory, by issue and by project, within the bounds of what is counted. The
 * result is in one order that is the same on every node, so nodes that fold at the same time lock rows in that order
 * and never deadlock.
 */
import { admit, admitTag, boundsPerDay, other, type DayNames } from './bounds.ts'
import type { Delta, DeltaEvent, DeltaOutcome } from './deltas.ts'

/** `first` and `last` are hours, `firstSeen` the moment. */
export type ReleaseSpan = { firstSeen: number; first: number; last: number }

/** Everything that is counted of one issue. Times are ms since the epoch. */
export type IssueSums = {
  projectId: number
  issueId: string
  minutes: Map<number, number>
  /** hour → environment → events */
  hours: Map<number, Map<string, number>>
  releases: Map<string, ReleaseSpan>
  users: Set<string>
  /** By how much its events stand for more than themselves. */
  extra: number
}

/** tag key → value → events */
export type DaySums = { names: DayNames; tags: Map<string, Map<string, number>> }

export type Volume = { level: string; environment: string; release: string; count: number; bytes: number }

/** Everything that is counted of one project. */
export type ProjectSums = {
  projectId: number
  /** hour → level → environment → release → volume */
  hours: Map<number, Map<string, Map<string, Map<string, Volume>>>>
  days: Map<number, DaySums>
  /** user hash → last hour */
  users: Map<string, number>
  /** release → the moments of its first and last event */
  releases: Map<string, { firstSeen: number; lastSeen: number }>
  /** hour → by how much its events stand for more than themselves; hours where they do not are missing */
  extra: Map<number, number>
}

export type Sums = {
  events: number
  /** In the order of project and issue id. */
  issues: IssueSums[]
  /** In the order of their ids. */
  projects: ProjectSums[]
  outcomes: DeltaOutcome[]
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** `namesOf` returns which environments, releases and tag values of a project and day have rows of their own. */
export function sumUp(deltas: readonly Delta[], namesOf: (projectId: number, day: number) => DayNames): Sums {
  const issues = new Map<string, IssueSums>()
  const projects = new Map<number, ProjectSums>()
  const outcomes = new Map<string, DeltaOutcome>()
  let events = 0

  for (const delta of deltas) {
    delta.eachEvent(event => {
      events += 1
      const project = got(projects, event.projectId, () => startProject(event))
      const day = dayOf(project, event, namesOf)
      const named = {
        environment: admit(day.names.environments, event.environment, boundsPerDay.environments),
        release: admit(day.names.releases, event.release, boundsPerDay.releases)
      }
      addToProject(project, day, event, named)
      addToIssue(
        got(issues, event.issueId, () => startIssue(event)),
        event,
        named
      )
    })
    for (const { projectId, hour, outcome, count } of delta.outcomes) {
      got(outcomes, `${projectId} ${hour} ${outcome}`, () => ({ projectId, hour, outcome, count: 0 })).count += count
    }
  }
  return {
    events,
    issues: [...issues.values()].sort((a, b) => a.projectId - b.projectId || compare(a.issueId, b.issueId)),
    projects: [...projects.values()].sort((a, b) => a.projectId - b.projectId),
    outcomes: [...outcomes.values()].sort(
      (a, b) => a.projectId - b.projectId || a.hour - b.hour || compare(a.outcome, b.outcome)
    )
  }
}

/** What an event is counted under. */
type Named = { environment: string; release: string }

function addToIssue(
  sums: IssueSums,
  { receivedAt, userHash, weight }: DeltaEvent,
  { environment, release }: Named
): void {
  const hour = floorTo(receivedAt, hourMs)
  add(sums.minutes, floorTo(receivedAt, minuteMs), weight)
  add(got(sums.hours, hour, newMap<string, number>), environment, weight)
  sums.extra += weight - 1
  if (userHash !== '') sums.users.add(userHash)
  if (release === '') return
  const span = got(sums.releases, release, () => ({
    firstSeen: receivedAt,
    first: hour,
    last: hour
  }))
  if (receivedAt < span.firstSeen) span.firstSeen = receivedAt
  if (hour < span.first) span.first = hour
  if (hour > span.last) span.last = hour
}

function addToProject(
  sums: ProjectSums,
  { names, tags: counts }: DaySums,
  event: DeltaEvent,
  { environment, release }: Named
): void {
  const { receivedAt, level, userHash, bytes, tags, weight } = event
  const hour = floorTo(receivedAt, hourMs)
  const levels = got(sums.hours, hour, newMap<string, Map<string, Map<string, Volume>>>)
  const releases = got(got(levels, level, newMap<string, Map<string, Volume>>), environment, newMap<string, Volume>)
  const volume = got(releases, release, () => ({ level, environment, release, count: 0, bytes: 0 }))
  volume.count += weight
  volume.bytes += bytes
  if (weight > 1) add(sums.extra, hour, weight - 1)

  if (release !== '') {
    const seen = got(sums.releases, release, () => ({ firstSeen: receivedAt, lastSeen: receivedAt }))
    if (receivedAt < seen.firstSeen) seen.firstSeen = receivedAt
    if (receivedAt > seen.lastSeen) seen.lastSeen = receivedAt
  }
  if (userHash !== '' && (sums.users.get(userHash) ?? -Infinity) < hour) sums.users.set(userHash, hour)
  for (let index = 0; index < tags.length; index += 2) {
    const key = tags[index] ?? ''
    const value = admitTag(names, key, tags[index + 1] ?? '')
    if (value !== undefined) add(got(counts, key, newMap<string, number>), value, weight)
  }
  if (names.missed.length > 0) addMissed(names, counts)
}

function addMissed({ missed }: DayNames, counts: DaySums['tags']): void {
  for (const [key, events] of missed.splice(0)) {
    const values = got(counts, key, newMap<string, number>)
    values.set(other, (values.get(other) ?? 0) + events)
  }
}

function dayOf(
  sums: ProjectSums,
  { projectId, receivedAt }: DeltaEvent,
  namesOf: (projectId: number, day: number) => DayNames
): DaySums {
  const day = floorTo(receivedAt, dayMs)
  return got(sums.days, day, () => ({ names: namesOf(projectId, day), tags: new Map() }))
}

function startIssue({ projectId, issueId }: DeltaEvent): IssueSums {
  return { projectId, issueId, minutes: new Map(), hours: new Map(), releases: new Map(), users: new Set(), extra: 0 }
}

function startProject({ projectId }: DeltaEvent): ProjectSums {
  return { projectId, hours: new Map(), days: new Map(), users: new Map(), releases: new Map(), extra: new Map() }
}

function newMap<Key, Value>(): Map<Key, Value> {
  return new Map()
}

function got<Key, Value>(table: Map<Key, Value>, key: Key, start: () => Value): Value {
  const known = table.get(key)
  if (known !== undefined) return known
  const value = start()
  table.set(key, value)
  return value
}

function add<Key>(table: Map<Key, number>, key: Key, count: number): void {
  table.set(key, (table.get(key) ?? 0) + count)
}

/** Entries in the order of their keys. */
export function inOrder<Key extends string | number, Value>(table: ReadonlyMap<Key, Value>): [Key, Value][] {
  const entries = [...table]
  return entries.length > 1 ? entries.sort(([a], [b]) => (a < b ? -1 : 1)) : entries
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function floorTo(time: number, unit: number): number {
  return Math.floor(time / unit) * unit
}
