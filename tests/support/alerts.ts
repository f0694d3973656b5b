/** What tests of alerting share: a database with a lease, rules in it, and events that are committed and folded. */
import { createRule, type RuleFields, type StoredRule } from '../../services/alerts/rules.ts'
import { commitBatches } from '../../services/commit/attempt.ts'
import { takeLease, type Lease } from '../../services/database/leases.ts'
import { foldRollups } from '../../services/rollups/fold.ts'
import type { Sql } from '../../services/database/sql.ts'
import type { PreparedEvent } from '../../schema/pipeline.ts'
import { databaseForEvents, preparedBatch, preparedEvent } from './prepared.ts'

export type AlertWorld = {
  sql: Sql
  lease: Lease
  rule: (fields?: Partial<RuleFields>, projectId?: number) => Promise<StoredRule>
  /** Commits one batch of these events, and folds what it counted. */
  commit: (...events: Parameters<typeof preparedEvent>[0][]) => Promise<PreparedEvent[]>
  alerts: () => Promise<AlertRow[]>
}

export type AlertRow = {
  id: string
  rule_id: string
  subject: string
  status: string
  value: number | null
  notification_id: string | null
}

export async function alertWorld(t: Parameters<typeof databaseForEvents>[0]): Promise<AlertWorld> {
  const sql = await databaseForEvents(t)
  return {
    sql,
    lease: await leaseOf(sql, 'a'),
    rule: async (fields = {}, projectId = 1) => {
      const rule = await createRule(
        sql,
        projectId,
        {
          name: 'Rule',
          isEnabled: true,
          condition: { type: 'new_issue' },
          filters: {},
          actions: [],
          cooldownMinutes: 60,
          ...fields
        },
        Date.now()
      )
      if (rule === null) throw new Error('there are too many rules')
      return rule
    },
    commit: async (...events) => {
      const prepared = events.map(preparedEvent)
      await commitBatches(sql, [preparedBatch(prepared)], { node: 'test', deadlineMs: 30_000 })
      await foldRollups(sql, { rowsMax: 1_000 })
      return prepared
    },
    alerts: async () =>
      await sql<AlertRow[]>`select id, rule_id, subject, status, value, notification_id from alerts order by id`
  }
}

/** The lease, taken from its holder. */
export async function leaseOf(sql: Sql, holder: string): Promise<Lease> {
  await sql`update leases set expires_at = '-infinity'`
  const lease = await takeLease(sql, { name: 'alerts', holder, validMs: 60_000 })
  if (lease === null) throw new Error('the lease could not be taken')
  return lease
}
