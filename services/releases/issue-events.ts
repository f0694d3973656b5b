/**
 * How many events issues had in releases. No rollup counts that: events are read where they are few; of many, the
 * newest of each part of the time in which the issue had events of the release, and the number is an estimate, as it is
 * where events are no longer kept. Those that sampling kept count for as many as they stand for.
 */
import * as v from 'valibot'
import { idAt } from '../../events/event-ids.ts'
import type { Queryable, Sql } from '../database/sql.ts'
import { eachClass, retentionClassesOf } from '../search/event-windows.ts'
import { inIndexOrder } from '../search/in-index-order.ts'

export type IssueEvents = { events: number; isEstimated: boolean; isExtrapolated: boolean }

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** Longer times are cut at days, of which there are sums. */
const hoursMax = 72
const rowsMax = 12_000
const pairsMax = 1_000
/** Many short parts tell more than few long ones: how much of an issue is of a release changes with time. */
const partsOfPair = { least: 1, most: 16, ofAll: 800 } as const
const rowsOfPart = { least: 10, most: 250 } as const

/** By release and issue. Issues without events of a release are missing there. */
export async function eventsInReleases(
  sql: Sql,
  projectId: number,
  ids: readonly string[],
  releases: readonly string[]
): Promise<Map<string, Map<string, IssueEvents>>> {
  const pairs = await pairsOf(sql, projectId, ids, releases)
  const perPair = within(partsOfPair, Math.floor(partsOfPair.ofAll / Math.max(1, pairs.length)))
  const units = await unitsOf(sql, projectId, pairs)
  const parts = pairs.flatMap((pair, index) => partsOf(pair, units.get(index) ?? [], perPair))
  const limit = within(rowsOfPart, Math.floor(rowsMax / Math.max(1, parts.length)))
  const looked = await lookInto(sql, projectId, parts, limit)

  const found = new Map(releases.map(release => [release, new Map<string, IssueEvents>()]))
  for (const [index, { root, release, events }] of parts.entries()) {
    const { rows, weight, matching, several } = looked.get(index) ?? nothing
    // Rollups know of more than was found where events are no longer kept.
    const isAll = rows < limit && events <= weight
    const share = weight === 0 ? 0 : matching / weight
    const known = found.get(release)?.get(root)
    found.get(release)?.set(root, {
      events: (known?.events ?? 0) + Math.round(Math.max(events, weight) * share),
      isEstimated: known?.isEstimated === true || !isAll || pairs.length === pairsMax,
      isExtrapolated: known?.isExtrapolated === true || several
    })
  }
  return found
}

function within({ least, most }: { least: number; most: number }, wanted: number): number {
  return Math.min(most, Math.max(least, wanted))
}

/** An issue of a family, and the time in which it had events of a release. */
type Pair = { root: string; member: string; release: string; from: number; to: number; unitMs: number }

const pairRow = v.strictObject({
  root: v.string(),
  member: v.string(),
  release: v.string(),
  first_hour: v.date(),
  last_hour: v.date()
})

async function pairsOf(
  sql: Queryable,
  projectId: number,
  ids: readonly string[],
  releases: readonly string[]
): Promise<Pair[]> {
  const rows = await sql.rows(pairRow)`
    select m.root, m.member, r.release, r.first_hour, r.last_hour from (
      select id as root, id as member from unnest(${ids}::uuid[]) as id
      union all
      select merged_into, id from issues where project_id = ${projectId} and merged_into = any (${ids}::uuid[])
    ) m join issue_releases r on r.project_id = ${projectId} and r.issue_id = m.member
    where r.release = any (${releases}) limit ${pairsMax}`
  return rows.map(({ root, member, release, first_hour: first, last_hour: last }) => {
    const [from, to] = [first.getTime(), last.getTime() + hourMs]
    const unitMs = to - from > hoursMax * hourMs ? dayMs : hourMs
    return {
      root,
      member,
      release,
      unitMs,
      from: Math.floor(from / unitMs) * unitMs,
      to: Math.ceil(to / unitMs) * unitMs
    }
  })
}

type Unit = { at: number; count: number }

const unitRow = v.strictObject({ pair: v.number(), at: v.date(), count: v.number() })
const untilRow = v.strictObject({ until: v.date() })

