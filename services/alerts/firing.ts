/**
 * Fires alerts, in a transaction of the lease. One conditional update decides which candidates fire, so a rule fires
 * for a subject once within its cooldown, however often it is a candidate. Deliveries are queued in the same
 * transaction. Alerts that fire shortly after one another become one notification: the first waits a moment for others,
 * each further one longer, up to five minutes.
 */
import { v7 as uuidv7 } from 'uuid'
import * as v from 'valibot'
import { action } from '../../schema/alerts.ts'
import type { TransactionSql } from '../database/sql.ts'

/** `subject` is the id of an issue, or `project`. */
export type Candidate = {
  projectId: number
  ruleId: string
  subject: string
  issueId: string | null
  eventId: string | null
  value: number | null
}

export type Fired = Candidate & { alertId: string }

const begunRow = v.strictObject({
  project_id: v.number(),
  id: v.string(),
  actions: v.array(action),
  notified_at: v.date()
})
type BegunRow = v.InferOutput<typeof begunRow>

/** How long a notification waits for more alerts, and the pause between two of a rule. */
const gatherSeconds = 2
const pauseSeconds = { least: 5, greatest: 300 }

export async function fire(sql: TransactionSql, candidates: readonly Candidate[], now: number): Promise<Fired[]> {
  const fired = await decide(sql, distinct(candidates), new Date(now))
  if (fired.length === 0) return []
  const notifications = await notificationsOf(sql, fired, new Date(now))
  await sql`
    update alerts a set status = 'resolved', resolved_at = ${new Date(now)}, changed_at = clock_timestamp()
    from json_to_recordset(${listOf(fired)}::text::json) as f ("projectId" bigint, "ruleId" uuid, subject text)
    where a.project_id = f."projectId" and a.rule_id = f."ruleId" and a.subject = f.subject and a.kind = 'threshold'
      and a.status <> 'resolved'`
  await sql`
    insert into alerts (project_id, id, rule_id, rule_name, kind, subject, issue_id, event_id, value, threshold,
      window_minutes, counts_users, status, fired_at, over_at, notification_id)
    select r.project_id, f."alertId", r.id, r.name, r.kind, f.subject, f."issueId", f."eventId", f.value, r.threshold,
      r.window_minutes, r.counts_users, 'active', ${new Date(now)},
      case r.kind when 'threshold' then ${new Date(now)}::timestamptz end, f."notificationId"
    from json_to_recordset(${listOf(
      fired.map(alert => ({ ...alert, notificationId: notifications.get(alert.ruleId) ?? null }))
    )}::text::json) as f
      ("projectId" bigint, "ruleId" uuid, subject text, "issueId" uuid, "eventId" uuid, value bigint, "alertId" uuid,
        "notificationId" uuid)
    join alert_rules r on r.project_id = f."projectId" and r.id = f."ruleId"`
  return fired
}

/** One statement must not update a row twice. */
function distinct(candidates: readonly Candidate[]): Candidate[] {
  return [...new Map(candidates.map(candidate => [keyOf(candidate), candidate])).values()]
}

function keyOf({ projectId, ruleId, subject }: Pick<Candidate, 'projectId' | 'ruleId' | 'subject'>): string {
  return `${projectId} ${ruleId} ${subject}`
}

function listOf(rows: readonly object[]): string {
  return JSON.stringify(rows)
}

const firingRow = v.strictObject({ project_id: v.number(), rule_id: v.string(), subject: v.string() })

/**
 * Returns the alerts that fire, in the order in which it happened. A threshold alert that was acknowledged does not
 * fire again before it is resolved.
 */
