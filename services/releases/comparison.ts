/**
 * Two releases side by side: how many events each had in an hour, and which issues had events of one, of the other or
 * of both. How many events an issue had in each tells issue-events.ts.
 */
import * as v from 'valibot'
import type { Queryable } from '../database/sql.ts'
import { isExtrapolated } from '../rollups/samples.ts'

const comparedDays = 90
const dayMs = 86_400_000

const rateRow = v.strictObject({
  first: v.nullable(v.date()),
  hours: v.number(),
  events: v.number(),
  counted: v.number()
})

export type ReleaseRate = { firstHour: Date | null; hours: number; events: number; perHour: number }

const mostEvents = 0.95

/** Both, and whether their events stand for more than were stored. */
export async function ratesOf(
  sql: Queryable,
  projectId: number,
  releases: { base: string; other: string },
  now: number
): Promise<{ base: ReleaseRate; other: ReleaseRate; isExtrapolated: boolean }> {
  const [base, other, extrapolated] = await Promise.all([
    rateOf(sql, projectId, releases.base, now),
    rateOf(sql, projectId, releases.other, now),
    isExtrapolated(sql, projectId, { from: now - comparedDays * dayMs, to: now })
  ])
  return { base, other, isExtrapolated: extrapolated }
}

/** From its first hour until most of its events had come. */
async function rateOf(sql: Queryable, projectId: number, release: string, now: number): Promise<ReleaseRate> {
  const [row] = await sql.rows(rateRow)`
    with hours as (
      select hour, sum(count) as count from project_hours where project_id = ${projectId} and release = ${release}
        and hour >= ${new Date(now - comparedDays * dayMs)} group by hour
    ), running as (
      select hour, count, sum(count) over (order by hour) - count as before, sum(count) over () as total from hours
    ), most as (select * from running where before < total * ${mostEvents}::numeric)
    select (select min(hour) from hours) as first,
      coalesce(extract(epoch from max(hour) - min(hour)) / 3600 + 1, 0)::integer as hours,
      coalesce((select sum(count) from hours), 0)::bigint as events, coalesce(sum(count), 0)::bigint as counted
    from most`
  if (row === undefined) throw new Error('a rate has one row')
  const { first, hours, events, counted } = row
  return { firstHour: first, hours, events, perHour: hours === 0 ? 0 : counted / hours }
}

const setsRow = v.strictObject({ only_base: v.number(), only_other: v.number(), both: v.number() })

export async function sharedIssues(
  sql: Queryable,
  projectId: number,
  { base, other }: { base: string; other: string }
): Promise<v.InferOutput<typeof setsRow>> {
  const [row] = await sql.rows(setsRow)`
    select count(*) filter (where o.id is null) as only_base, count(*) filter (where b.id is null) as only_other,
      count(*) filter (where b.id is not null and o.id is not null) as both
    from (${issuesIn(sql, projectId, base)}) b full join (${issuesIn(sql, projectId, other)}) o using (id)`
  if (row === undefined) throw new Error('a count has one row')
  return row
}

const idRow = v.strictObject({ id: v.string() })

export const comparedSets = ['base', 'other', 'both'] as const

/** Those with most events first. */
export async function issuesOfSet(
  sql: Queryable,
  projectId: number,
  { base, other, set }: { base: string; other: string; set: (typeof comparedSets)[number] },
  { offset, limit }: { offset: number; limit: number }
): Promise<string[]> {
  const [first, second] = set === 'other' ? [other, base] : [base, other]
  const shares = sql`in (select id from (${issuesIn(sql, projectId, second)}) s)`
  const rows = await sql.rows(idRow)`
    select i.id from (${issuesIn(sql, projectId, first)}) f join issues i on i.id = f.id
    where f.id ${set === 'both' ? sql`` : sql`not`} ${shares}
    order by i.event_count + coalesce(i.merged_event_count, 0) desc, i.id offset ${offset} limit ${limit}`
  return rows.map(({ id }) => id)
}

/** Roots with events of a release. */
function issuesIn(sql: Queryable, projectId: number, release: string) {
  return sql`
    select distinct coalesce(i.merged_into, i.id) as id from issue_releases r join issues i on i.id = r.issue_id
    where r.project_id = ${projectId} and r.release = ${release} and i.status <> 'discarded'`
}
