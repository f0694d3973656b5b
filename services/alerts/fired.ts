/**
 * Alerts that have fired. People list, acknowledge and resolve them; dashboards are told of changes, which are read
 * here by the time of the change, at most `changedMax` at once. Two people may act at the same moment: the first
 * acknowledgement counts, and a resolved alert stays resolved. An alert outlives its issue, and shows null for it then.
 */
import * as v from 'valibot'
import type { AlertItem } from '../../schema/api/alerts.ts'
import { roles, type Role } from '../../schema/api/common.ts'
import { alertKinds, type AlertStatus, alertStatuses } from '../../schema/alerts.ts'
import { queueResolutions } from './resolutions.ts'
import { summariesOf } from '../issues/summaries.ts'
import type { PendingQuery, Queryable, Sql, TransactionSql } from '../database/sql.ts'

export type VisibleAlert = { alertId: string; projectId: number; organizationId: string; role: Role }

const personRow = v.strictObject({ id: v.string(), name: v.string(), email: v.string() })
const rowSchema = v.strictObject({
  project_id: v.number(),
  id: v.string(),
  rule_id: v.string(),
  rule_name: v.string(),
  kind: v.picklist(alertKinds),
  status: v.picklist(alertStatuses),
  value: v.nullable(v.number()),
  threshold: v.nullable(v.number()),
  window_minutes: v.nullable(v.number()),
  counts_users: v.boolean(),
  issue_id: v.nullable(v.string()),
  event_id: v.nullable(v.string()),
  fired_at: v.date(),
  acknowledged_at: v.nullable(v.date()),
  resolved_at: v.nullable(v.date()),
  changed_at: v.date(),
  acknowledged_by: v.nullable(personRow),
  resolved_by: v.nullable(personRow)
})
type Row = v.InferOutput<typeof rowSchema>

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
/** Most changes that one call returns. */
export const changedMax = 500

const visibleRow = v.strictObject({
  id: v.string(),
  project_id: v.number(),
  organization_id: v.string(),
  role: v.picklist(roles)
})

/** Membership is part of the query, as in services/accounts/visible.ts. */
export async function findAlert(sql: Sql, userId: string, id: string): Promise<VisibleAlert | null> {
  if (!uuidForm.test(id)) return null
  const [row] = await sql.rows(visibleRow)`
    select a.id, a.project_id, p.organization_id, m.role from memberships m
    join projects p on p.organization_id = m.organization_id and p.deleted_at is null
    join alerts a on a.project_id = p.id and a.id = ${id}
    where m.user_id = ${userId}`
  return row === undefined
    ? null
    : { alertId: row.id, projectId: row.project_id, organizationId: row.organization_id, role: row.role }
}

/** Newest first; `after` is the id that the last page ended with. */
export async function listAlerts(
  sql: Queryable,
  {
    projectId,
    status,
    after,
    limit
  }: { projectId: number; status: AlertStatus | null; after: string | null; limit: number }
): Promise<AlertItem[]> {
  const rows = await select(
    sql,
    sql`
    a.project_id = ${projectId} ${status === null ? sql`` : sql`and a.status = ${status}`}
      ${after === null ? sql`` : sql`and a.id < ${after}`}
    order by a.id desc limit ${limit}`
  )
  return await itemsOf(sql, rows)
}

export async function getAlert(sql: Queryable, projectId: number, id: string): Promise<AlertItem | null> {
  const [item] = await itemsOf(sql, await select(sql, sql`a.project_id = ${projectId} and a.id = ${id}`))
  return item ?? null
}

/** A second acknowledgement changes nothing. False when the alert is resolved. */
export async function acknowledgeAlert(
  sql: Queryable,
  { projectId, alertId }: VisibleAlert,
  userId: string,
  now: number
): Promise<boolean> {
  await sql`
    update alerts set status = 'acknowledged', acknowledged_at = ${new Date(now)}, acknowledged_by = ${userId},
      changed_at = clock_timestamp()
    where project_id = ${projectId} and id = ${alertId} and status = 'active'`
  const rows =
    await sql`select from alerts where project_id = ${projectId} and id = ${alertId} and status = 'acknowledged'`
  return rows.length > 0
}

const idRow = v.strictObject({ id: v.string() })

/** Open alerts of issues end with them: call it in the transaction that resolves, archives or discards the issues. */
export async function resolveAlertsOf(
  sql: TransactionSql,
  projectId: number,
  issueIds: readonly string[],
  { userId, now }: { userId: string; now: number }
): Promise<void> {
  const rows = await sql.rows(idRow)`
    update alerts set status = 'resolved', resolved_at = ${new Date(now)}, resolved_by = ${userId},
      changed_at = clock_timestamp()
    where project_id = ${projectId} and status in ('active', 'acknowledged') and issue_id = any (${issueIds}::uuid[])
    returning id`
  await queueResolutions(
    sql,
    rows.map(({ id }) => ({ projectId, alertId: id })),
    now
  )
}

