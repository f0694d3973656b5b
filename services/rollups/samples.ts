/**
 * By how much the counts of issues and of a project's hours are more than what was stored, because events that were
 * kept of a sample stand for several. Where nothing is sampled there are no rows, and nothing is written.
 */
import * as v from 'valibot'
import type { Queryable, TransactionSql } from '../database/sql.ts'
import { ints, timestamps, uuids } from '../database/wire/parameters.ts'
import type { Pipeline, PreparedStatement } from '../database/wire/pipeline.ts'
import { inOrder, type Sums } from './sums.ts'

const addIssueSamples: PreparedStatement = {
  name: 'add_issue_samples',
  text: `insert into issue_samples as r (project_id, issue_id, extra)
    select * from unnest($1::bigint[], $2::uuid[], $3::bigint[])
    on conflict (project_id, issue_id) do update set extra = r.extra + excluded.extra`
}
const addSampledHours: PreparedStatement = {
  name: 'add_sampled_hours',
  text: `insert into sampled_hours as r (project_id, hour, extra)
    select * from unnest($1::bigint[], $2::timestamptz[], $3::bigint[])
    on conflict (project_id, hour) do update set extra = r.extra + excluded.extra`
}
/** Nothing where every event stands for itself. */
export function writeSamples(pipeline: Pipeline, { projects, issues }: Pick<Sums, 'projects' | 'issues'>): void {
  const hours: { projects: number[]; times: number[]; counts: number[] } = { projects: [], times: [], counts: [] }
  for (const { projectId, extra } of projects) {
    for (const [hour, count] of inOrder(extra)) {
      hours.projects.push(projectId)
      hours.times.push(hour)
      hours.counts.push(count)
    }
  }
  if (hours.projects.length === 0) return
  pipeline.execute(addSampledHours, [ints(hours.projects), timestamps(hours.times), ints(hours.counts)])
  const sampled = issues.filter(({ extra }) => extra > 0)
  pipeline.execute(addIssueSamples, [
    ints(sampled.map(({ projectId }) => projectId)),
    uuids(sampled.map(({ issueId }) => issueId)),
    ints(sampled.map(({ extra }) => extra))
  ])
}

/** Of events that are erased, once folds have counted them. */
export async function subtractSamples(
  sql: TransactionSql,
  projectId: number,
  events: readonly { issue_id: string; received_at: Date; weight: number }[]
): Promise<void> {
  const sampled = events.filter(({ weight }) => weight > 1)
  if (sampled.length === 0) return
  await subtractSampledHours(
    sql,
    projectId,
    sampled.map(({ received_at: hour, weight }) => ({ hour, extra: weight - 1 }))
  )
  const rows = sampled.map(({ issue_id: issue, weight }) => ({ issue, extra: weight - 1 }))
  await sql`
    update issue_samples s set extra = s.extra - r.extra from (
      select issue, sum(extra) as extra from json_to_recordset(${JSON.stringify(rows)}::text::json)
        as r (issue uuid, extra bigint) group by issue
    ) r where s.project_id = ${projectId} and s.issue_id = r.issue`
  await sql`
    delete from issue_samples where project_id = ${projectId} and extra <= 0
      and issue_id = any (${rows.map(({ issue }) => issue)}::uuid[])`
}

/** `hour` is any time within it. */
export async function subtractSampledHours(
  sql: TransactionSql,
  projectId: number,
  rows: readonly { hour: Date; extra: number }[]
): Promise<void> {
  if (rows.length === 0) return
  await sql`
    update sampled_hours s set extra = s.extra - r.extra from (
      select date_trunc('hour', hour, 'UTC') as hour, sum(extra) as extra
      from json_to_recordset(${JSON.stringify(rows)}::text::json) as r (hour timestamptz, extra bigint) group by 1
    ) r where s.project_id = ${projectId} and s.hour = r.hour`
  await sql`
    delete from sampled_hours where project_id = ${projectId} and extra <= 0
      and hour = any (
        select date_trunc('hour', hour, 'UTC') from unnest(${rows.map(({ hour }) => hour)}::timestamptz[]) hour)`
}

const extrapolatedRow = v.strictObject({ extrapolated: v.boolean() })

/** Whether counts of a project between two times (in milliseconds) are more than what was stored. */
export async function isExtrapolated(
  sql: Queryable,
  projectId: number,
  { from, to }: { from: number; to: number }
): Promise<boolean> {
  const [row] = await sql.rows(extrapolatedRow)`
    select exists (select from sampled_hours where project_id = ${projectId}
      and hour > ${new Date(from)}::timestamptz - interval '1 hour' and hour < ${new Date(to)}) as extrapolated`
  return row?.extrapolated === true
}

const extraRow = v.strictObject({ hour: v.date(), extra: v.number() })

/** By hour (milliseconds): how much the counts of a project are more than what was stored. */
export async function extraByHour(
  sql: Queryable,
  projectId: number,
  { from, to }: { from: number; to: number }
): Promise<Map<number, number>> {
  const rows = await sql.rows(extraRow)`
    select hour, extra from sampled_hours
    where project_id = ${projectId} and hour >= ${new Date(from)} and hour < ${new Date(to)}`
  return new Map(rows.map(({ hour, extra }) => [hour.getTime(), extra]))
}
