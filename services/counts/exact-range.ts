/**
 * A range of time whose ends lie anywhere, for reads of rollups, which know whole hours: the hours within it, and the
 * parts of hours at its ends. The events of a part are read one by one, as far as they are few and still there;
 * otherwise the part counts its share of the hour, and the result is an estimate.
 */
import * as v from 'valibot'
import { keptRanges } from '../database/retention-periods.ts'
import type { Queryable } from '../database/sql.ts'
import { isExtrapolated } from '../rollups/samples.ts'
import type { Span } from '../rollups/summed-hours.ts'
import { retentionClassesOf } from '../search/event-windows.ts'

/** A part of the hour that begins at `hour` (milliseconds). `share` null: its events are read. */
export type Cut = Span & { hour: number; share: number | null }

/** `whole` may be empty. `to` is the end as asked; nothing is left out when it is not in the past. */
export type ExactRange = Span & {
  whole: Span
  cuts: Cut[]
  classes: readonly number[]
  isEstimated: boolean
  /** Events in it stand for more than themselves (rollups/samples.ts). */
  isExtrapolated: boolean
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Reading more events of an hour takes too long for a number on a page. */
const cutEventsMax = 20_000
/** Younger events are always there: it is the shortest retention, and a day of room. */
const surelyKeptMs = 29 * dayMs

export async function exactRange(
  sql: Queryable,
  projectId: number,
  { from, to }: Span,
  now: number
): Promise<ExactRange> {
  // What is not in the past yet has no events: the hour that goes on is whole.
  const end = to >= now ? Math.ceil(to / hourMs) * hourMs : to
  const parts = partsOf({ from, to: end })
  const whole = { from: Math.ceil(from / hourMs) * hourMs, to: Math.floor(end / hourMs) * hourMs }
  if (parts.length === 0) {
    const extrapolated = await isExtrapolated(sql, projectId, { from, to: end })
    return { from, to, whole, cuts: [], classes: [], isEstimated: false, isExtrapolated: extrapolated }
  }
  const [extrapolated, classes, counts, kept] = await Promise.all([
    isExtrapolated(sql, projectId, { from, to: end }),
    retentionClassesOf(sql, projectId),
    countsOfHours(sql, projectId, parts),
    from >= now - surelyKeptMs ? null : keptRanges(sql, projectId, now)
  ])
  const cuts = parts.map((part): Cut => {
    const isKept = kept === null || kept.some(range => range.from <= part.from && part.to <= range.to)
    const areFew = (counts.get(part.hour) ?? 0) <= cutEventsMax
    return { ...part, share: isKept && areFew ? null : (part.to - part.from) / hourMs }
  })
  return {
    from,
    to,
    whole: whole.from < whole.to ? whole : { from: whole.from, to: whole.from },
    cuts,
    classes,
    isExtrapolated: extrapolated,
    isEstimated: cuts.some(({ hour, share }) => share !== null && (counts.get(hour) ?? 0) > 0)
  }
}

/** The parts of hours at the ends of a range, none, one or two. */
function partsOf({ from, to }: Span): (Span & { hour: number })[] {
  const [first, last] = [Math.floor(from / hourMs) * hourMs, Math.floor(to / hourMs) * hourMs]
  if (first === last) return to === from ? [] : [{ hour: first, from, to }]
  return [
    ...(first === from ? [] : [{ hour: first, from, to: first + hourMs }]),
    ...(last === to ? [] : [{ hour: last, from: last, to }])
  ]
}

const hourRow = v.strictObject({ hour: v.date(), count: v.number() })

async function countsOfHours(
  sql: Queryable,
  projectId: number,
  parts: readonly { hour: number }[]
): Promise<Map<number, number>> {
  const hours = parts.map(({ hour }) => new Date(hour).toISOString())
  const rows = await sql.rows(hourRow)`
    select hour, sum(count)::bigint as count from project_hours
    where project_id = ${projectId} and hour = any (${hours}::timestamptz[]) group by hour`
  return new Map(rows.map(({ hour, count }) => [hour.getTime(), count]))
}
