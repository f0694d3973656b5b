/**
 * Tells services that have incidents open for alerts that these are resolved: a delivery of the queue like others, to
 * what was sent the alert, whatever its rule says by now.
 */
import { v7 as uuidv7 } from 'uuid'
import * as v from 'valibot'
import { action } from '../../schema/alerts.ts'
import { channels, type ChannelId } from '../../schema/channels.ts'
import { claimMs } from './deliveries.ts'
import type { TransactionSql } from '../database/sql.ts'

/** As long as the first notification of a rule waits for more alerts. */
const gatherMs = 2_000

const closedRow = v.strictObject({
  project_id: v.number(),
  alert_id: v.string(),
  rule_id: v.string(),
  notification_id: v.string(),
  action,
  is_under_way: v.boolean()
})

const closing: ChannelId[] = channels.flatMap(channel => ('closes' in channel ? [channel.id] : []))

/**
 * In the transaction that resolves the alerts. A notification of them that is being sent right now may arrive later, so
 * the resolution waits until that has ended.
 */
export async function queueResolutions(
  sql: TransactionSql,
  resolved: readonly { projectId: number; alertId: string }[],
  now: number
): Promise<void> {
  if (resolved.length === 0) return
  const rows = await sql.rows(closedRow)`
    select a.project_id, a.id as alert_id, a.rule_id, a.notification_id, d.action,
      d.state = 'waiting' and d.attempts > 0 as is_under_way
    from unnest(${resolved.map(({ projectId }) => projectId)}::bigint[],
      ${resolved.map(({ alertId }) => alertId)}::uuid[]) as r (project_id, alert_id)
    join alerts a on a.project_id = r.project_id and a.id = r.alert_id
    join alert_deliveries d on d.project_id = a.project_id and d.notification_id = a.notification_id
    where d.resolves is null and d.state in ('waiting', 'delivered') and d.action->>'type' = any (${closing})`
  if (rows.length === 0) return
  const deliveries = rows.map(row => ({
    ...row,
    id: uuidv7(),
    due_at: new Date(now + (row.is_under_way ? claimMs : gatherMs))
  }))
  await sql`
    insert into alert_deliveries (project_id, id, rule_id, notification_id, action, resolves, next_attempt_at,
      created_at)
    select project_id, id, rule_id, notification_id, action, alert_id, due_at, ${new Date(now)}
    from json_to_recordset(${JSON.stringify(deliveries)}::text::json) as d (project_id bigint, id uuid, rule_id uuid,
      notification_id uuid, action jsonb, alert_id uuid, due_at timestamptz)`
}
