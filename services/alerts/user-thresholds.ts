/**
 * Thresholds that count users: rules note when each user of an issue was last seen by an event that passes their
 * filters, each event about once, so the users of a window are those seen since it began, exactly. Users of events that
 * sampling has left out are unknown. A user with events of several issues counts once for the project.
 */
import * as v from 'valibot'
import type { Sql } from '../database/sql.ts'
import type { Candidate } from './firing.ts'
import { ofRules, passing } from './passing-events.ts'

export type OverThreshold = Candidate & { isDue: boolean }

type Times = { now: number; lateMs: number; catchUpMs: number }

const minuteMs = 60_000

const rulesRow = v.strictObject({ rules: v.number(), counted: v.number(), since: v.nullable(v.date()) })

/**
 * Notes the users up to `now`. Events that were received at most `lateMs` before the last time are looked at again; a
 * new rule, or one after a longer pause, begins `catchUpMs` ago.
 */
export async function noteUsers(sql: Sql, { now, lateMs, catchUpMs }: Times): Promise<void> {
  const [{ rules, counted, since } = { rules: 0, counted: 0, since: null }] = await sql.rows(rulesRow)`
    select count(*) as rules, count(counted_until) as counted, min(counted_until) as since
    from alert_rules where is_enabled and kind = 'threshold' and counts_users`
  if (rules === 0) return
  const sinceMs = counted < rules || since === null ? 0 : since.getTime() - lateMs
  const [until, earliest] = [new Date(now), new Date(now - catchUpMs)]
  const from = new Date(Math.max(sinceMs, now - catchUpMs))
  const columns = sql`e.issue_id, e.user_hash, e.received_at`
  const asked = { columns, condition: sql`e.user_hash is not null`, from, until }
  await sql`
    with r as (
      update alert_rules r set counted_until = ${until}
      from (select project_id, id, counted_until from alert_rules where is_enabled and kind = 'threshold'
        and counts_users for update skip locked) before
      where r.project_id = before.project_id and r.id = before.id
      returning r.project_id, r.id, r.filter, r.asks_word_sets,
        greatest(before.counted_until - ${lateMs} * interval '1 ms', ${earliest}) as since
    ), seen as (
      ${passing(sql, asked)}
      union all
      ${ofRules(sql, asked)} where r.filter is null
    )
    insert into alert_rule_users as u (project_id, rule_id, issue_id, user_hash, last_at)
    select project_id, id, issue_id, user_hash, max(received_at) from seen group by 1, 2, 3, 4 order by 1, 2, 3, 4
    on conflict (project_id, rule_id, issue_id, user_hash) do update set last_at = excluded.last_at
      where u.last_at < excluded.last_at`
}

const rowSchema = v.strictObject({
  project_id: v.number(),
  rule_id: v.string(),
  subject: v.string(),
  issue_id: v.nullable(v.string()),
  users: v.number(),
  is_due: v.boolean()
})

/** The subjects of rules with more users than their threshold, of each rule those with the most. */
export async function usersOver(
  sql: Sql,
  { now, subjectsMax }: { now: number; subjectsMax: number }
): Promise<OverThreshold[]> {
  const at = new Date(now)
  const rows = await sql.rows(rowSchema)`
    select project_id, rule_id, coalesce(issue_id::text, 'project') as subject, issue_id, users,
      not exists (
        select from alert_firings f where f.project_id = ranked.project_id and f.rule_id = ranked.rule_id
          and f.subject = coalesce(issue_id::text, 'project')
          and f.fired_at > ${at}::timestamptz - make_interval(mins => cooldown_minutes)) as is_due
    from (
      select c.*, row_number() over (partition by project_id, rule_id order by users desc, issue_id) as rank from (
        select r.project_id, r.id as rule_id, r.threshold, r.cooldown_minutes,
          case r.scope when 'issue' then i.id end as issue_id, count(distinct u.user_hash) as users
        from alert_rules r
        join projects p on p.id = r.project_id and p.deleted_at is null
        join alert_rule_users u on u.project_id = r.project_id and u.rule_id = r.id and u.last_at <= ${at}
          and u.last_at >= ${at}::timestamptz - make_interval(mins => r.window_minutes)
        join issues own on own.project_id = u.project_id and own.id = u.issue_id
        join issues i on i.project_id = own.project_id and i.id = coalesce(own.merged_into, own.id)
        where r.is_enabled and r.kind = 'threshold' and r.counts_users
          and (r.includes_archived or i.status in ('unresolved', 'resolved'))
          and (r.issue_older_than_minutes is null or least(i.first_seen, i.merged_first_seen)
            <= ${at}::timestamptz - make_interval(mins => r.issue_older_than_minutes))
        group by r.project_id, r.id, case r.scope when 'issue' then i.id end
      ) c where users > threshold
    ) ranked where rank <= ${subjectsMax}`
  return rows.map(row => ({
    projectId: row.project_id,
    ruleId: row.rule_id,
    subject: row.subject,
    issueId: row.issue_id,
    eventId: null,
    value: row.users,
    isDue: row.is_due
  }))
}

/** Removes users that no window reaches any more, and those of rules that are gone or count something else. */
export async function forgetRuleUsers(sql: Sql, { now, rowsMax }: { now: number; rowsMax: number }): Promise<number> {
  const { count } = await sql`
    delete from alert_rule_users where ctid = any (array(
      select u.ctid from alert_rule_users u left join alert_rules r on r.project_id = u.project_id and r.id = u.rule_id
        and r.counts_users
      where r.id is null
        or u.last_at < ${new Date(now - minuteMs)}::timestamptz - make_interval(mins => r.window_minutes)
      limit ${rowsMax}))`
  return count
}
