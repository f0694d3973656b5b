/**
 * Releases and environments of a project, as its events name them. They are read from the hourly rollup by walking its
 * indexes from name to name, so the cost depends on the number of names and not of events. Names beyond the bounds of
 * the rollup, and events without a name, are not among them.
 */
import * as v from 'valibot'
import type { Queryable } from '../database/sql.ts'
import { other } from './bounds.ts'

export type SeenName = { name: string; firstSeen: Date; lastSeen: Date }

export const namesMax = 5_000

const hourMs = 3_600_000
const newestMs = 48 * hourMs

const rowSchema = v.strictObject({ name: v.string(), first_seen: v.date(), last_seen: v.date() })
type Row = v.InferOutput<typeof rowSchema>

/**
 * In the order of their names, at most `namesMax`. Of a release that an earlier version counted, times are the
 * beginnings of hours.
 */
export async function releasesSeen(sql: Queryable, projectId: number): Promise<SeenName[]> {
  const rows = await sql.rows(rowSchema)`
    with recursive names as (
      (select release as name from project_hours where project_id = ${projectId} and release > '' order by release
        limit 1)
      union all
      select (select p.release from project_hours p where p.project_id = ${projectId} and p.release > n.name
        order by p.release limit 1)
      from names n where n.name is not null
    )
    select n.name,
      coalesce(s.first_seen, (select hour from project_hours p where p.project_id = ${projectId}
        and p.release = n.name order by hour limit 1)) as first_seen,
      coalesce(s.last_seen, (select hour from project_hours p where p.project_id = ${projectId}
        and p.release = n.name order by hour desc limit 1)) as last_seen
    from names n left join project_releases s on s.project_id = ${projectId} and s.release = n.name
    where n.name is not null and n.name <> ${other} limit ${namesMax}`
  return rows.map(seenOf)
}

/** The same for environments, whose times are the beginnings of hours. */
export async function environmentsSeen(sql: Queryable, projectId: number): Promise<SeenName[]> {
  const rows = await sql.rows(rowSchema)`
    with recursive names as (
      (select environment as name from project_hours where project_id = ${projectId} and environment > ''
        order by environment limit 1)
      union all
      select (select p.environment from project_hours p where p.project_id = ${projectId} and p.environment > n.name
        order by p.environment limit 1)
      from names n where n.name is not null
    )
    select n.name, f.hour as first_seen, l.hour as last_seen from names n,
      lateral (select hour from project_hours p where p.project_id = ${projectId} and p.environment = n.name
        order by hour limit 1) f,
      lateral (select hour from project_hours p where p.project_id = ${projectId} and p.environment = n.name
        order by hour desc limit 1) l
    where n.name is not null and n.name <> ${other} limit ${namesMax}`
  return rows.map(seenOf)
}

const releaseHoursRow = v.strictObject({
  first: v.nullable(v.date()),
  last: v.nullable(v.date()),
  unnamed: v.boolean()
})

/**
 * The time from the first to the last hour in which events named one of these releases, between `from` and `to`
 * (milliseconds, ends exclusive). When `from` of the result is not before its `to`, there are none. Null when it is
 * unknown: on days with too many releases these have no names.
 */
export async function hoursOfReleases(
  sql: Queryable,
  projectId: number,
  releases: readonly string[],
  { from, to }: { from: number; to: number }
): Promise<{ from: number; to: number } | null> {
  const first = Math.floor(from / hourMs) * hourMs
  const hours = sql`
    select hour from project_hours p where p.project_id = ${projectId} and p.release = n.name
      and p.hour >= ${new Date(first)} and p.hour < ${new Date(to)}`
  const [row] = await sql.rows(releaseHoursRow)`
    select min(f.hour) as first, max(l.hour) as last,
      exists (select from project_hours where project_id = ${projectId} and release = ${other}
        and hour >= ${new Date(first)} and hour < ${new Date(to)}) as unnamed
    from unnest(${releases}::text[]) as n (name), lateral (${hours} order by hour limit 1) f,
      lateral (${hours} order by hour desc limit 1) l`
  if (row === undefined || row.unnamed) return null
  return row.first === null || row.last === null
    ? { from: to, to }
    : { from: row.first.getTime(), to: row.last.getTime() + hourMs }
}

const hourRow = v.strictObject({ hour: v.nullable(v.date()) })

/**
 * The hour (milliseconds) from which on there were at least `wanted` events of these releases, going back from the end
 * of a range by two days at most. With fewer events it is the first hour of those days that has any, or the end when
 * none has.
 */
export async function hourOfNewest(
  sql: Queryable,
  projectId: number,
  releases: readonly string[],
  { from, to }: { from: number; to: number },
  wanted: number
): Promise<number> {
  const [row] = await sql.rows(hourRow)`
    select min(hour) as hour from (
      select hour, sum(sum(count)) over (order by hour desc) - sum(count) as newer from project_hours
      where project_id = ${projectId} and release = any (${releases})
        and hour >= ${new Date(Math.max(from, to - newestMs))} and hour < ${new Date(to)} group by hour
    ) h where newer < ${wanted}`
  return row?.hour?.getTime() ?? to
}

function seenOf({ name, first_seen: firstSeen, last_seen: lastSeen }: Row): SeenName {
  return { name, firstSeen, lastSeen }
}
