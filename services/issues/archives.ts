/**
 * What is remembered of an archived issue: until when it is archived, its mean hour before, because hours expire, and
 * its counts, because only what comes later brings it back. All of it is of the issue with what was merged into it.
 */
import * as v from 'valibot'
import type { ArchivedUntil } from '../../schema/api/archive-until.ts'
import type { LockedIssue } from './locks.ts'
import { shownColumns } from './conditions.ts'
import type { Condition } from '../search/compiled.ts'
import type { Queryable, TransactionSql } from '../database/sql.ts'

/** A baseline is of so many hours, fewer where the issue is younger. */
const meanHours = 7 * 24

/** Call it when the issues are locked and archived. */
export async function rememberArchives(
  sql: TransactionSql,
  projectId: number,
  ids: readonly string[],
  { until, now }: { until: ArchivedUntil; now: number }
): Promise<void> {
  await sql`
    insert into issue_archives as a (project_id, issue_id, at, hourly_mean, event_count, user_count, until)
    select ${remembered(sql, sql`${new Date(now)}::timestamptz`)}, ${JSON.stringify(until)}::text::jsonb from issues i
    where i.project_id = ${projectId} and i.id = any (${ids}::uuid[])
    on conflict (project_id, issue_id) do update set at = excluded.at, hourly_mean = excluded.hourly_mean,
      event_count = excluded.event_count, user_count = excluded.user_count, until = excluded.until`
}

/** Remembers up to `max` issues that an earlier version archived. */
export async function rememberEarlierArchives(sql: Queryable, max: number): Promise<void> {
  await sql`
    insert into issue_archives (project_id, issue_id, at, hourly_mean, event_count, user_count, until)
    select ${remembered(sql, sql`i.status_changed_at`)}, '"escalating"' from (
      select i.* from projects p join issues i on i.project_id = p.id and i.status = 'archived'
        and i.merged_into is null
      where not exists (select from issue_archives a where a.project_id = i.project_id and a.issue_id = i.id)
      limit ${max}
    ) i on conflict do nothing`
}

export async function forgetArchives(sql: TransactionSql, projectId: number, ids: readonly string[]): Promise<void> {
  await sql`delete from issue_archives where project_id = ${projectId} and issue_id = any (${ids}::uuid[])`
}

/** The columns of an issue `i` that is archived at this time, in their order. */
function remembered(sql: Queryable, at: Condition) {
  const { events, users, first_seen: firstSeen } = shownColumns(sql)
  return sql`i.project_id, i.id, ${at}, (
      select coalesce(sum(h.count), 0) from issue_hours h
      where h.project_id = i.project_id and h.issue_id = any (array(
          select f.id from issues f where f.project_id = i.project_id and (f.id = i.id or f.merged_into = i.id)))
        and h.hour > ${at} - make_interval(hours => ${meanHours}) and h.hour <= ${at}
    ) / least(${meanHours}, greatest(1, extract(epoch from ${at} - ${firstSeen}) / 3600)), ${events}, ${users}`
}

const idRow = v.strictObject({ issue_id: v.string() })

/** Those of the archived issues that are archived until something else. */
export async function archivedOtherwise(
  sql: TransactionSql,
  projectId: number,
  issues: readonly LockedIssue[],
  until: ArchivedUntil
): Promise<Set<string>> {
  const rows = await sql.rows(idRow)`
    select issue_id from issue_archives where project_id = ${projectId}
      and issue_id = any (${issues.filter(({ status }) => status === 'archived').map(({ id }) => id)}::uuid[])
      and until <> ${JSON.stringify(until)}::text::jsonb`
  return new Set(rows.map(row => row.issue_id))
}

const countsRow = v.strictObject({ events: v.number(), users: v.number() })
type Counts = v.InferOutput<typeof countsRow>

export async function countsOf(sql: Queryable, projectId: number, issueId: string): Promise<Counts | undefined> {
  const { events, users } = shownColumns(sql)
  const [counts] = await sql.rows(countsRow)`
    select ${events} as events, ${users} as users from issues i
    where i.project_id = ${projectId} and i.id = ${issueId}`
  return counts
}

/** After a merge or its end: what an issue got by that did not come since it was archived. */
export async function countedAgain(
  sql: TransactionSql,
  projectId: number,
  issueId: string,
  before: Counts | undefined
): Promise<void> {
  if (before === undefined) return
  const { events, users } = shownColumns(sql)
  await sql`
    update issue_archives a set event_count = a.event_count + ${events} - ${before.events}::bigint,
      user_count = a.user_count + ${users} - ${before.users}::bigint
    from issues i where a.project_id = ${projectId} and a.issue_id = ${issueId}
      and i.project_id = a.project_id and i.id = a.issue_id`
}
