/**
 * Finds what becomes due to be erased without a request, and what may be forgotten. It runs from time to time and is
 * bounded; the next run finds the rest.
 */
import * as v from 'valibot'
import { requestErasure } from '../deletions/requests.ts'
import { keptSince } from '../database/retention-periods.ts'
import type { Queryable, Sql } from '../database/sql.ts'

const projectsMax = 1_000
const finishedDaysKept = 30

export async function reviewErasures(sql: Sql, { now }: { now: number }): Promise<void> {
  await requestOlderThan(sql, now)
  await requestStragglers(sql)
  await forgetClasses(sql, now)
  await sql`delete from erasures where finished_at < now() - make_interval(days => ${finishedDaysKept})`
}

const projectRow = v.strictObject({ id: v.number(), retention_days: v.number() })

/**
 * Events that came before a project's retention was shortened are in partitions that are kept for longer. Every day
 * another day of them becomes due.
 */
async function requestOlderThan(sql: Sql, now: number): Promise<void> {
  const projects = await sql.rows(projectRow)`
    select id, retention_days from projects p
    where deleted_at is null and exists (select from unnest(retention_classes) class where class > p.retention_days)
      and not exists (select from erasures e where e.project_id = p.id and e.kind = 'older_than'
        and (e.finished_at is null
          or e.received_before >= ${dayOf(now)}::timestamptz - make_interval(days => p.retention_days)))
    order by id limit ${projectsMax}`
  for (const { id: projectId, retention_days: days } of projects) {
    await requestErasure(sql, {
      kind: 'older_than',
      projectId,
      receivedBefore: new Date(keptSince(days, now)),
      requestedBy: null
    })
  }
}

const idRow = v.strictObject({ id: v.number() })

/** Events that waited on the disk of a node while their project was deleted may come after its data was removed. */
async function requestStragglers(sql: Sql): Promise<void> {
  const projects = await sql.rows(idRow)`
    select id from projects p
    where deleted_at is not null
      and (exists (select from issues i where i.project_id = p.id)
        or exists (select from outcome_hours o where o.project_id = p.id))
      and not exists (select from erasures e where e.project_id = p.id and e.kind = 'project' and e.finished_at is null)
    order by id limit ${projectsMax}`
  for (const { id: projectId } of projects) await requestErasure(sql, { kind: 'project', projectId, requestedBy: null })
}

/**
 * Classes in which no event can be left, so that reads look into fewer partitions. Two days are allowed for events that
 * were on their way when the retention changed.
 */
async function forgetClasses(sql: Queryable, now: number): Promise<void> {
  await sql`
    with periods as (
      select project_id, retention_days, lead(since) over (partition by project_id order by since) as ended
      from retention_periods
    ), over as (
      select project_id, retention_days from periods group by project_id, retention_days
      having bool_and(ended is not null)
        and max(ended) < ${new Date(now)}::timestamptz - make_interval(days => retention_days + 2)
    )
    update projects p set retention_classes = array_remove(p.retention_classes, o.retention_days) from over o
    where o.project_id = p.id and o.retention_days <> p.retention_days and o.retention_days = any (p.retention_classes)`
}

function dayOf(now: number): Date {
  return new Date(keptSince(0, now))
}
