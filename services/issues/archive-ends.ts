/**
 * Ends archives. Only what came after the archiving counts, of the issue and of what was merged into it. An issue
 * escalates when the last hour had more than ten events and more than ten times the mean hour before it was archived;
 * others come back at a date, after a number of events (within a time) or after a number of users. A row of
 * `transitions` tells rules and the activity why. An issue that a user changes meanwhile stays as it is.
 */
import * as v from 'valibot'
import { rememberEarlierArchives } from './archives.ts'
import { shownColumns } from './conditions.ts'
import type { Condition } from '../search/compiled.ts'
import { withLease, type Lease } from '../database/leases.ts'
import type { Sql } from '../database/sql.ts'

const atLeast = 10
const timesMean = 10
/** Issues have their minutes for a day; over longer windows their hours are added up. */
const minutesKept = 24 * 60
/** Most issues of one run; the rest follows in the next. */
const issuesMax = 1_000

const issueKeyRow = v.strictObject({ project_id: v.number(), id: v.string() })
type IssueKey = v.InferOutput<typeof issueKeyRow>

export async function endArchives(
  sql: Sql,
  lease: Lease,
  { now }: { now: number }
): Promise<{ projectId: number; issueIds: string[] }[]> {
  await rememberEarlierArchives(sql, issuesMax)
  const at = new Date(now)
  const shown = shownColumns(sql)
  const family = sql`array(select f.id from issues f
    where f.project_id = i.project_id and (f.id = i.id or f.merged_into = i.id))`
  const ofMinutes = (minutes: Condition) => sql`(
    select coalesce(sum(m.count), 0) from issue_minutes m
    where m.project_id = i.project_id and m.issue_id = any (${family}) and m.minute <= ${at}
      and m.minute > greatest(${at}::timestamptz - make_interval(mins => ${minutes}), a.at - interval '1 minute'))`
  const ofHours = (minutes: Condition) => sql`(
    select coalesce(sum(h.count), 0) from issue_hours h
    where h.project_id = i.project_id and h.issue_id = any (${family}) and h.hour <= ${at}
      and h.hour > greatest(${at}::timestamptz - make_interval(mins => ${minutes}), a.at - interval '1 hour'))`
  const minutes = sql`(a.until ->> 'minutes')::integer`
  // The minute, or hour, of the archiving counts as a whole in the rollups; `since` knows it exactly.
  const ended = await sql.rows(issueKeyRow)`
    select i.project_id, i.id
    from issue_archives a join projects p on p.id = a.project_id and p.deleted_at is null
    join issues i on i.project_id = a.project_id and i.id = a.issue_id and i.status = 'archived'
      and i.merged_into is null
    cross join lateral (select ${shown.events} - a.event_count as events, ${shown.users} - a.user_count as users) since
    where case
      when a.until ->> 'date' is not null then (a.until ->> 'date')::timestamptz <= ${at}
      when a.until ->> 'users' is not null then since.users >= (a.until ->> 'users')::bigint
      when a.until ->> 'events' is not null then since.events >= (a.until ->> 'events')::bigint and (
        case when ${minutes} is null then true
          when ${minutes} <= ${minutesKept} then ${ofMinutes(minutes)} >= (a.until ->> 'events')::bigint
          else ${ofHours(minutes)} >= (a.until ->> 'events')::bigint end)
      else since.events > greatest(${atLeast}, ${timesMean} * a.hourly_mean)
        and ${ofMinutes(sql`60`)} > greatest(${atLeast}, ${timesMean} * a.hourly_mean)
    end
    order by i.project_id, i.id limit ${issuesMax}`
  return ended.length === 0 ? [] : await unarchive(sql, lease, ended)
}

/** Locks in the order in which all lock issues. */
async function unarchive(
  sql: Sql,
  lease: Lease,
  ended: readonly IssueKey[]
): Promise<{ projectId: number; issueIds: string[] }[]> {
  const rows = await withLease(
    sql,
    lease,
    async sql =>
      await sql.rows(issueKeyRow)`
    with locked as (
      select i.project_id, i.id from issues i
      join unnest(${ended.map(row => row.project_id)}::bigint[],
        ${ended.map(row => row.id)}::uuid[]) as s (project_id, id) using (project_id, id)
      where i.status = 'archived' and i.merged_into is null order by i.project_id, i.id for update of i
    ), archives as (
      delete from issue_archives a using locked l where a.project_id = l.project_id and a.issue_id = l.id
      returning a.project_id, a.issue_id, a.until
    ), unarchived as (
      update issues i set status = 'unresolved', status_changed_at = now(),
        substatus = case when a.until ->> 'date' is null then 'escalating' else 'ongoing' end
      from archives a where i.project_id = a.project_id and i.id = a.issue_id
      returning i.project_id, i.id, i.last_event_id, a.until
    )
    insert into transitions (project_id, issue_id, kind, event_id, data)
    select project_id, id, 'escalated', last_event_id, jsonb_build_object('until', until) from unarchived
    order by project_id, id
    returning project_id, issue_id as id`
  )
  const byProject = new Map<number, string[]>()
  for (const row of rows) byProject.set(row.project_id, [...(byProject.get(row.project_id) ?? []), row.id])
  return [...byProject].map(([projectId, issueIds]) => ({ projectId, issueIds }))
}
