/**
 * The queue of notifications to deliver: one row for each notification and target. The process that claims a delivery
 * has `claimMs` to report how it ended; without a report it is due again, so each is delivered at least once. A failed
 * delivery is tried again after a minute, then after twice as long each time, up to 6 h, for 24 h; every attempt stays
 * in its log.
 */
import * as v from 'valibot'
import { deliverySchema, type DeliveryItem } from '../../schema/api/alerts.ts'
import { targetOf } from '../../events/alert-actions.ts'
import {
  action,
  type Action,
  type DeliveryResult,
  type Notification,
  type NotifiedAlert,
  alertKinds
} from '../../schema/alerts.ts'
import { ownTitles } from '../events/own-titles.ts'
import { shownTitles } from '../search/issue-titles.ts'
import { withLease, type Lease } from '../database/leases.ts'
import type { Queryable, Sql, TransactionSql } from '../database/sql.ts'

export type Delivery = {
  projectId: number
  action: Action
  notification: Notification
  attempt: number
  createdAt: Date
}

const claimedRow = v.strictObject({
  project_id: v.number(),
  id: v.string(),
  rule_id: v.string(),
  notification_id: v.string(),
  action,
  recipients: v.nullable(v.array(v.string())),
  resolves: v.nullable(v.string()),
  attempts: v.number(),
  created_at: v.date()
})
type ClaimedRow = v.InferOutput<typeof claimedRow>

const alertRow = v.strictObject({
  notification_id: v.string(),
  resolves: v.nullable(v.string()),
  subject: v.string(),
  is_resolved: v.boolean(),
  alert_count: v.number(),
  slug: v.string(),
  project: v.string(),
  organization: v.string(),
  rule_id: v.string(),
  rule_name: v.string(),
  kind: v.picklist(alertKinds),
  id: v.string(),
  value: v.nullable(v.number()),
  threshold: v.nullable(v.number()),
  window_minutes: v.nullable(v.number()),
  counts_users: v.boolean(),
  fired_at: v.date(),
  event_id: v.nullable(v.string()),
  issue_id: v.nullable(v.string()),
  number: v.nullable(v.number()),
  title: v.nullable(v.string()),
  culprit: v.nullable(v.string()),
  level: v.nullable(v.string()),
  event_count: v.nullable(v.number())
})
type AlertRow = v.InferOutput<typeof alertRow>

/** A delivery that is claimed has ended, or is due again, after this time. */
export const claimMs = 30_000
const minuteMs = 60_000
const retryMsMax = 6 * 60 * minuteMs
const triesMsMax = 24 * 60 * minuteMs
/** A notification names this many alerts; the others are only counted. */
const alertsMax = 20
const ofProjectMax = 4
const deliveryDaysKept = 30

/** Takes deliveries that are due, at most `max` and a few of each project, leaving out `busy` projects. */
export async function claimDeliveries(
  sql: Sql,
  lease: Lease,
  { now, max, busy }: { now: number; max: number; busy: readonly number[] }
): Promise<Delivery[]> {
  const due =
    await sql`select from alert_deliveries where state = 'waiting' and next_attempt_at <= ${new Date(now)} limit 1`
  if (due.length === 0) return []
  const rows = await withLease(
    sql,
    lease,
    async sql =>
      await sql.rows(claimedRow)`
    update alert_deliveries d set attempts = d.attempts + 1, next_attempt_at = ${new Date(now + claimMs)}
    from (
      select project_id, id from (
        select project_id, id, next_attempt_at,
          row_number() over (partition by project_id order by next_attempt_at, id) as rank
        from alert_deliveries where state = 'waiting' and next_attempt_at <= ${new Date(now)}
          and project_id <> all (${busy}::bigint[])
      ) due where rank <= ${ofProjectMax} order by next_attempt_at limit ${max}
    ) c
    where d.project_id = c.project_id and d.id = c.id and d.state = 'waiting' and d.next_attempt_at <= ${new Date(now)}
    returning d.project_id, d.id, d.rule_id, d.notification_id, d.action, d.recipients, d.resolves,
      d.attempts, d.created_at`
  )
  const notifications = await notificationsOf(sql, rows)
  return rows.flatMap(row => {
    const notification = notifications.get(keyOf(row))
    if (notification === undefined) return []
    return {
      projectId: row.project_id,
      action: actionLeft(row),
      notification: { ...notification, deliveryId: row.id },
      attempt: row.attempts,
      createdAt: row.created_at
    }
  })
}