async function decide(sql: TransactionSql, candidates: readonly Candidate[], now: Date): Promise<Fired[]> {
  if (candidates.length === 0) return []
  const asked = new Map(
    candidates.map((candidate, seq) => [
      keyOf(candidate),
      { ...candidate, alertId: uuidv7({ msecs: now.getTime(), seq }) }
    ])
  )
  const rows = await sql.rows(firingRow)`
    insert into alert_firings as f (project_id, rule_id, subject, fired_at, alert_id)
    select r.project_id, r.id, c.subject, ${now}, c."alertId"
    from json_to_recordset(${listOf([...asked.values()])}::text::json) as c ("projectId" bigint, "ruleId" uuid,
      subject text, "alertId" uuid)
    join alert_rules r on r.project_id = c."projectId" and r.id = c."ruleId" and r.is_enabled
    where not exists (
      select from alerts a where a.project_id = r.project_id and a.rule_id = r.id and a.subject = c.subject
        and a.kind = 'threshold' and a.status = 'acknowledged')
    order by r.project_id, r.id, c.subject
    on conflict (project_id, rule_id, subject) do update set fired_at = excluded.fired_at, alert_id = excluded.alert_id
      where f.fired_at <= excluded.fired_at - (
        select r.cooldown_minutes * interval '1 minute' from alert_rules r where r.project_id = excluded.project_id
          and r.id = excluded.rule_id)
    returning project_id, rule_id, subject`
  return rows.flatMap(
    row => asked.get(keyOf({ projectId: row.project_id, ruleId: row.rule_id, subject: row.subject })) ?? []
  )
}

const openNotificationRow = v.strictObject({ rule_id: v.string(), notification_id: v.string() })

/**
 * The notification that each rule's alerts go into: one that waits for its first attempt, or a new one with its
 * deliveries.
 */
async function notificationsOf(sql: TransactionSql, fired: readonly Fired[], now: Date): Promise<Map<string, string>> {
  const rules = [...new Map(fired.map(({ projectId, ruleId }) => [ruleId, { projectId, ruleId }])).values()]
  // Locked, so that none is attempted before these alerts are part of it.
  const open = await sql.rows(openNotificationRow)`
    select d.rule_id, d.notification_id from alert_deliveries d
    join json_to_recordset(${listOf(rules)}::text::json) as r ("projectId" bigint,
      "ruleId" uuid) on d.project_id = r."projectId" and d.rule_id = r."ruleId"
    where d.state = 'waiting' and d.attempts = 0 and d.resolves is null order by d.project_id, d.id for update of d`
  const notifications = new Map(open.map(row => [row.rule_id, row.notification_id]))

  const begun = await begin(
    sql,
    rules.filter(({ ruleId }) => !notifications.has(ruleId)),
    now
  )
  const deliveries = begun.flatMap(({ project_id: projectId, id: ruleId, actions, notified_at: dueAt }) => {
    const notificationId = uuidv7()
    if (actions.length > 0) notifications.set(ruleId, notificationId)
    return actions.map(action => ({ projectId, ruleId, id: uuidv7(), notificationId, action, dueAt }))
  })
  if (deliveries.length > 0) {
    await sql`
      insert into alert_deliveries (project_id, id, rule_id, notification_id, action, next_attempt_at, created_at)
      select "projectId", id, "ruleId", "notificationId", action, "dueAt", ${now}
      from json_to_recordset(${listOf(deliveries)}::text::json) as d ("projectId" bigint, id uuid, "ruleId" uuid,
        "notificationId" uuid, action jsonb, "dueAt" timestamptz)`
  }
  return notifications
}

async function begin(sql: TransactionSql, rules: readonly object[], now: Date): Promise<BegunRow[]> {
  if (rules.length === 0) return []
  const { least, greatest } = pauseSeconds
  return await sql.rows(begunRow)`
    update alert_rules a set
      notified_at = greatest(${now}::timestamptz + make_interval(secs => ${gatherSeconds}),
        least(a.notified_at, ${now}) + make_interval(secs => a.pause_seconds)),
      pause_seconds = case when a.notified_at + make_interval(secs => 2 * a.pause_seconds) > ${now}
        then least(greatest(2 * a.pause_seconds, ${least}), ${greatest}) else ${least} end
    from json_to_recordset(${listOf(rules)}::text::json) as r ("projectId" bigint, "ruleId" uuid)
    where a.project_id = r."projectId" and a.id = r."ruleId"
    returning a.project_id, a.id, a.actions, a.notified_at`
}
