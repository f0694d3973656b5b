/**
 * How a project is doing, in a few numbers: of the last 24 hours and the present day, and of a range that is asked for.
 * Days begin at midnight of the asked time zone.
 */
import * as v from 'valibot'
import type { Health } from '../../schema/api/stats.ts'
import { bucketStarts, intervalMs } from '../counts/buckets.ts'
import { exactRange, type ExactRange } from '../counts/exact-range.ts'
import type { Queryable, Sql } from '../database/sql.ts'
import { issueHours, splitOf, type Span } from '../rollups/summed-hours.ts'
import { usersOfEvents, usersSince } from './users.ts'
import { levelsOf } from './volume.ts'

/** Empty `environments` ask for all. */
export type HealthOptions = { range: Span; environments: readonly string[]; zone: string; now: number }

/** Nodes' clocks differ: what has just been received counts. */
export const aheadMs = intervalMs.hour

const countRow = v.strictObject({ count: v.number() })

export async function healthOf(sql: Sql, projectId: number, options: HealthOptions): Promise<Health> {
  const { zone, now } = options
  const from = now - intervalMs.day
  const to = now + aheadMs
  const [today = now] = bucketStarts({ from: now, to: now + 1 }, 'day', zone)
  const lastDay = await exactRange(sql, projectId, { from, to: now }, now)
  const [unresolved, events, newToday, users, regressed, inRange] = await Promise.all([
    countOf(sql.rows(countRow)`
      select count(*) as count from issues where project_id = ${projectId} and merged_into is null
        and status = 'unresolved'`),
    eventsIn(sql, projectId, lastDay, []),
    newIssues(sql, projectId, { from: today, to }, []),
    usersSince(sql, projectId, lastDay),
    regressions(sql, projectId, { from, to }, []),
    rangeOf(sql, projectId, options)
  ])
  return {
    unresolved,
    events_24h: events,
    new_today: newToday,
    users_24h: users.users,
    regressed_24h: regressed,
    estimated: lastDay.isEstimated,
    extrapolated: lastDay.isExtrapolated,
    range: inRange
  }
}

async function rangeOf(
  sql: Sql,
  projectId: number,
  { range, environments, now }: HealthOptions
): Promise<Health['range']> {
  const counted = await exactRange(sql, projectId, range, now)
  const isOpen = range.to >= now
  const span = { from: range.from, to: isOpen ? now + aheadMs : range.to }
  const [events, fresh, regressed] = await Promise.all([
    eventsIn(sql, projectId, counted, environments),
    newIssues(sql, projectId, span, environments),
    regressions(sql, projectId, span, environments)
  ])
  const users =
    isOpen && environments.length === 0
      ? await usersSince(sql, projectId, counted)
      : await usersOfEvents(sql, projectId, span, { environments, events })
  return {
    from: new Date(range.from).toISOString(),
    to: new Date(range.to).toISOString(),
    events,
    users: users.users,
    new_issues: fresh,
    regressed,
    estimated: counted.isEstimated || users.isEstimated,
    extrapolated: counted.isExtrapolated
  }
}

async function eventsIn(
  sql: Queryable,
  projectId: number,
  range: ExactRange,
  environments: readonly string[]
): Promise<number> {
  const levels = await levelsOf(sql, projectId, range, { levels: [], environments, releases: [] })
  return levels.reduce((sum, { count }) => sum + count, 0)
}

/** Issues that were first seen in the range; with environments those that had events there meanwhile. */
export async function newIssues(
  sql: Queryable,
  projectId: number,
  span: Span,
  environments: readonly string[]
): Promise<number> {
  const first = sql`least(i.first_seen, i.merged_first_seen)`
  const { condition } = await seenIn(sql, projectId, span, environments)
  // An issue that is new was last seen later, for which there is an index.
  return await countOf(sql.rows(countRow)`
    select count(*) as count from issues i
    where i.project_id = ${projectId} and i.merged_into is null and i.status in ('unresolved', 'resolved', 'archived')
      and i.last_seen_hour >= ${new Date(hourOf(span.from))}
      and ${first} >= ${new Date(span.from)} and ${first} < ${new Date(span.to)} and ${condition}`)
}

async function regressions(
  sql: Queryable,
  projectId: number,
  span: Span,
  environments: readonly string[]
): Promise<number> {
  const { condition } = await seenIn(sql, projectId, span, environments)
  return await countOf(sql.rows(countRow)`
    select count(distinct i.id) as count from (
      select issue_id as id from transitions where project_id = ${projectId} and kind = 'regressed'
        and at >= ${new Date(span.from)} and at < ${new Date(span.to)}
    ) i where ${condition}`)
}

/** The condition that issue `i`, or one that was merged into it, had events in these environments in these hours. */
async function seenIn(sql: Queryable, projectId: number, { from, to }: Span, environments: readonly string[]) {
  if (environments.length === 0) return { condition: sql`true` }
  const split = await splitOf(sql, 'issue_days', { from: hourOf(from), to })
  return {
    condition: sql`exists (
      select from issues f cross join lateral ${issueHours(sql, projectId, sql`issue_id = f.id`, split)} h
      where f.project_id = ${projectId} and (f.id = i.id or f.merged_into = i.id)
        and h.environment = any (${environments}))`
  }
}

function hourOf(ms: number): number {
  return Math.floor(ms / intervalMs.hour) * intervalMs.hour
}

async function countOf(query: PromiseLike<{ count: number }[]>): Promise<number> {
  return (await query)[0]?.count ?? 0
}
