/**
 * Whether the counts of an hour are those of its rows, for `mesher doctor` and after a restore: one hour that is over
 * and folded, of the projects that had the most events in it. While something is being erased the two may differ for a
 * moment.
 */
import * as v from 'valibot'
import type { Sql } from '../database/sql.ts'

export type HourCheck = {
  hour: Date
  projects: number
  /** Projects whose counts differ from their rows. */
  different: { projectId: number; counted: number; stored: number }[]
  /** How long the oldest commit waits to be counted. */
  foldLagSeconds: number
  isErasing: boolean
}

/** A fold follows its commit within seconds. */
const settledMinutes = 10
const projectsMax = 50

const stateRow = v.strictObject({ hour: v.date(), lag: v.number(), erasing: v.boolean() })
const countRow = v.strictObject({ project_id: v.number(), counted: v.number(), stored: v.number() })

/** Looks at the last hour that was over at `at`: now, where it is not given. */
export async function checkHour(sql: Sql, at: Date | null = null): Promise<HourCheck> {
  const [state] = await sql.rows(stateRow)`
    select date_bin('1 hour', coalesce(${at}::timestamptz, now()) - make_interval(mins => ${60 + settledMinutes}),
        '2000-01-01 00:00Z') as hour,
      coalesce((select extract(epoch from now() - min(created_at)) from rollup_deltas), 0)::float8 as lag,
      exists (select from erasures where finished_at is null) as erasing`
  if (state === undefined) throw new Error('the database returned no time')
  const { hour, lag: foldLagSeconds, erasing: isErasing } = state
  const end = new Date(hour.getTime() + 3_600_000)
  const rows = await sql.rows(countRow)`
    select p.id as project_id, coalesce(c.count, 0)::bigint as counted, coalesce(e.count, 0)::bigint as stored
    from projects p
    left join (
      select project_id, sum(count) as count from project_hours where hour = ${hour} group by project_id
    ) c on c.project_id = p.id
    cross join lateral (
      select sum(coalesce(e.weight, 1)) as count from events e
      where e.project_id = p.id and e.retention_days = any (p.retention_classes)
        and e.received_at >= ${hour} and e.received_at < ${end}
    ) e
    where p.deleted_at is null order by coalesce(c.count, 0) desc, p.id limit ${projectsMax}`
  const different = rows
    .filter(({ counted, stored }) => counted !== stored)
    .map(({ project_id: projectId, counted, stored }) => ({ projectId, counted, stored }))
  return { hour, projects: rows.length, different, foldLagSeconds, isErasing }
}
