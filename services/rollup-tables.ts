/**
 * Sums up the events of some deltas in memory, per row of every rollup table. Rows come out in one order that is the
 * same on every node, so that nodes that fold at once lock them in that order and never deadlock.
 */
import type { Delta, DeltaEvent } from './rollup-deltas.ts'

export type IssueMinute = { projectId: number, issueId: string, minute: number, count: number }
export type IssueHour = { projectId: number, issueId: string, hour: number, environment: string, count: number }
export type ProjectHour = { projectId: number, hour: number, level: string, environment: string, release: string, count: number, bytes: number }
export type TagDay = { projectId: number, day: number, key: string, value: string, count: number }
export type IssueRelease = { projectId: number, issueId: string, release: string, first: number, last: number }
export type IssueUser = { projectId: number, issueId: string, userHash: string }
export type ProjectUser = { projectId: number, userHash: string, hour: number }
export type OutcomeHour = { projectId: number, hour: number, outcome: string, count: number }

export type Rollups = {
  issueMinutes: IssueMinute[]
  issueHours: IssueHour[]
  projectHours: ProjectHour[]
  tagDays: TagDay[]
  issueReleases: IssueRelease[]
  issueUsers: IssueUser[]
  projectUsers: ProjectUser[]
  outcomeHours: OutcomeHour[]
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

export function sumUp (deltas: readonly Delta[]): Rollups {
  const tables = {
    issueMinutes: new Map<string, IssueMinute>(),
    issueHours: new Map<string, IssueHour>(),
    projectHours: new Map<string, ProjectHour>(),
    tagDays: new Map<string, TagDay>(),
    issueReleases: new Map<string, IssueRelease>(),
    issueUsers: new Map<string, IssueUser>(),
    projectUsers: new Map<string, ProjectUser>(),
    outcomeHours: new Map<string, OutcomeHour>()
  }
  for (const { events, outcomes } of deltas) {
    for (const event of events) addEvent(tables, event)
    for (const outcome of outcomes) {
      const key = `${outcome.projectId} ${outcome.hour} ${outcome.outcome}`
      const row = tables.outcomeHours.get(key)
      if (row) row.count += outcome.count
      else tables.outcomeHours.set(key, { ...outcome })
    }
  }
  return {
    issueMinutes: inOrder(tables.issueMinutes),
    issueHours: inOrder(tables.issueHours),
    projectHours: inOrder(tables.projectHours),
    tagDays: inOrder(tables.tagDays),
    issueReleases: inOrder(tables.issueReleases),
    issueUsers: inOrder(tables.issueUsers),
    projectUsers: inOrder(tables.projectUsers),
    outcomeHours: inOrder(tables.outcomeHours)
  }
}

type Tables = { [Name in keyof Rollups]: Map<string, Rollups[Name][number]> }

function addEvent (tables: Tables, event: DeltaEvent): void {
  const { projectId, issueId, receivedAt, level, environment, release, userHash, bytes } = event
  const minute = floorTo(receivedAt, minuteMs)
  const hour = floorTo(receivedAt, hourMs)
  const day = floorTo(receivedAt, dayMs)
  const issue = `${projectId} ${issueId}`

  counted(tables.issueMinutes, `${issue} ${minute}`, () => ({ projectId, issueId, minute, count: 0 })).count += 1
  counted(tables.issueHours, `${issue} ${hour} ${environment}`, () => ({ projectId, issueId, hour, environment, count: 0 })).count += 1
  const project = counted(tables.projectHours, `${projectId} ${hour} ${level} ${environment}\0${release}`,
    () => ({ projectId, hour, level, environment, release, count: 0, bytes: 0 }))
  project.count += 1
  project.bytes += bytes
  for (const [key, value] of event.tags) {
    counted(tables.tagDays, `${projectId} ${day} ${key}=${value}`, () => ({ projectId, day, key, value, count: 0 })).count += 1
  }
  if (release !== '') {
    const seen = counted(tables.issueReleases, `${issue} ${release}`, () => ({ projectId, issueId, release, first: hour, last: hour }))
    seen.first = Math.min(seen.first, hour)
    seen.last = Math.max(seen.last, hour)
  }
  if (userHash !== '') {
    counted(tables.issueUsers, `${issue} ${userHash}`, () => ({ projectId, issueId, userHash }))
    const user = counted(tables.projectUsers, `${projectId} ${userHash}`, () => ({ projectId, userHash, hour }))
    user.hour = Math.max(user.hour, hour)
  }
}

function counted<Row> (table: Map<string, Row>, key: string, start: () => Row): Row {
  const known = table.get(key)
  if (known) return known
  const row = start()
  table.set(key, row)
  return row
}

function inOrder<Row> (table: Map<string, Row>): Row[] {
  return [...table.entries()].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0).map(([, row]) => row)
}

function floorTo (time: number, unit: number): number {
  return Math.floor(time / unit) * unit
}
