/**
 * Rows of hours for an exact range, for a `from` clause: from the sums of hours and days (rollups/summed-hours.ts), and
 * at the ends of the range from events. Several rows may have the same hour; the reader adds them up.
 */
import { idAt } from '../../events/event-ids.ts'
import type { PendingQuery, Queryable } from '../database/sql.ts'
import { issueHours, levelHours, projectHours, type Split } from '../rollups/summed-hours.ts'
import { eachClass } from '../search/event-windows.ts'
import type { Cut, ExactRange } from './exact-range.ts'

type Part = PendingQuery<Record<string, unknown>>

/** `hour, level, environment, release, count` of a project. `split` is that of the whole hours of the range. */
export function countedProjectHours(sql: Queryable, projectId: number, range: ExactRange, split: Split): Part {
  return together(sql, [
    sql`select hour, level, environment, release, count from ${projectHours(sql, projectId, split)} h`,
    ...range.cuts.map(cut =>
      cut.share === null
        ? eventsOf(sql, projectId, cut, range.classes, sql`e.level, e.environment, e.release`, sql`true`)
        : sql`select hour, level, environment, release, count * ${cut.share}::numeric from project_hours
          where project_id = ${projectId} and hour = ${new Date(cut.hour)}`
    )
  ])
}

/** `hour, level, count` of a project. It comes in an object, because a query that is awaited is sent. */
export async function countedLevelHours(
  sql: Queryable,
  projectId: number,
  range: ExactRange
): Promise<{ hours: Part }> {
  const { hours } = await levelHours(sql, projectId, range.whole)
  return {
    hours: together(sql, [
      sql`select hour, level, count from ${hours} h`,
      ...range.cuts.map(cut =>
        cut.share === null
          ? eventsOf(sql, projectId, cut, range.classes, sql`e.level`, sql`true`)
          : sql`select hour, level, count * ${cut.share}::numeric from project_hours
            where project_id = ${projectId} and hour = ${new Date(cut.hour)}`
      )
    ])
  }
}

/** `issue_id, hour, environment, count`; `condition` is on `issue_id`. */
export function countedIssueHours(
  sql: Queryable,
  projectId: number,
  condition: Part,
  range: ExactRange,
  split: Split
): Part {
  return together(sql, [
    sql`select hour, issue_id, environment, count from ${issueHours(sql, projectId, condition, split)} h`,
    ...range.cuts.map(cut =>
      cut.share === null
        ? eventsOf(
            sql,
            projectId,
            cut,
            range.classes,
            sql`e.issue_id, e.environment`,
            sql`${condition} and e.id >= ${idAt(cut.from)} and e.id < ${idAt(cut.to)}`
          )
        : sql`select hour, issue_id, environment, count * ${cut.share}::numeric from issue_hours
          where project_id = ${projectId} and ${condition} and hour = ${new Date(cut.hour)}`
    )
  ])
}

function eventsOf(
  sql: Queryable,
  projectId: number,
  { hour, from, to }: Cut,
  classes: readonly number[],
  columns: Part,
  condition: Part
): Part {
  return eachClass(
    sql,
    classes,
    retentionDays => sql`
    select ${new Date(hour)}::timestamptz, ${columns}, coalesce(e.weight, 1)::bigint from events e
    where e.project_id = ${projectId} and e.retention_days = ${retentionDays} and e.received_at >= ${new Date(from)}
      and e.received_at < ${new Date(to)} and ${condition}`
  )
}

function together(sql: Queryable, [first, ...others]: readonly [Part, ...Part[]]): Part {
  return sql`(${others.reduce((all, next) => sql`${all} union all ${next}`, first)})`
}
