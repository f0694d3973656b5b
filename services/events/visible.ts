/**
 * Events that a user may see, by the event's own id or by the client's. Membership is part of the query, as in
 * services/accounts/visible.ts.
 */
import * as v from 'valibot'
import { receivedAtOf } from '../../events/event-ids.ts'
import { roles, type Role } from '../../schema/api/common.ts'
import { eventIdForm } from '../../schema/event.ts'
import { retentionClasses } from '../../schema/pipeline.ts'
import { eachClass } from '../search/event-windows.ts'
import type { Sql } from '../database/sql.ts'

/** Identifies the row of an event and its partition. */
export type EventKey = { id: string; projectId: number; receivedAt: Date; retentionDays: number; issueId: string }

export type VisibleEvent = { event: EventKey; projectId: number; organizationId: string; slug: string; role: Role }

const rowSchema = v.strictObject({
  id: v.string(),
  project_id: v.number(),
  received_at: v.date(),
  retention_days: v.number(),
  issue_id: v.string(),
  organization_id: v.string(),
  slug: v.string(),
  role: v.picklist(roles)
})

/** When several projects have an event with this client's id, the latest counts. */
export async function findEvent(sql: Sql, userId: string, id: string): Promise<VisibleEvent | null> {
  if (!eventIdForm.test(id)) return null
  const uuid = dashed(id.replaceAll('-', '').toLowerCase())
  return (await findById(sql, userId, uuid)) ?? (await findByClientId(sql, userId, uuid))
}

async function findById(sql: Sql, userId: string, id: string): Promise<VisibleEvent | null> {
  const at = receivedAtOf(id)
  if (id.charAt(14) !== '7' || at >= yearsEnd) return null
  const found = eachClass(
    sql,
    retentionClasses,
    retentionDays => sql`
    select e.id, e.project_id, e.received_at, e.retention_days, e.issue_id from events e
    where e.project_id = p.id and e.received_at = ${new Date(at)} and e.id = ${id}
      and e.retention_days = ${retentionDays}`
  )
  const [row] = await sql.rows(rowSchema)`
    select e.*, p.organization_id, p.slug, m.role from memberships m
    join projects p on p.organization_id = m.organization_id and p.deleted_at is null
    cross join lateral (${found}) e
    where m.user_id = ${userId} limit 1`
  return row === undefined
    ? null
    : {
        event: {
          id: row.id,
          projectId: row.project_id,
          receivedAt: row.received_at,
          retentionDays: row.retention_days,
          issueId: row.issue_id
        },
        projectId: row.project_id,
        organizationId: row.organization_id,
        slug: row.slug,
        role: row.role
      }
}

const idRow = v.strictObject({ id: v.string() })

async function findByClientId(sql: Sql, userId: string, clientId: string): Promise<VisibleEvent | null> {
  const rows = await sql.rows(idRow)`
    select distinct k.id from memberships m
    join projects p on p.organization_id = m.organization_id and p.deleted_at is null
    join event_keys k on k.project_id = p.id and k.event_id = ${clientId}
    where m.user_id = ${userId} order by k.id desc limit ${clientIdsMax}`
  for (const { id } of rows) {
    const event = await findById(sql, userId, id)
    if (event !== null) return event
  }
  return null
}

const clientIdsMax = 10
/** PostgreSQL writes years with four digits. */
const yearsEnd = Date.UTC(10_000, 0, 1)

function dashed(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