/** What the issue of each pair had by hour or day, whatever the release. */
async function unitsOf(sql: Queryable, projectId: number, pairs: readonly Pair[]): Promise<Map<number, Unit[]>> {
  const [folded] = await sql.rows(untilRow)`select until from folded_days where rollup = 'issue_days'`
  const until = folded?.until.getTime() ?? 0
  // Of hours nothing is summed.
  const summed = pairs.map(({ from, to, unitMs }) => (unitMs === dayMs ? Math.min(to, Math.max(from, until)) : from))
  const rows = await sql.rows(unitRow)`
    select p.n::integer - 1 as pair, h.at, sum(h.count)::bigint as count
    from unnest(${pairs.map(({ member }) => member)}::uuid[], ${pairs.map(({ from }) => timeOf(from))}::timestamptz[],
      ${summed.map(timeOf)}::timestamptz[], ${pairs.map(({ to }) => timeOf(to))}::timestamptz[],
      ${pairs.map(({ unitMs }) => (unitMs === dayMs ? 'day' : 'hour'))}::text[])
      with ordinality as p (member, start, summed, stop, unit, n), lateral (
      select day::timestamp at time zone 'utc' as at, count from issue_days d
      where d.project_id = ${projectId} and d.issue_id = p.member and d.day >= (p.start at time zone 'utc')::date
        and d.day < (p.summed at time zone 'utc')::date
      union all
      select date_trunc(p.unit, hour, 'UTC'), count from issue_hours i
      where i.project_id = ${projectId} and i.issue_id = p.member and i.hour >= p.summed and i.hour < p.stop
    ) h group by 1, 2 order by 1, 2`
  const units = new Map<number, Unit[]>()
  for (const { pair, at, count } of rows) units.set(pair, [...(units.get(pair) ?? []), { at: at.getTime(), count }])
  return units
}

type Part = { root: string; member: string; release: string; from: number; to: number; events: number }

/** Parts of about equally many events, at most so many. */
function partsOf({ root, member, release, unitMs }: Pair, units: readonly Unit[], most: number): Part[] {
  const total = units.reduce((sum, { count }) => sum + count, 0)
  const parts: Part[] = []
  let before = 0
  for (const { at, count } of units) {
    const last = parts.at(-1)
    if (last === undefined || before >= (parts.length * total) / most) {
      parts.push({ root, member, release, from: at, to: at + unitMs, events: count })
    } else {
      last.to = at + unitMs
      last.events += count
    }
    before += count
  }
  return parts
}

/** `several`: one that matches stands for several. */
const lookedRow = v.strictObject({
  part: v.number(),
  rows: v.number(),
  weight: v.number(),
  matching: v.number(),
  several: v.boolean()
})
type Looked = Omit<v.InferOutput<typeof lookedRow>, 'part'>
const nothing: Looked = { rows: 0, weight: 0, matching: 0, several: false }

async function lookInto(
  sql: Sql,
  projectId: number,
  parts: readonly Part[],
  limit: number
): Promise<Map<number, Looked>> {
  if (parts.length === 0) return new Map()
  const newest = eachClass(
    sql,
    await retentionClassesOf(sql, projectId),
    retentionDays => sql`
    select e.release, e.weight from events e where e.issue_id = p.member and e.project_id = ${projectId}
      and e.retention_days = ${retentionDays} and e.received_at >= p.start and e.received_at < p.stop
      and e.id >= p.first_id and e.id < p.last_id
    order by e.id desc limit ${limit}`
  )
  const rows = await inIndexOrder(
    sql,
    sql => sql.rows(lookedRow)`
    select p.n::integer - 1 as part, count(*) as rows, sum(coalesce(e.weight, 1))::bigint as weight,
      coalesce(sum(coalesce(e.weight, 1)) filter (where e.release = p.release), 0)::bigint as matching,
      coalesce(bool_or(e.weight > 1) filter (where e.release = p.release), false) as several
    from unnest(${parts.map(({ member }) => member)}::uuid[], ${parts.map(({ release }) => release)}::text[],
      ${parts.map(({ from }) => timeOf(from))}::timestamptz[], ${parts.map(({ to }) => timeOf(to))}::timestamptz[],
      ${parts.map(({ from }) => idAt(from))}::uuid[], ${parts.map(({ to }) => idAt(to))}::uuid[])
      with ordinality as p (member, release, start, stop, first_id, last_id, n), lateral (${newest}) e
    group by p.n`
  )
  return new Map(rows.map(({ part, ...numbers }) => [part, numbers]))
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}
