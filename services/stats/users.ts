/**
 * How many users a project had in a range of time. Up to now they are counted by when each was last seen; of a range in
 * the past, and of environments, they are counted in the newest events, and estimated when there are more.
 */
import * as v from 'valibot'
import { distinctOf } from '../counts/distinct.ts'
import type { Cut, ExactRange } from '../counts/exact-range.ts'
import type { Queryable } from '../database/sql.ts'
import type { Span } from '../rollups/summed-hours.ts'
import { eachClass, retentionClassesOf } from '../search/event-windows.ts'

export type UserCount = { users: number; isEstimated: boolean }

const lookedMax = 10_000

const countRow = v.strictObject({ count: v.number() })

/** A user was seen since `range.from` when their last event is not before it. */
export async function usersSince(sql: Queryable, projectId: number, range: ExactRange): Promise<UserCount> {
  const rows = await Promise.all([
    sql.rows(countRow)`
      select count(*) as count from project_users where project_id = ${projectId}
        and last_hour >= ${new Date(range.whole.from)}`,
    ...range.cuts.map(cut => usersInCut(sql, projectId, cut, range.classes))
  ])
  return { users: Math.round(rows.flat().reduce((sum, { count }) => sum + count, 0)), isEstimated: range.isEstimated }
}

/** Those who were last seen in the hour that is cut. */
async function usersInCut(
  sql: Queryable,
  projectId: number,
  { hour, from, to, share }: Cut,
  classes: readonly number[]
): Promise<{ count: number }[]> {
  if (share !== null) {
    const rows = await sql.rows(countRow)`
      select count(*) as count from project_users where project_id = ${projectId} and last_hour = ${new Date(hour)}`
    return rows.map(({ count }) => ({ count: count * share }))
  }
  const events = eachClass(
    sql,
    classes,
    retentionDays => sql`
    select e.user_hash from events e where e.project_id = ${projectId} and e.retention_days = ${retentionDays}
      and e.received_at >= ${new Date(from)} and e.received_at < ${new Date(to)} and e.user_hash is not null`
  )
  return await sql.rows(countRow)`
    select count(distinct e.user_hash) as count from (${events}) e join project_users u on u.project_id = ${projectId}
      and u.user_hash = e.user_hash and u.last_hour = ${new Date(hour)}`
}

const lookedRow = v.strictObject({
  rows: v.number(),
  looked: v.number(),
  weight: v.number(),
  once: v.number(),
  several: v.number()
})

/** Empty `environments` ask for all. `events` is how many there are in the range. */
export async function usersOfEvents(
  sql: Queryable,
  projectId: number,
  { from, to }: Span,
  { environments, events }: { environments: readonly string[]; events: number }
): Promise<UserCount> {
  const newest = eachClass(
    sql,
    await retentionClassesOf(sql, projectId),
    retentionDays => sql`
    select e.received_at, e.id, e.user_hash, e.environment, e.weight from events e where e.project_id = ${projectId}
      and e.retention_days = ${retentionDays} and e.received_at >= ${new Date(from)}
      and e.received_at < ${new Date(to)} order by e.received_at desc, e.id desc limit ${lookedMax}`
  )
  const [row] = await sql.rows(lookedRow)`
    with looked as materialized (
      select user_hash, environment, weight from (${newest}) e order by e.received_at desc, e.id desc limit ${lookedMax}
    ), chosen as (
      select user_hash, coalesce(weight, 1) as weight from looked
      ${environments.length === 0 ? sql`` : sql`where environment = any (${environments})`}
    ), users as (select count(*) as events from chosen where user_hash is not null group by user_hash)
    select (select count(*) from looked) as rows, (select count(*) from chosen) as looked,
      (select coalesce(sum(weight), 0) from chosen) as weight,
      count(*) filter (where events = 1) as once, count(*) filter (where events > 1) as several from users`
  if (row === undefined) throw new Error('counting answered nothing')
  const isAll = row.rows < lookedMax
  // Users are those of events that were stored.
  const stored = row.weight === 0 ? 0 : (events * row.looked) / row.weight
  return { users: distinctOf(row, isAll ? row.looked : stored), isEstimated: !isAll }
}
