/**
 * Makes the notification that the test of a rule sends: like a real one, marked as a test, with made-up values and no
 * issue. Nothing is stored, so a test appears in no list of alerts or deliveries. Throws when the project is gone.
 */
import { v7 as uuidv7 } from 'uuid'
import * as v from 'valibot'
import type { NotifiedAlert, Notification } from '../../schema/alerts.ts'
import type { StoredRule } from './rules.ts'
import type { Sql } from '../database/sql.ts'

const projectRow = v.strictObject({ slug: v.string(), name: v.string(), organization: v.string() })

export async function testNotification(
  sql: Sql,
  projectId: number,
  { id, name, condition }: Pick<StoredRule, 'id' | 'name' | 'condition'>,
  now: number
): Promise<Notification> {
  const [project] = await sql.rows(projectRow)`
    select p.slug, p.name, o.slug as organization from projects p join organizations o on o.id = p.organization_id
      where p.id = ${projectId}`
  if (project === undefined) throw new Error(`there is no project ${projectId}`)
  const threshold = condition.type === 'threshold' ? condition : null
  const alert: NotifiedAlert = {
    id: uuidv7(),
    subject: 'project',
    isResolved: false,
    kind: condition.type,
    value: threshold === null ? null : threshold.count + 1,
    threshold: threshold?.count ?? null,
    windowMinutes: threshold?.window_minutes ?? null,
    of: threshold === null ? null : (threshold.of ?? 'events'),
    firedAt: new Date(now),
    issue: null
  }
  return {
    deliveryId: uuidv7(),
    isTest: true,
    isResolution: false,
    project: { id: String(projectId), ...project },
    rule: { id, name, kind: condition.type },
    alerts: [alert],
    alertCount: 1
  }
}

/** What the preview of an action shows: like a real notification, about a made-up issue. */
export async function previewNotification(
  sql: Sql,
  projectId: number,
  condition: StoredRule['condition'],
  now: number
): Promise<Notification> {
  const id = uuidv7()
  const rule = { id: uuidv7(), name: 'Preview', condition }
  const notification = await testNotification(sql, projectId, rule, now)
  const issue = {
    id,
    shortId: `${notification.project.slug.toUpperCase()}-1`,
    title: 'TypeError: price is undefined',
    culprit: '/checkout',
    level: 'error',
    eventCount: 3
  }
  const isOfIssue = condition.type !== 'threshold' || condition.scope === 'issue'
  return {
    ...notification,
    isTest: false,
    alerts: notification.alerts.map(alert => (isOfIssue ? { ...alert, subject: id, issue } : alert))
  }
}
