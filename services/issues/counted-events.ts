/**
 * What the newest events of issues tell of them in a range of time: users, and numbers by release, which no rollup has.
 * A bounded number of events is read for all of a page's issues together.
 */
import * as v from 'valibot'
import { idAt } from '../../events/event-ids.ts'
import type { Queryable, Sql } from '../database/sql.ts'
import { eachClass, retentionClassesOf } from '../search/event-windows.ts'
import { inIndexOrder } from '../search/in-index-order.ts'
import type { CountedFilter, IssueLife } from './counted-filter.ts'
import { familyOf } from './counted-rollups.ts'
import { trendStarts, type TrendRange } from './trend-range.ts'

/**
 * Of `looked` events of an issue, the newest of the range, `matching` have the asked environment and release; `weights`
 * is how many events those stand for. With `isAll` the range has no others.
 */
export type EventNumbers = {
  looked: number
  matching: number
  weights: { looked: number; matching: number }
  once: number
  several: number
  firstSeen: number
  lastSeen: number
  trend: number[]
  isAll: boolean
}

const rowsMax = 10_000
const rowsOfIssue = { least: 20, most: 1_000 } as const
/** Nodes' clocks differ: what has just been received counts. */
const aheadMs = 3_600_000

const eventsRow = v.strictObject({
  id: v.string(),
  looked: v.number(),
  looked_weight: v.number(),
  matching_weight: v.nullable(v.number()),
  most: v.number(),
  matching: v.number(),
  once: v.number(),
  several: v.number(),
  first: v.nullable(v.date()),
  last: v.nullable(v.date()),
  buckets: v.nullable(v.array(v.number())),
  weights: v.nullable(v.array(v.number()))
})

/** Issues without events in the range are missing. */
export async function eventNumbers(
  sql: Sql,
  projectId: number,
  filter: CountedFilter,
  issues: readonly IssueLife[],
  trend: TrendRange
): Promise<Map<string, EventNumbers>> {
  if (issues.length === 0) return new Map()
  const { range, isOpen } = filter
  const starts = trendStarts(trend)
  const perIssue = Math.min(rowsOfIssue.most, Math.max(rowsOfIssue.least, Math.floor(rowsMax / issues.length)))
  const end = isOpen ? range.to + aheadMs : range.to
  // The life of an issue says which partitions are looked into.
  const lives = issues.map(({ firstSeen, lastSeen }) => ({
    from: Math.max(range.from, firstSeen),
    to: Math.max(range.from, Math.min(end, lastSeen + 1))
  }))
  const ids = issues.map(({ id }) => id)
  const newest = eachClass(
    sql,
    await retentionClassesOf(sql, projectId),
    retentionDays => sql`
    select e.received_at, e.user_hash, coalesce(e.weight, 1) as weight, ${matches(sql, filter)} as matches from events e
    where e.issue_id = f.member and e.project_id = ${projectId} and e.retention_days = ${retentionDays}
      and e.received_at >= l.start and e.received_at < l.stop and e.id >= l.first_id and e.id < l.last_id
    order by e.id desc limit ${perIssue}`
  )
  const rows = await inIndexOrder(
    sql,
    sql => sql.rows(eventsRow)`
    with ${familyOf(sql, projectId, ids)}, looked as materialized (
      select f.id, f.member, e.* from unnest(${ids}::uuid[], ${lives.map(({ from }) => timeOf(from))}::timestamptz[],
        ${lives.map(({ to }) => timeOf(to))}::timestamptz[], ${lives.map(({ from }) => idAt(from))}::uuid[],
        ${lives.map(({ to }) => idAt(to))}::uuid[]) as l (id, start, stop, first_id, last_id)
      join family f on f.id = l.id cross join lateral (${newest}) e
    ), users as (
      select id, count(*) filter (where events = 1) as once, count(*) filter (where events > 1) as several from (
        select id, user_hash, count(*) as events from looked where matches and user_hash is not null group by 1, 2
      ) u group by id
    ), members as (select id, max(rows) as most from (
      select id, member, count(*) as rows from looked group by 1, 2
    ) m group by id)
    select k.id, count(*) as looked, sum(k.weight) as looked_weight,
      sum(k.weight) filter (where k.matches) as matching_weight, max(m.most) as most,
      count(*) filter (where k.matches) as matching,
      coalesce(max(u.once), 0) as once, coalesce(max(u.several), 0) as several,
      min(k.received_at) filter (where k.matches) as first, max(k.received_at) filter (where k.matches) as last,
      array_agg(greatest(1, width_bucket(k.received_at, ${starts.map(timeOf)}::timestamptz[])))
        filter (where k.matches) as buckets, array_agg(k.weight) filter (where k.matches) as weights
    from looked k left join users u on u.id = k.id left join members m on m.id = k.id group by k.id`
  )
  return new Map(
    rows.map(row => {
      const {
        id,
        first,
        last,
        buckets,
        weights,
        most,
        looked_weight: looked,
        matching_weight: matching,
        ...counts
      } = row
      const counted = starts.map(() => 0)
      for (const [index, bucket] of (buckets ?? []).entries()) {
        counted[bucket - 1] = (counted[bucket - 1] ?? 0) + (weights?.[index] ?? 1)
      }
      const seen = { firstSeen: first?.getTime() ?? Infinity, lastSeen: last?.getTime() ?? 0 }
      return [
        id,
        { ...counts, weights: { looked, matching: matching ?? 0 }, ...seen, trend: counted, isAll: most < perIssue }
      ]
    })
  )
}

function matches(sql: Queryable, { environments, releases }: CountedFilter) {
  return sql`(true ${environments.length === 0 ? sql`` : sql`and e.environment = any (${environments})`}
    ${releases.length === 0 ? sql`` : sql`and e.release = any (${releases})`})`
}

const firstRow = v.strictObject({ id: v.string(), first: v.date() })

/** The first events of issues within a day from an hour on, whatever their environment and release. */
export async function firstEvents(
  sql: Sql,
  projectId: number,
  issues: readonly { id: string; from: number }[],
  lengthMs: number
): Promise<Map<string, number>> {
  if (issues.length === 0) return new Map()
  const ids = issues.map(({ id }) => id)
  const oldest = eachClass(
    sql,
    await retentionClassesOf(sql, projectId),
    retentionDays => sql`
    select e.received_at from events e where e.issue_id = f.member and e.project_id = ${projectId}
      and e.retention_days = ${retentionDays} and e.received_at >= l.start and e.received_at < l.stop
      and e.id >= l.first_id order by e.id limit 1`
  )
  const rows = await inIndexOrder(
    sql,
    sql => sql.rows(firstRow)`
    with ${familyOf(sql, projectId, ids)}
    select f.id, min(e.received_at) as first from unnest(${ids}::uuid[],
      ${issues.map(({ from }) => timeOf(from))}::timestamptz[],
      ${issues.map(({ from }) => timeOf(from + lengthMs))}::timestamptz[],
      ${issues.map(({ from }) => idAt(from))}::uuid[]) as l (id, start, stop, first_id)
    join family f on f.id = l.id cross join lateral (${oldest}) e group by f.id`
  )
  return new Map(rows.map(({ id, first }) => [id, first.getTime()]))
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}
