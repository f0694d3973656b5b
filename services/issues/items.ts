/** Issues as lists show them: with the numbers of merged issues added, the assignee, and a trend of 24 numbers. */
import * as v from 'valibot'
import { archivedUntil } from '../../schema/api/archive-until.ts'
import type { IssueItem } from '../../schema/api/issues.ts'
import { priorityOf, priorityParts, rateDays } from '../../schema/priority.ts'
import { shownColumns } from './conditions.ts'
import type { Sql } from '../database/sql.ts'
import { exactRange } from '../counts/exact-range.ts'
import type { CountedFilter, IssueLife } from './counted-filter.ts'
import { rollupNumbers } from './counted-rollups.ts'
import { numbersOf, wholeLife, type IssueNumbers } from './counted.ts'
import { trendBuckets, trendRangeOf } from './trend-range.ts'

const dayMs = 86_400_000

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
  extrapolated: v.boolean(),
  archived_until: v.nullable(archivedUntil),
  assignee_id: v.nullable(v.string()),
  assignee_name: v.nullable(v.string()),
  assignee_email: v.nullable(v.string())
})
type Row = v.InferOutput<typeof rowSchema>

/**
 * In the order of `ids`; ids that the project does not have are missing. Their numbers are those under the filter; null
 * gives those of their lives, with the trend of the last 24 hours.
 */
export async function issueItems(
  sql: Sql,
  projectId: number,
  ids: readonly string[],
  { filter, now }: { filter: CountedFilter | null; now: number }
): Promise<IssueItem[]> {
  if (ids.length === 0) return []
  const shown = shownColumns(sql)
  const rows = await sql.rows(rowSchema)`
    select i.id, p.slug, i.number, ${shown.title} as title, ${shown.culprit} as culprit, i.level, i.status,
      i.substatus, ${shown.events} as event_count, ${shown.users} as user_count,
      ${shown.first_seen} as first_seen, ${shown.last_seen} as last_seen, u.id as assignee_id,
        u.name as assignee_name, u.email as assignee_email,
      exists (select from issue_samples s where s.project_id = i.project_id and s.issue_id = any (array(
        select i.id union all select f.id from issues f where f.project_id = i.project_id and f.merged_into = i.id
      ))) as extrapolated,
      case when i.status = 'archived' then coalesce(a.until, '"escalating"') end as archived_until
    from issues i join projects p on p.id = i.project_id left join users u on u.id = i.assignee_id
      left join issue_archives a on a.project_id = i.project_id and a.issue_id = i.id
    where i.project_id = ${projectId} and i.id = any (${ids}::uuid[])`
  const numbers = await (filter === null
    ? livesOf(sql, projectId, rows, now)
    : countedOf(sql, projectId, rows, filter, now))
  const items = new Map(
    rows.flatMap(row => {
      const counted = numbers.get(row.id)
      return counted === undefined ? [] : [[row.id, itemOf(row, counted, priority(row, counted, filter, now))]]
    })
  )
  return ids.flatMap(id => items.get(id) ?? [])
}

async function countedOf(
  sql: Sql,
  projectId: number,
  rows: readonly Row[],
  filter: CountedFilter,
  now: number
): Promise<Map<string, IssueNumbers>> {
  return await numbersOf(sql, projectId, filter, rows.map(lifeOf), trendRangeOf(filter.range, now))
}

async function livesOf(
  sql: Sql,
  projectId: number,
  rows: readonly Row[],
  now: number
): Promise<Map<string, IssueNumbers>> {
  const range = await exactRange(sql, projectId, { from: now - dayMs, to: now }, now)
  const filter = { range, isOpen: true, environments: [], releases: [] }
  const ids = rows.map(({ id }) => id)
  const trends = await rollupNumbers(sql, projectId, filter, ids, trendRangeOf(range, now))
  return new Map(
    rows.map(row => {
      const trend = trends.get(row.id)?.trend ?? Array<number>(trendBuckets).fill(0)
      return [row.id, wholeLife(lifeOf(row), trend)]
    })
  )
}

function lifeOf(row: Row): IssueLife {
  return {
    id: row.id,
    events: row.event_count,
    users: row.user_count,
    firstSeen: row.first_seen.getTime(),
    lastSeen: row.last_seen.getTime()
  }
}

/** Rounded to hundredths. Of a whole life the days are those since its beginning. */
function priority(
  { level }: Row,
  { events, users, firstSeen, lastSeen }: IssueNumbers,
  filter: CountedFilter | null,
  now: number
): number {
  const days = rateDays(filter?.range ?? { from: firstSeen, to: now })
  return Math.round(100 * priorityOf(priorityParts({ events, users, level, lastSeen }, days, now))) / 100
}

function itemOf(row: Row, numbers: IssueNumbers, priority: number): IssueItem {
  const { events, users, firstSeen, lastSeen, trend, isEstimated, areUsersEstimated } = numbers
  const { id, slug, number, title, culprit, level, status, substatus, assignee_id: assigneeId } = row
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
    total_event_count: row.event_count,
    total_user_count: row.user_count,
    first_seen: new Date(firstSeen).toISOString(),
    last_seen: new Date(lastSeen).toISOString(),
    estimated: isEstimated,
    users_estimated: areUsersEstimated,
    extrapolated: row.extrapolated,
    archived_until: row.archived_until,
    assignee:
      assigneeId === null ? null : { id: assigneeId, name: row.assignee_name ?? '', email: row.assignee_email ?? '' },
    trend,
    priority
  }
}