function keyOf(row: { notification_id: string; resolves: string | null }): string {
  return `${row.notification_id} ${row.resolves ?? ''}`
}

/** A mail that some recipients have got already goes to the others. */
function actionLeft({ action, recipients }: ClaimedRow): Action {
  return action.type === 'email' && recipients !== null ? { ...action, to: recipients } : action
}

/**
 * By id: deliveries of one notification share it. Read after the claim, so that every alert that has joined is part of
 * it.
 */
async function notificationsOf(sql: Sql, claimed: readonly ClaimedRow[]): Promise<Map<string, Notification>> {
  if (claimed.length === 0) return new Map()
  const shown = shownTitles(sql)
  const rows = await sql.rows(alertRow)`
    select c.notification_id, c.resolves, a.subject, a.status = 'resolved' as is_resolved, a.alert_count, p.slug,
      p.name as project, o.slug as organization, a.rule_id, a.rule_name,
      a.kind, a.id, a.value, a.threshold,
      a.window_minutes, a.counts_users, a.fired_at, a.event_id, i.id as issue_id, i.number,
      ${shown.title} as title, ${shown.culprit} as culprit, i.level, i.event_count
    from (
      select distinct project_id, notification_id, resolves
      from unnest(${claimed.map(row => row.project_id)}::bigint[],
        ${claimed.map(row => row.notification_id)}::uuid[], ${claimed.map(row => row.resolves)}::uuid[])
        as c (project_id, notification_id, resolves)
    ) c
    join projects p on p.id = c.project_id join organizations o on o.id = p.organization_id
    cross join lateral (
      select a.*, count(*) over () as alert_count from alerts a
      where a.project_id = c.project_id and a.notification_id = c.notification_id
        and (c.resolves is null or a.id = c.resolves)
      order by a.id limit ${alertsMax}
    ) a
    left join issues i on i.project_id = a.project_id and i.id = a.issue_id
    order by a.id`
  const notifications = new Map<string, Notification>()
  const projectIds = new Map(claimed.map(row => [keyOf(row), row.project_id]))
  const titles = await ownTitles(
    sql,
    rows.flatMap(row =>
      row.event_id === null ? [] : [{ projectId: projectIds.get(keyOf(row)) ?? 0, id: row.event_id }]
    )
  )
  for (const stored of rows) {
    // An alert about an event says what that was: the issue may show a newer one by now.
    const row = { ...stored, title: titles.get(stored.event_id ?? '') ?? stored.title }
    const known = notifications.get(keyOf(row))
    if (known === undefined) {
      notifications.set(keyOf(row), notificationOf(row, projectIds.get(keyOf(row)) ?? 0))
    } else known.alerts.push(alertOf(row))
  }
  return notifications
}

function notificationOf(row: AlertRow, projectId: number): Notification {
  return {
    deliveryId: '',
    isTest: false,
    isResolution: row.resolves !== null,
    project: { id: String(projectId), slug: row.slug, name: row.project, organization: row.organization },
    rule: { id: row.rule_id, name: row.rule_name, kind: row.kind },
    alerts: [alertOf(row)],
    alertCount: row.alert_count
  }
}

function alertOf(row: AlertRow): NotifiedAlert {
  return {
    id: row.id,
    subject: row.subject,
    isResolved: row.is_resolved,
    kind: row.kind,
    value: row.value,
    threshold: row.threshold,
    windowMinutes: row.window_minutes,
    of: row.kind === 'threshold' ? (row.counts_users ? 'users' : 'events') : null,
    firedAt: row.fired_at,
    issue:
      row.issue_id === null
        ? null
        : {
            id: row.issue_id,
            shortId: `${row.slug.toUpperCase()}-${row.number}`,
            title: row.title ?? '',
            culprit: row.culprit ?? '',
            level: row.level ?? '',
            eventCount: row.event_count ?? 0
          }
  }
}

/**
 * Writes how an attempt ended. It needs no lease: a delivery that happened must be written, or it would be sent again.
 * An attempt that another one has followed changes nothing unless it succeeded, nor does one whose delivery was dropped
 * meanwhile. Returns true when the delivery was
 * given up.
 */
