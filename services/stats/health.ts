/**
 * How a project is doing, in five numbers. The last 24 hours are whole hours, as everywhere in statistics; today begins
 * at midnight UTC.
 */
import * as v from 'valibot'
import type { Health } from '../../schema/api/stats.ts'
import type { Sql } from '../database/sql.ts'
import { inHours, intervalMs, wholeIntervals } from './volume.ts'

const countRow = v.strictObject({ count: v.number() })

export async function healthOf(sql: Sql, projectId: number, now: number): Promise<Health> {
  const from = new Date(now - intervalMs.day)
  const counted = wholeIntervals({ from, to: new Date(now) }, 'hour')
  const today = new Date(Math.floor(now / intervalMs.day) * intervalMs.day)
  const number = async (query: PromiseLike<{ count: number }[]>): Promise<number> => (await query)[0]?.count ?? 0

  const [unresolved, events, newToday, users, regressed] = await Promise.all([
    number(
      sql.rows(countRow)`
        select count(*) as count from issues where project_id = ${projectId} and merged_into is null
          and status = 'unresolved'`
    ),
    number(
      sql.rows(countRow)`
        select coalesce(sum(count), 0)::bigint as count from project_hours where ${inHours(sql, projectId, counted)}`
    ),
    // An issue that is new today was also last seen today, for which there is an index.
    number(sql.rows(countRow)`
      select count(*) as count from issues
      where project_id = ${projectId} and merged_into is null and status in ('unresolved', 'resolved', 'archived')
        and last_seen_hour >= ${today} and first_seen >= ${today}`),
    number(
      sql.rows(countRow)`
        select count(*) as count from project_users where project_id = ${projectId}
          and last_hour >= ${new Date(counted.from)}`
    ),
    number(
      sql.rows(countRow)`
        select count(distinct issue_id) as count from transitions where project_id = ${projectId} and kind = 'regressed'
          and at >= ${from}`
    )
  ])
  return { unresolved, events_24h: events, new_today: newToday, users_24h: users, regressed_24h: regressed }
}
