/**
 * How all projects of an organization are doing: what each counts in a range, as its own overview counts it, and the
 * sums. Projects without an event in the range are not counted one by one, so that many quiet ones cost one statement.
 */
import * as v from 'valibot'
import { levels } from '../../schema/pipeline.ts'
import type { OrganizationOverview } from '../../schema/api/stats.ts'
import { bucketStarts, type Interval } from '../counts/buckets.ts'
import { exactRange } from '../counts/exact-range.ts'
import type { Sql } from '../database/sql.ts'
import type { Span } from '../rollups/summed-hours.ts'
import { aheadMs, newIssues } from './health.ts'
import { noEvents, volumeOf, type Bucket } from './volume.ts'

export type OverviewOptions = {
  range: Span
  environments: readonly string[]
  interval: Interval
  zone: string
  now: number
}

const projectRow = v.strictObject({
  id: v.number(),
  slug: v.string(),
  name: v.string(),
  platform: v.string(),
  unresolved: v.number(),
  active_alerts: v.number(),
  last_event: v.nullable(v.date()),
  is_busy: v.boolean()
})

/** So many projects are counted at once: others need connections too. */
const atOnce = 4

export async function overviewOf(
  sql: Sql,
  organizationId: string,
  options: OverviewOptions
): Promise<OrganizationOverview> {
  const { range, interval, zone } = options
  const rows = await sql.rows(projectRow)`
    select p.id, p.slug, p.name, p.platform,
      (select count(*) from issues i where i.project_id = p.id and i.merged_into is null
        and i.status = 'unresolved') as unresolved,
      (select count(*) from alerts a where a.project_id = p.id and a.status = 'active') as active_alerts,
      seen.last_event, coalesce(seen.last_event >= ${new Date(range.from)}, false) as is_busy
    from projects p left join lateral (
      select max(last.seen) as last_event from unnest(array['unresolved', 'resolved', 'archived', 'discarded']) s
        cross join lateral (select greatest(last_seen, merged_last_seen) as seen from issues
          where project_id = p.id and status = s and merged_into is null order by last_seen_hour desc, seen desc limit 1
        ) last
    ) seen on true
    where p.organization_id = ${organizationId} and p.deleted_at is null order by p.name, p.id`
  const busy = rows.filter(row => row.is_busy)
  const counted = new Map<number, Counted>()
  for (let at = 0; at < busy.length; at += atOnce) {
    const some = await Promise.all(busy.slice(at, at + atOnce).map(async ({ id }) => await countedOf(sql, id, options)))
    for (const one of some) counted.set(one.id, one)
  }
  const starts = bucketStarts(range, interval, zone)
  const projects = rows.map(({ id, last_event: last, is_busy: _, ...row }) => {
    const { events = 0, fresh = 0, buckets = [] } = counted.get(id) ?? {}
    const trend = buckets.length === 0 ? starts.map(() => 0) : buckets.map(({ count }) => count)
    return { ...row, id: String(id), events, new_issues: fresh, last_event: last?.toISOString() ?? null, trend }
  })
  const sum = (of: 'events' | 'unresolved' | 'new_issues' | 'active_alerts'): number =>
    projects.reduce((total, project) => total + project[of], 0)
  return {
    from: new Date(range.from).toISOString(),
    to: new Date(range.to).toISOString(),
    estimated: [...counted.values()].some(({ isEstimated }) => isEstimated),
    extrapolated: [...counted.values()].some(({ isExtrapolated }) => isExtrapolated),
    interval,
    timezone: zone,
    events: sum('events'),
    unresolved: sum('unresolved'),
    new_issues: sum('new_issues'),
    active_alerts: sum('active_alerts'),
    volume: summed(
      starts,
      [...counted.values()].map(({ buckets }) => buckets)
    ),
    projects
  }
}

type Counted = {
  id: number
  events: number
  fresh: number
  buckets: Bucket[]
  isEstimated: boolean
  isExtrapolated: boolean
}

async function countedOf(
  sql: Sql,
  id: number,
  { range, environments, interval, zone, now }: OverviewOptions
): Promise<Counted> {
  const exact = await exactRange(sql, id, range, now)
  const span = { from: range.from, to: range.to >= now ? now + aheadMs : range.to }
  const [buckets, fresh] = await Promise.all([
    volumeOf(sql, id, exact, { interval, zone }, { levels: [], environments, releases: [] }),
    newIssues(sql, id, span, environments)
  ])
  const events = buckets.reduce((total, { count }) => total + count, 0)
  const { isEstimated, isExtrapolated } = exact
  return { id, events, fresh, buckets, isEstimated, isExtrapolated }
}

/** Projects have the same buckets, as these follow from the range alone. */
function summed(starts: readonly number[], all: readonly (readonly Bucket[])[]): OrganizationOverview['volume'] {
  return starts.map((start, index) => {
    const sum = { bucket: new Date(start).toISOString(), count: 0, by_level: noEvents() }
    for (const ofProject of all) {
      const bucket = ofProject[index]
      if (bucket === undefined) continue
      sum.count += bucket.count
      for (const level of levels) sum.by_level[level] += bucket.by_level[level]
    }
    return sum
  })
}
