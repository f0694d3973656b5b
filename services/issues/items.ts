/**
 * Issues as lists show them: the stored values with those of merged issues added, the assignee, and a trend of 24
 * numbers.
 */
import * as v from 'valibot'
import { archivedUntil } from '../../schema/api/archive-until.ts'
import type { IssueItem } from '../../schema/api/issues.ts'
import { shownColumns } from './conditions.ts'
import type { Queryable } from '../database/sql.ts'
import { issueHours, onlyHours, splitOf } from '../rollups/summed-hours.ts'

/** The 24 buckets of a trend, all of the same length; the last ends at `to`. In milliseconds. */
export type TrendRange = { to: number; bucketMs: number }

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const buckets = 24
const stretchMax = 1.25

/**
 * Buckets of whole hours, because the rollups count hours, and of whole days where that is hardly longer. The trend of
 * such a range begins a little before it.
 */
export function trendRangeOf({ from, to }: { from: number; to: number }): TrendRange {
  const byHours = wholeBuckets(from, to, hourMs)
  const byDays = wholeBuckets(from, to, dayMs)
  return byDays.bucketMs <= byHours.bucketMs * stretchMax ? byDays : byHours
}

function wholeBuckets(from: number, to: number, unitMs: number): TrendRange {
  const end = Math.ceil(to / unitMs) * unitMs
  return { to: end, bucketMs: Math.max(1, Math.ceil((end - from) / buckets / unitMs)) * unitMs }
}

const rowSchema = v.strictObject({
  id: v.string(),
  slug: v.string(),
  number: v.number(),
  title: v.string(),
  culprit: v.string(),
  level: v.string(),
  status: v.string(),
  substatus: v.string(),
  event_count: v.number(),
  user_count: v.number(),
  first_seen: v.date(),
  last_seen: v.date(),
  archived_until: v.nullable(archivedUntil),
  assignee_id: v.nullable(v.string()),
  assignee_name: v.nullable(v.string()),
  assignee_email: v.nullable(v.string())
})
type Row = v.InferOutput<typeof rowSchema>

/** In the order of `ids`; ids that the project does not have are missing. */
export async function issueItems(
  sql: Queryable,
  projectId: number,
  ids: readonly string[],
  trend: TrendRange
): Promise<IssueItem[]> {
  if (ids.length === 0) return []
  const shown = shownColumns(sql)
  const [rows, trends] = await Promise.all([
    sql.rows(rowSchema)`
      select i.id, p.slug, i.number, ${shown.title} as title, ${shown.culprit} as culprit, i.level, i.status,
        i.substatus, ${shown.events} as event_count, ${shown.users} as user_count,
        ${shown.first_seen} as first_seen, ${shown.last_seen} as last_seen, u.id as assignee_id,
          u.name as assignee_name, u.email as assignee_email,
        case when i.status = 'archived' then coalesce(a.until, '"escalating"') end as archived_until
      from issues i join projects p on p.id = i.project_id left join users u on u.id = i.assignee_id
        left join issue_archives a on a.project_id = i.project_id and a.issue_id = i.id
      where i.project_id = ${projectId} and i.id = any (${ids}::uuid[])`,
    trendsOf(sql, projectId, ids, trend)
  ])
  const items = new Map(rows.map(row => [row.id, itemOf(row, trends.get(row.id) ?? Array<number>(buckets).fill(0))]))
  return ids.flatMap(id => items.get(id) ?? [])
}

function itemOf(row: Row, trend: number[]): IssueItem {
  const {
    id,
    slug,
    number,
    title,
    culprit,
    level,
    status,
    substatus,
    event_count: events,
    user_count: users,
    assignee_id: assigneeId
  } = row
  return {
    id,
    short_id: `${slug.toUpperCase()}-${number}`,
    title,
    culprit,
    level,
    status,
    substatus,
    event_count: events,
    user_count: users,
    first_seen: row.first_seen.toISOString(),
    last_seen: row.last_seen.toISOString(),
    archived_until: row.archived_until,
    assignee:
      assigneeId === null ? null : { id: assigneeId, name: row.assignee_name ?? '', email: row.assignee_email ?? '' },
    trend
  }
}

const trendRow = v.strictObject({ id: v.string(), since: v.date(), count: v.number() })

async function trendsOf(
  sql: Queryable,
  projectId: number,
  ids: readonly string[],
  { to, bucketMs }: TrendRange
): Promise<Map<string, number[]>> {
  const from = to - buckets * bucketMs
  const split = bucketMs % dayMs === 0 ? await splitOf(sql, 'issue_days', { from, to }) : onlyHours({ from, to })
  const rows = await sql.rows(trendRow)`
    with family as (
      select id as member, id from unnest(${ids}::uuid[]) as id
      union all
      select c.id, c.merged_into from issues c where c.project_id = ${projectId} and c.merged_into is not null
        and c.merged_into = any (${ids}::uuid[])
    )
    select f.id, date_bin(make_interval(secs => ${bucketMs / 1_000}), h.hour, ${new Date(from)}) as since,
      sum(h.count)::bigint as count
    from family f cross join lateral ${issueHours(sql, projectId, sql`issue_id = f.member`, split)} h
    group by 1, 2`
  const trends = new Map<string, number[]>()
  for (const { id, since, count } of rows) {
    const trend = trends.get(id) ?? Array<number>(buckets).fill(0)
    trends.set(id, trend)
    trend[(since.getTime() - from) / bucketMs] = count
  }
  return trends
}
