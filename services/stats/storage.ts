/**
 * How much a project stores and has sent, from rollups, without what sampled events stand for beside themselves: about
 * a second behind, and in whole days of UTC. Bytes are those of the events' payloads.
 */
import * as v from 'valibot'
import { keptRanges } from '../database/retention-periods.ts'
import type { Queryable } from '../database/sql.ts'
import { levelHours } from '../rollups/summed-hours.ts'

export type StorageDay = { day: string; events: number; bytes: number }

export type StorageFigures = {
  event_count: number
  bytes: number
  /** Without gaps, oldest first, from the oldest day that is kept to today. */
  per_day: StorageDay[]
  /** The bytes that will be stored if events keep coming as in the last week, for as long as events are kept. */
  forecast_bytes: number
  sampled_out: number
  rate_limited: number
  rejected: number
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const forecastDays = 7

export async function readStorage(sql: Queryable, projectId: number, now: number): Promise<StorageFigures> {
  const ranges = await keptRanges(sql, projectId, now)
  const today = Math.floor(now / dayMs) * dayMs
  const from = Math.min(today, ...ranges.map(range => range.from))
  const perDay = new Map<string, StorageDay>()
  for (let day = Math.floor(from / dayMs) * dayMs; day <= today; day += dayMs) {
    perDay.set(dateOf(day), { day: dateOf(day), events: 0, bytes: 0 })
  }
  for (const { from, to } of ranges) {
    for (const { day, events, bytes } of await storedDays(sql, projectId, from, to)) {
      const counted = perDay.get(day)
      if (counted === undefined) continue
      counted.events += events
      counted.bytes += bytes
    }
  }
  const days = [...perDay.values()]
  return {
    event_count: sumOf(days, 'events'),
    bytes: sumOf(days, 'bytes'),
    per_day: days,
    forecast_bytes: await forecast(sql, projectId, now),
    ...(await lost(sql, projectId, from))
  }
}

function sumOf(days: readonly StorageDay[], figure: 'events' | 'bytes'): number {
  return days.reduce((sum, day) => sum + day[figure], 0)
}

const dayRow = v.strictObject({ day: v.date(), events: v.number(), bytes: v.number() })

async function storedDays(sql: Queryable, projectId: number, from: number, to: number): Promise<StorageDay[]> {
  const { hours } = await levelHours(sql, projectId, { from, to })
  const rows = await sql.rows(dayRow)`
    select date_bin('1 day', hour, '2000-01-01 00:00Z') as day, sum(count)::bigint as events,
      sum(bytes)::bigint as bytes from (
        select hour, count, bytes from ${hours} h
        union all
        select hour, -extra, 0 from sampled_hours where project_id = ${projectId} and hour >= ${new Date(from)}
          and hour < ${new Date(to)}
      ) h group by 1`
  return rows.map(({ day, events, bytes }) => ({ day: dateOf(day.getTime()), events, bytes }))
}

const forecastRow = v.strictObject({
  bytes: v.nullable(v.number()),
  first: v.nullable(v.date()),
  retention_days: v.number()
})

/** For a project that has sent for less than a day, what it sent counts as a whole day. */
async function forecast(sql: Queryable, projectId: number, now: number): Promise<number> {
  const since = now - forecastDays * dayMs
  const { hours } = await levelHours(sql, projectId, { from: Math.ceil(since / hourMs) * hourMs, to: now + dayMs })
  const [row] = await sql.rows(forecastRow)`
    select (select sum(h.bytes)::bigint from ${hours} h) as bytes,
      (select min(h.hour) from project_hours h where h.project_id = p.id and h.hour >= ${new Date(since)}) as first,
        p.retention_days
    from projects p where p.id = ${projectId}`
  if (row === undefined || row.bytes === null || row.first === null) return 0
  const days = Math.min(forecastDays, Math.max(1, (now - row.first.getTime()) / dayMs))
  return Math.round((row.bytes / days) * row.retention_days)
}

const lostRow = v.strictObject({ sampled_out: v.number(), rate_limited: v.number(), rejected: v.number() })

/** Events that were sent but not stored, in the days that are shown. */
async function lost(
  sql: Queryable,
  projectId: number,
  from: number
): Promise<Pick<StorageFigures, 'sampled_out' | 'rate_limited' | 'rejected'>> {
  const [row] = await sql.rows(lostRow)`
    select coalesce(sum(count) filter (where outcome = 'sampled_out'), 0)::bigint as sampled_out,
      coalesce(sum(count) filter (where outcome = 'refused' and reason = 'rate_limited'), 0)::bigint as rate_limited,
      coalesce(sum(count) filter (where outcome = 'refused' and reason <> 'rate_limited'), 0)::bigint as rejected
    from outcome_hours where project_id = ${projectId} and hour >= ${new Date(from)}`
  if (row === undefined) throw new Error('counting answered nothing')
  return row
}

function dateOf(day: number): string {
  return new Date(day).toISOString().slice(0, 10)
}