/** An alert that is resolved already stays as it is. */
export async function resolveAlert(
  sql: Sql,
  { projectId, alertId }: VisibleAlert,
  userId: string,
  now: number
): Promise<void> {
  await sql.begin(async sql => {
    const { count } = await sql`
      update alerts set status = 'resolved', resolved_at = ${new Date(now)}, resolved_by = ${userId},
        changed_at = clock_timestamp()
      where project_id = ${projectId} and id = ${alertId} and status <> 'resolved'`
    if (count > 0) await queueResolutions(sql, [{ projectId, alertId }], now)
  })
}

export type ManyAlerts = {
  projectId: number
  act: 'acknowledge' | 'resolve'
  /** Null for all that are open. */
  ids: readonly string[] | null
}

/** Most alerts that one call changes. */
export const changedAtOnce = 1_000

/** Those that are open already, or closed, stay as they are. Returns how many have changed, at most `changedAtOnce`. */
export async function changeAlerts(
  sql: Sql,
  { projectId, act, ids }: ManyAlerts,
  userId: string,
  now: number
): Promise<number> {
  const isResolved = act === 'resolve'
  const [status, from] = isResolved ? ['resolved', ['active', 'acknowledged']] : ['acknowledged', ['active']]
  const [at, by] = isResolved ? ['resolved_at', 'resolved_by'] : ['acknowledged_at', 'acknowledged_by']
  return await sql.begin(async sql => {
    const rows = await sql.rows(idRow)`
      update alerts set status = ${status}, ${sql(at)} = ${new Date(now)}, ${sql(by)} = ${userId},
        changed_at = clock_timestamp()
      where project_id = ${projectId} and id in (select id from alerts where project_id = ${projectId}
        and status = any (${from}) ${ids === null ? sql`` : sql`and id = any (${ids}::uuid[])`}
        order by id limit ${changedAtOnce} for update)
      returning id`
    if (isResolved) {
      await queueResolutions(
        sql,
        rows.map(({ id }) => ({ projectId, alertId: id })),
        now
      )
    }
    return rows.length
  })
}

export type ChangedAlert = { projectId: number; changedAt: Date; item: AlertItem }

const nowRow = v.strictObject({ now: v.date() })

/**
 * The alerts that changed after this moment of the database's clock, oldest first, and that clock's time now. With null
 * only the time is returned.
 */
export async function changedAlerts(
  sql: Queryable,
  after: Date | null
): Promise<{ now: Date; changed: ChangedAlert[] }> {
  const [clock] = await sql.rows(nowRow)`select clock_timestamp() as now`
  if (clock === undefined) throw new Error('the database answered without a row')
  if (after === null) return { now: clock.now, changed: [] }

  const rows = await select(sql, sql`a.changed_at > ${after} order by a.changed_at limit ${changedMax}`)
  const byProject = new Map<number, Row[]>()
  for (const row of rows) byProject.set(row.project_id, [...(byProject.get(row.project_id) ?? []), row])
  const items = new Map<string, AlertItem>()
  for (const ofProject of byProject.values()) {
    for (const item of await itemsOf(sql, ofProject)) items.set(item.id, item)
  }
  return {
    now: clock.now,
    changed: rows.flatMap(({ id, project_id: projectId, changed_at: changedAt }) => {
      const item = items.get(id)
      return item === undefined ? [] : { projectId, changedAt, item }
    })
  }
}

async function select(sql: Queryable, which: PendingQuery<Record<string, unknown>>): Promise<Row[]> {
  const person = (alias: string): PendingQuery<Record<string, unknown>> => {
    const user = sql(alias)
    return sql`case when ${user}.id is not null then json_build_object('id', ${user}.id, 'name', ${user}.name, 'email',
      ${user}.email) end`
  }
  return await sql.rows(rowSchema)`
    select a.project_id, a.id, a.rule_id, a.rule_name, a.kind, a.status, a.value, a.threshold, a.window_minutes,
      a.counts_users, a.issue_id, a.event_id, a.fired_at,
      a.acknowledged_at, a.resolved_at, a.changed_at, ${person('acknowledger')} as acknowledged_by,
        ${person('resolver')} as resolved_by
    from alerts a left join users acknowledger on acknowledger.id = a.acknowledged_by
      left join users resolver on resolver.id = a.resolved_by
    where ${which}`
}

/** The rows are all of one project. An issue that is gone is null. */
async function itemsOf(sql: Queryable, rows: readonly Row[]): Promise<AlertItem[]> {
  const [first] = rows
  if (first === undefined) return []
  const issues = await summariesOf(
    sql,
    first.project_id,
    rows.flatMap(row => row.issue_id ?? [])
  )
  return rows.map(row => ({
    id: row.id,
    project: String(row.project_id),
    rule: { id: row.rule_id, name: row.rule_name },
    type: row.kind,
    status: row.status,
    value: row.value,
    threshold: row.threshold,
    window_minutes: row.window_minutes,
    of: row.kind === 'threshold' ? (row.counts_users ? 'users' : 'events') : null,
    issue: issues.get(row.issue_id ?? '') ?? null,
    event_id: row.event_id,
    fired_at: row.fired_at.toISOString(),
    acknowledged_at: row.acknowledged_at?.toISOString() ?? null,
    acknowledged_by: row.acknowledged_by,
    resolved_at: row.resolved_at?.toISOString() ?? null,
    resolved_by: row.resolved_by
  }))
}
