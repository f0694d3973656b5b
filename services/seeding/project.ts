/**
 * The project that is filled with made-up events. Before: its retention, its partitions and the issues that it has.
 * Afterwards: what people would have done with the issues, and what PostgreSQL does with tables that have grown.
 */
import * as v from 'valibot'
import { retentionClasses, type RetentionDays } from '../../schema/pipeline.ts'
import { knownIssues, learnIssues, type KnownIssue } from '../commit/known-issues.ts'
import { settlePastDays } from '../database/partitions.ts'
import { sumPastDays } from '../rollups/days.ts'
import { createProject, type Project } from '../accounts/projects.ts'
import type { Queryable, Sql } from '../database/sql.ts'

const lookedUpAtOnce = 1_000

/** A new project with the longest retention. */
export async function createSeededProject(sql: Sql, name: string): Promise<Project> {
  const project = await createProject(sql, { name })
  await sql`update projects set retention_days = 90, retention_classes = '{90}' where id = ${project.id}`
  return project
}

const retentionDaysRow = v.strictObject({ retention_days: v.picklist(retentionClasses) })

export async function retentionOf(sql: Sql, projectId: number): Promise<RetentionDays> {
  const [row] = await sql.rows(retentionDaysRow)`select retention_days from projects where id = ${projectId}`
  if (row === undefined) throw new Error(`there is no project ${projectId}`)
  return row.retention_days
}

/** The known issues of the project that have these fingerprints. */
export async function findIssues(
  sql: Sql,
  projectId: number,
  fingerprints: readonly string[]
): Promise<Map<string, KnownIssue>> {
  const found = new Map<string, KnownIssue>()
  const known = knownIssues(sql)
  for (let start = 0; start < fingerprints.length; start += lookedUpAtOnce) {
    const some = fingerprints.slice(start, start + lookedUpAtOnce)
    await learnIssues(
      sql,
      some.map(fingerprint => ({ projectId, fingerprint }))
    )
    for (const fingerprint of some) {
      const issue = known.get(projectId, fingerprint)
      if (issue !== undefined) found.set(fingerprint, issue)
    }
  }
  return found
}

/**
 * Some of these issues are archived; most of the issues without an event for days are resolved; some came back after
 * that; a fifth of the rest is assigned, if there are members. What happens to an issue depends on its number, so the
 * same seed gives the same result.
 */
export async function tendIssues(sql: Sql, projectId: number, issueIds: readonly string[], now: number): Promise<void> {
  await sql`
    update issues set status = 'archived', substatus = '', status_changed_at = first_seen + interval '1 hour'
    where project_id = ${projectId} and id = any (${issueIds}::uuid[]) and status = 'unresolved' and number % 23 = 3`
  await sql`
    update issues set status = 'resolved', substatus = '', resolved_at = last_seen + interval '5 hours',
      status_changed_at = last_seen + interval '5 hours'
    where project_id = ${projectId} and id = any (${issueIds}::uuid[]) and status = 'unresolved' and number % 5 < 3
      and last_seen < ${new Date(now)}::timestamptz - interval '3 days'`
  await sql`
    with back as (
      update issues set substatus = 'regressed', status_changed_at = last_seen
      where project_id = ${projectId} and id = any (${issueIds}::uuid[]) and status = 'unresolved' and number % 37 = 1
        and event_count > 1
      returning id, last_event_id, last_seen
    )
    insert into transitions (project_id, issue_id, kind, event_id, at, handled_at)
    select ${projectId}, id, 'regressed', last_event_id, last_seen, now() from back order by last_seen`
  await sql`
    update issues set substatus = 'ongoing'
    where project_id = ${projectId} and id = any (${issueIds}::uuid[]) and status = 'unresolved' and substatus = 'new'
      and first_seen < ${new Date(now)}::timestamptz - interval '7 days'`
  await sql`
    with people as (
      select m.user_id, row_number() over (order by m.created_at, m.user_id) - 1 as position, count(*) over () as people
      from memberships m join projects p on p.organization_id = m.organization_id where p.id = ${projectId}
    )
    update issues i set assignee_id = user_id from people
    where i.project_id = ${projectId} and i.id = any (${issueIds}::uuid[]) and i.number % 5 = 4
      and i.number / 5 % people = position`
}

/** Does at once what autovacuum would do later; until then reads would cost more. */
export async function tidyTables(
  sql: Sql,
  { retentionDays, now }: { retentionDays: RetentionDays; now: number },
  onProgress: (done: number, all: number) => void
): Promise<void> {
  await settlePastDays(sql, { now })
  await sumPastDays(sql)
  const session = await sql.reserve({ patient: true })
  try {
    const partitions = await eventTables(session, retentionDays)
    const steps = [
      ...partitions.map(table => session`vacuum ${session(table)}`),
      // Of all partitions and of the whole table, which autovacuum never analyses.
      session`analyze events`,
      ...countedTables.map(table => session`vacuum (analyze) ${session(table)}`)
    ]
    for (const [done, step] of steps.entries()) {
      onProgress(done, steps.length)
      await step
    }
    onProgress(steps.length, steps.length)
  } finally {
    session.release()
  }
}

const countedTables = [
  'issues',
  'issue_groupings',
  'issue_minutes',
  'issue_hours',
  'issue_days',
  'issue_releases',
  'issue_users',
  'project_hours',
  'project_days',
  'level_hours',
  'project_users',
  'project_releases',
  'tag_days',
  'outcome_hours',
  'transitions'
]

const nameRow = v.strictObject({ name: v.string() })

async function eventTables(sql: Queryable, retentionDays: RetentionDays): Promise<string[]> {
  const rows = await sql.rows(nameRow)`
    select relname as name from pg_inherits join pg_class on pg_class.oid = inhrelid
    where inhparent = 'events'::regclass and relname like ${`events\\_${retentionDays}\\_%`} order by relname`
  return rows.map(({ name }) => name)
}
