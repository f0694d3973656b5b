/**
 * Alerts for issues that became new, regressed or escalating. Commits write rows of `transitions`. Here they are read,
 * matched with the rules and marked as handled in one transaction of the lease, so that each is handled once, even when
 * a process dies. The rows stay: they belong to the issue's activity.
 */
import * as v from 'valibot'
import { receivedAtOf } from '../../events/event-ids.ts'
import { retentionClasses } from '../../schema/pipeline.ts'
import { fire, type Candidate, type Fired } from './firing.ts'
import { eachClass } from '../search/event-windows.ts'
import { allWords } from '../search/word-sets.ts'
import { withLease, type Lease } from '../database/leases.ts'
import type { Sql, TransactionSql } from '../database/sql.ts'

const transitionRow = v.strictObject({
  id: v.number(),
  project_id: v.number(),
  issue_id: v.string(),
  kind: v.picklist(['new', 'regressed', 'escalated']),
  event_id: v.nullable(v.string())
})
type Transition = v.InferOutput<typeof transitionRow>

/**
 * A rule's filter is tried on at most `eventsMax` events of the issue: the transition's own, and those of this time
 * before it.
 */
const beforeMs = 60_000
const eventsMax = 100

/** Handles the oldest transitions that wait. `more`: others may wait. */
export async function handleTransitions(
  sql: Sql,
  lease: Lease,
  { now, max = 1_000 }: { now: number; max?: number }
): Promise<{ fired: Fired[]; more: boolean }> {
  const [waiting] = await sql`select from transitions where handled_at is null limit 1`
  if (waiting === undefined) return { fired: [], more: false }
  return await withLease(sql, lease, async sql => {
    const transitions = await sql.rows(transitionRow)`
      select id, project_id, issue_id, kind, event_id from transitions where handled_at is null order by id limit ${max}
        for update skip locked`
    const fired = await fire(sql, await matching(sql, transitions, now), now)
    await sql`
      update transitions t set handled_at = ${new Date(now)}
      from unnest(${transitions.map(row => row.project_id)}::bigint[],
        ${transitions.map(row => row.id)}::bigint[]) as h (project_id, id)
      where t.project_id = h.project_id and t.id = h.id`
    return { fired, more: transitions.length === max }
  })
}

const matchRow = v.strictObject({
  project_id: v.number(),
  rule_id: v.string(),
  issue_id: v.string(),
  event_id: v.nullable(v.string())
})

/** The rules that match each transition. Issues that are gone or discarded by now match none. */
async function matching(sql: TransactionSql, transitions: readonly Transition[], now: number): Promise<Candidate[]> {
  const asked = transitions.map(row => ({
    ...row,
    at: row.event_id === null ? null : new Date(receivedAtOf(row.event_id))
  }))
  const times = asked.flatMap(({ at }) => (at === null ? [] : [at.getTime()]))
  const [from, to] = [new Date(Math.min(...times, Date.now()) - beforeMs), new Date(Math.max(...times, 0))]
  const events = eachClass(
    sql,
    retentionClasses,
    retentionDays => sql`
    select ${allWords(sql, 'e')} as words from events e
    where e.retention_days = ${retentionDays} and e.received_at between ${from} and ${to}
      and e.project_id = t.project_id
      and e.issue_id in (select id from issues f where f.project_id = t.project_id
        and (f.id = t.issue_id or f.merged_into = t.issue_id))
        and e.received_at between t.at - ${beforeMs} * interval '1 ms' and t.at
    order by e.id desc limit ${eventsMax}`
  )
  const rows = await sql.rows(matchRow)`
    select t.project_id, r.id as rule_id, t.issue_id, t.event_id
    from json_to_recordset(${JSON.stringify(asked)}::text::json) as t (id bigint, project_id bigint, issue_id uuid,
      kind text, event_id uuid, at timestamptz)
    join alert_rules r on r.project_id = t.project_id and r.is_enabled
      and r.kind = case t.kind when 'new' then 'new_issue' when 'regressed' then 'regression' else 'escalation' end
    join projects p on p.id = t.project_id and p.deleted_at is null
    join issues i on i.project_id = t.project_id and i.id = t.issue_id and i.status <> 'discarded'
    where (r.filter is null or exists (select from (${events}) e where e.words @@ r.filter))
      and (r.issue_older_than_minutes is null
        or least(i.first_seen, i.merged_first_seen)
          <= ${new Date(now)}::timestamptz - make_interval(mins => r.issue_older_than_minutes))
    order by t.id`
  return rows.map(row => ({
    projectId: row.project_id,
    ruleId: row.rule_id,
    subject: row.issue_id,
    issueId: row.issue_id,
    eventId: row.event_id,
    value: null
  }))
}