export async function settleDelivery(
  sql: Queryable,
  { projectId, notification, attempt, createdAt }: Delivery,
  result: DeliveryResult,
  now: number
): Promise<boolean> {
  const waitMs = Math.max(minuteMs * 2 ** (attempt - 1), (result.retryAfterS ?? 0) * 1_000)
  const nextAt = now + Math.min(waitMs, retryMsMax)
  const isGivenUp = !result.ok && (result.isFinal || nextAt > createdAt.getTime() + triesMsMax)
  const state = result.ok ? 'delivered' : isGivenUp ? 'failed' : 'waiting'
  const entry = sql.json([{ at: new Date(now), ok: result.ok, detail: result.detail }])
  await sql`
    update alert_deliveries set state = ${state}, log = log || ${entry}::jsonb, next_attempt_at = ${new Date(nextAt)},
      recipients = coalesce(${result.recipients ?? null}::text[], recipients),
      settled_at = ${state === 'waiting' ? null : new Date(now)}
    where project_id = ${projectId} and id = ${notification.deliveryId}
      and (state = 'waiting' and (${result.ok} or attempts = ${attempt}) or state = 'dropped' and ${result.ok})`
  return isGivenUp
}

/** Locks what waits for a rule. It comes before a lock on the rule's row: firing locks in that order. */
export async function lockWaiting(sql: TransactionSql, projectId: number, ruleId: string): Promise<void> {
  await sql`
    select from alert_deliveries where project_id = ${projectId} and rule_id = ${ruleId} and state = 'waiting'
    order by id for update`
}

/**
 * Drops what waits for a rule: everything, or what goes to none of the actions that are `kept`. What is being sent at
 * this moment is not called back.
 */
export async function dropDeliveries(
  sql: TransactionSql,
  { projectId, ruleId, kept = [] }: { projectId: number; ruleId: string; kept?: readonly Action[] },
  now: number
): Promise<void> {
  await sql`
    update alert_deliveries d set state = 'dropped', settled_at = ${new Date(now)}
    where project_id = ${projectId} and rule_id = ${ruleId} and state = 'waiting' and resolves is null
      and not exists (
        select from jsonb_array_elements(${sql.json([...kept])}::jsonb) as k (action) where k.action = d.action)`
}

const logRow = v.strictObject({
  id: v.string(),
  action,
  is_resolution: v.boolean(),
  state: deliverySchema.entries.state,
  alert_count: v.number(),
  log: deliverySchema.entries.attempts,
  next_attempt_at: v.date(),
  created_at: v.date(),
  settled_at: v.nullable(v.date())
})

export type DeliveryListOptions = {
  projectId: number
  alertId: string
  after: string | null
  limit: number
  /** Leaves out what the reader may not see. */
  masked: (action: Action) => Action
}

/**
 * The deliveries of the notification that an alert is part of, newest first; `after` is the id that the last page ended
 * with.
 */
export async function listDeliveries(
  sql: Queryable,
  { projectId, alertId, after, limit, masked }: DeliveryListOptions
): Promise<DeliveryItem[]> {
  const rows = await sql.rows(logRow)`
    select d.id, d.action, d.resolves is not null as is_resolution, d.state, d.log,
      d.next_attempt_at, d.created_at, d.settled_at,
      (select count(*) from alerts n where n.project_id = d.project_id
        and n.notification_id = d.notification_id) as alert_count
    from alerts a join alert_deliveries d on d.project_id = a.project_id and d.notification_id = a.notification_id
    where a.project_id = ${projectId} and a.id = ${alertId} and (d.resolves is null or d.resolves = a.id)
      ${after === null ? sql`` : sql`and d.id < ${after}`}
    order by d.id desc limit ${limit}`
  return rows.map(
    ({
      action,
      is_resolution: isResolution,
      log,
      next_attempt_at: nextAt,
      created_at: createdAt,
      settled_at: settledAt,
      ...row
    }) => ({
      ...row,
      type: action.type,
      target: targetOf(masked(action)),
      about: isResolution ? ('resolution' as const) : ('firing' as const),
      attempts: log,
      next_attempt_at: row.state === 'waiting' ? nextAt.toISOString() : null,
      created_at: createdAt.toISOString(),
      settled_at: settledAt?.toISOString() ?? null
    })
  )
}

export async function forgetDeliveries(
  sql: Queryable,
  { now, rowsMax }: { now: number; rowsMax: number }
): Promise<number> {
  const { count } = await sql`
    delete from alert_deliveries where ctid = any (array(
      select ctid from alert_deliveries
        where created_at < ${new Date(now)}::timestamptz - make_interval(days => ${deliveryDaysKept})
          order by created_at limit ${rowsMax}))`
  return count
}
