/**
 * Subtracts deleted events from the hours of their project, so that volumes and storage count only events that exist.
 * The hours are locked in the order of their key, as folds lock them; one that counts nothing any more goes, with the
 * sums of its day. Events that expired stay in the hours: those are history.
 */
import * as v from 'valibot'
import type { PendingQuery, TransactionSql } from '../database/sql.ts'
import { subtractSampledHours } from '../rollups/samples.ts'

export const hourRow = v.strictObject({
  hour: v.date(),
  level: v.string(),
  environment: v.string(),
  release: v.string(),
  count: v.number(),
  bytes: v.number()
})
export type HourRow = v.InferOutput<typeof hourRow>
const removedRow = v.strictObject({ ...hourRow.entries, rows: v.number() })

/** `removal` deletes rows of a partition of `events`. Returns how many. */
export async function removeFromHours(
  sql: TransactionSql,
  projectId: number,
  removal: PendingQuery<Record<string, unknown>>
): Promise<number> {
  const removed = await sql.rows(removedRow)`
    with gone as (${removal} returning date_bin('1 hour', received_at, '2000-01-01 00:00Z') as hour, level, environment,
      release, weight, coalesce(octet_length(packed), octet_length(payload::text)) as bytes)
    select hour, level, environment, release, sum(coalesce(weight, 1))::bigint as count, count(*) as rows,
      sum(bytes)::bigint as bytes from gone
    group by 1, 2, 3, 4`
  await subtractFromHours(sql, projectId, removed)
  const sampled = removed.filter(({ count, rows }) => count > rows)
  await subtractSampledHours(
    sql,
    projectId,
    sampled.map(({ hour, count, rows }) => ({ hour, extra: count - rows }))
  )
  return removed.reduce((sum, { rows }) => sum + rows, 0)
}

export async function subtractFromHours(
  sql: TransactionSql,
  projectId: number,
  removed: readonly HourRow[]
): Promise<void> {
  if (removed.length === 0) return
  const counted = await lockHours(sql, projectId, removed)
  await sql`
    update project_hours h set count = greatest(h.count - r.count, 0), bytes = greatest(h.bytes - r.bytes, 0)
    from json_to_recordset(${JSON.stringify(counted)}::text::json) as r (hour timestamptz, level text, environment text,
      release text, count bigint, bytes bigint)
    where h.project_id = ${projectId} and h.hour = r.hour and h.level = r.level and h.environment = r.environment
      and h.release = r.release`
  const hours = removed.map(({ hour }) => hour)
  const days = sql`(select distinct (hour at time zone 'utc')::date from unnest(${hours}::timestamptz[]) hour)`
  await sql`delete from project_hours where project_id = ${projectId} and hour = any (${hours}) and count = 0`
  await sql`delete from project_days where project_id = ${projectId} and day in ${days} and count <= 0`
  await sql`delete from level_hours where project_id = ${projectId} and hour = any (${hours}) and count <= 0`
}

/** The rows in which these events were counted, each once: those of their own names, else those of `(other)`. */
async function lockHours(sql: TransactionSql, projectId: number, removed: readonly HourRow[]): Promise<HourRow[]> {
  const rows = await sql.rows(hourRow)`
    select h.hour, h.level, h.environment, h.release, sum(r.count)::bigint as count, sum(r.bytes)::bigint as bytes
    from json_to_recordset(${JSON.stringify(removed)}::text::json) as r (hour timestamptz, level text, environment text,
      release text, count bigint, bytes bigint)
    cross join lateral (
      select * from project_hours h
      where h.project_id = ${projectId} and h.hour = r.hour and h.level = r.level
        and h.environment in (r.environment, '(other)') and h.release in (r.release, '(other)')
      order by h.environment = r.environment desc, h.release = r.release desc limit 1
    ) h group by 1, 2, 3, 4`
  await sql`
    select from project_hours h join json_to_recordset(${JSON.stringify(rows)}::text::json) as r (hour timestamptz,
      level text, environment text, release text)
      on h.hour = r.hour and h.level = r.level and h.environment = r.environment and h.release = r.release
    where h.project_id = ${projectId}
    order by h.hour, h.level collate "C", h.environment collate "C", h.release collate "C" for update of h`
  return rows
}
