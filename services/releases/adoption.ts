/**
 * How much of what a project received came from which release: events from rollups, exact as its ranges are; users from
 * events, because no rollup knows them by release. With up to `lookedMax` events in the range all are read and the
 * numbers are exact; of more, runs of events are read at places that stand evenly among all, and the numbers are
 * estimates. Where sampling kept a share of the events, those that it kept are meant: nobody knows the users of others.
 */
import * as v from 'valibot'
import { countedProjectHours } from '../counts/counted-hours.ts'
import { distinctOf } from '../counts/distinct.ts'
import type { ExactRange } from '../counts/exact-range.ts'
import type { Queryable, Sql } from '../database/sql.ts'
import { extraByHour } from '../rollups/samples.ts'
import { levelHours, splitOf, type Span } from '../rollups/summed-hours.ts'
import { eachClass, retentionClassesOf } from '../search/event-windows.ts'

export type EventsByRelease = { byRelease: Map<string, number>; total: number }

const countRow = v.strictObject({ release: v.string(), count: v.number() })

/** `''` are events without a release. Empty `environments` mean all. */
export async function eventsByRelease(
  sql: Queryable,
  projectId: number,
  range: ExactRange,
  environments: readonly string[]
): Promise<EventsByRelease> {
  const split = await splitOf(sql, 'project_days', range.whole)
  const rows = await sql.rows(countRow)`
    select release, sum(count)::bigint as count from ${countedProjectHours(sql, projectId, range, split)} h
    ${environments.length === 0 ? sql`` : sql`where environment = any (${environments})`} group by release`
  const byRelease = new Map(rows.map(({ release, count }) => [release, count]))
  return { byRelease, total: rows.reduce((sum, { count }) => sum + count, 0) }
}

const shareRow = v.strictObject({ environment: v.string(), own: v.number(), of: v.number() })

/** By environment: events of a release, and of all releases. */
export async function eventsByEnvironment(
  sql: Queryable,
  projectId: number,
  release: string,
  range: ExactRange
): Promise<v.InferOutput<typeof shareRow>[]> {
  const split = await splitOf(sql, 'project_days', range.whole)
  return await sql.rows(shareRow)`
    select environment, coalesce(sum(count) filter (where release = ${release}), 0)::bigint as own,
      sum(count)::bigint as of
    from ${countedProjectHours(sql, projectId, range, split)} h group by environment`
}

/** Of a release that none of the events looked at has, nothing is known: it is missing. */
export type UsersByRelease = { byRelease: Map<string, number>; total: number; isEstimated: boolean }

/** All events of a range are read where it has no more. */
const lookedMax = 5_000
/** Else so many runs, each of so many events. Planning a run costs as much as reading it. */
const runs = 12
const rowsOfRun = 250
const hourMs = 3_600_000
const aheadMs = hourMs
/** Further partitions need not be opened for a run. */
const runMsMax = 12 * hourMs

const userRow = v.strictObject({
  release: v.nullable(v.string()),
  looked: v.number(),
  weight: v.number(),
  once: v.number(),
  several: v.number()
})

export async function usersByRelease(
  sql: Sql,
  projectId: number,
  { range, isOpen, environments }: { range: ExactRange; isOpen: boolean; environments: readonly string[] },
  events: EventsByRelease
): Promise<UsersByRelease> {
  const end = isOpen ? range.to + aheadMs : range.to
  const whole = { from: range.from, to: end }
  const [first = whole, ...others] = await placesAmong(sql, projectId, { range, end, environments }, events)
  const isAll = others.length === 0
  const classes = await retentionClassesOf(sql, projectId)
  // Each place by values of its own, so that only the partitions of its time are planned and opened.
  const runOf = ({ from, to }: Span) => {
    const run = eachClass(
      sql,
      classes,
      retentionDays => sql`
      select e.received_at, e.id, e.release, e.user_hash, e.environment, e.weight from events e
      where e.project_id = ${projectId} and e.retention_days = ${retentionDays}
        and e.received_at >= ${new Date(from)} and e.received_at < ${new Date(to)}
      order by e.received_at, e.id limit ${isAll ? 2 * lookedMax : rowsOfRun}`
    )
    return sql`(select release, user_hash, environment, coalesce(weight, 1) as weight from (${run}) e)`
  }
  const looked = others.reduce((all, place) => sql`${all} union all ${runOf(place)}`, runOf(first))
  const rows = await sql.rows(userRow)`
    with looked as materialized (
      select release, user_hash, weight from (${looked}) e
      ${environments.length === 0 ? sql`` : sql`where environment = any (${environments})`}
    ), users as (
      select release, user_hash, count(*) as events from looked where user_hash is not null
      group by grouping sets ((release, user_hash), (user_hash))
    ), sizes as (
      select release, count(*) as looked, coalesce(sum(weight), 0) as weight from looked
      group by grouping sets ((release), ())
    )
    select s.release, s.looked, s.weight, coalesce(u.once, 0) as once, coalesce(u.several, 0) as several
    from sizes s left join (
      select release, count(*) filter (where events = 1) as once, count(*) filter (where events > 1) as several
      from users group by release
    ) u on u.release is not distinct from s.release`
  const byRelease = new Map<string, number>()
  let total = 0
  for (const { release, ...row } of rows) {
    const counted = release === null ? events.total : (events.byRelease.get(release) ?? row.weight)
    const stored = row.weight === 0 ? 0 : (counted * row.looked) / row.weight
    const users = distinctOf(row, isAll ? row.looked : stored)
    if (release === null) total = users
    else byRelease.set(release, users)
  }
  return { byRelease, total, isEstimated: !isAll }
}

const hourRow = v.strictObject({ hour: v.date(), count: v.number() })

/** Of the events that were stored, in whole hours. */
async function storedByHour(sql: Queryable, projectId: number, { whole, to, isExtrapolated }: ExactRange) {
  const { hours } = await levelHours(sql, projectId, { from: whole.from - hourMs, to })
  const rows = await sql.rows(hourRow)`
    select hour, sum(count)::bigint as count from ${hours} h group by hour order by hour`
  if (!isExtrapolated) return rows
  const extra = await extraByHour(sql, projectId, { from: whole.from - hourMs, to })
  return rows.map(({ hour, count }) => ({ hour, count: Math.max(0, count - (extra.get(hour.getTime()) ?? 0)) }))
}

type Asked = { range: ExactRange; end: number; environments: readonly string[] }

/**
 * Times between which lie equally many stored events; each ends before the next begins. None where all events are to be
 * read.
 */
async function placesAmong(
  sql: Queryable,
  projectId: number,
  { range, end, environments }: Asked,
  events: EventsByRelease
): Promise<Span[]> {
  if (environments.length === 0 && events.total <= lookedMax) return []
  const hours = await storedByHour(sql, projectId, range)
  const total = hours.reduce((sum, { count }) => sum + count, 0)
  if (total <= lookedMax) return []
  const places: Span[] = []
  let before = 0
  for (const { hour, count } of hours) {
    while (places.length < runs && (places.length * total) / runs < before + count) {
      const part = ((places.length * total) / runs - before) / count
      places.push({ from: Math.max(range.from, hour.getTime() + Math.floor(part * hourMs)), to: end })
    }
    before += count
  }
  return places.map(({ from }, index) => ({ from, to: Math.min(places[index + 1]?.from ?? end, from + runMsMax) }))
}
