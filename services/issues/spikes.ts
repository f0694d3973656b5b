/**
 * Spikes of archived issues: one that had in the last hour more than ten events and more than ten times its mean hourly
 * volume of the 7 days before (of its life, at least an hour, where that is shorter) becomes `unresolved/escalating`,
 * and a row of `transitions` says so to alert rules. What was merged into an issue counts for it.
 */
import * as v from 'valibot'
import { withLease, type Lease } from '../database/leases.ts'
import type { Sql } from '../database/sql.ts'

const atLeast = 10
const timesMean = 10
const meanHours = 7 * 24
/** Most issues of one run; the rest follows in the next. */
const issuesMax = 1_000

const issueKeyRow = v.strictObject({ project_id: v.number(), id: v.string() })

export async function escalateSpikes(
  sql: Sql,
  lease: Lease,
  { now }: { now: number }
): Promise<{ projectId: number; issueIds: string[] }[]> {
  const at = new Date(now)
  const spikes = await sql.rows(issueKeyRow)`
    select i.project_id, i.id
    from projects p
    join issues i on i.project_id = p.id and i.status = 'archived' and i.merged_into is null
      and i.last_seen_hour >= date_bin('1 hour', ${at}::timestamptz - interval '1 hour', '2000-01-01 00:00Z')
    cross join lateral (select array_agg(id) as ids from issues f where f.project_id = i.project_id
      and (f.id = i.id or f.merged_into = i.id)) family
    cross join lateral (
      select coalesce(sum(count), 0) as events from issue_minutes m
      where m.project_id = i.project_id and m.issue_id = any (family.ids)
        and m.minute > ${at}::timestamptz - interval '1 hour' and m.minute <= ${at}
    ) last_hour
    cross join lateral (
      select coalesce(sum(count), 0) - last_hour.events as events from issue_hours h
      where h.project_id = i.project_id and h.issue_id = any (family.ids)
        and h.hour > ${at}::timestamptz - make_interval(hours => ${meanHours + 1}) and h.hour <= ${at}
    ) before
    where p.deleted_at is null and last_hour.events > greatest(${atLeast}, ${timesMean} * greatest(before.events, 0) /
      least(${meanHours}, greatest(1, extract(epoch
        from ${at}::timestamptz - interval '1 hour' - i.first_seen) / 3600)))
    order by i.project_id, i.id limit ${issuesMax}`
  return spikes.length === 0 ? [] : await escalate(sql, lease, spikes)
}

/** Locks in the order in which all lock issues; an issue that a user has changed meanwhile stays as it is. */
async function escalate(
  sql: Sql,
  lease: Lease,
  spikes: readonly { project_id: number; id: string }[]
): Promise<{ projectId: number; issueIds: string[] }[]> {
  const rows = await withLease(
    sql,
    lease,
    async sql =>
      await sql.rows(issueKeyRow)`
    with locked as (
      select i.project_id, i.id from issues i
      join unnest(${spikes.map(row => row.project_id)}::bigint[],
        ${spikes.map(row => row.id)}::uuid[]) as s (project_id, id) using (project_id, id)
      where i.status = 'archived' and i.merged_into is null order by i.project_id, i.id for update of i
    ), escalated as (
      update issues i set status = 'unresolved', substatus = 'escalating', status_changed_at = now()
      from locked l where i.project_id = l.project_id and i.id = l.id
      returning i.project_id, i.id, i.last_event_id
    )
    insert into transitions (project_id, issue_id, kind, event_id)
    select project_id, id, 'escalated', last_event_id from escalated order by project_id, id
    returning project_id, issue_id as id`
  )
  const byProject = new Map<number, string[]>()
  for (const row of rows) byProject.set(row.project_id, [...(byProject.get(row.project_id) ?? []), row.id])
  return [...byProject].map(([projectId, issueIds]) => ({ projectId, issueIds }))
}
