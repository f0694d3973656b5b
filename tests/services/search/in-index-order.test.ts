// Goal: the newest events of issues, within bounds that come from rows, are read from the end of an index, however few
// the planner expects. Method: its plan over partitions of events, with and without.
import t from 'tap'
import { inIndexOrder } from '../../../services/search/in-index-order.ts'
import type { Queryable } from '../../../services/database/sql.ts'
import { databaseNow } from '../../../services/database/clock.ts'
import { ensureEventPartitions } from '../../../services/database/partitions.ts'
import { testDatabase } from '../../support/database.ts'

async function planOf(sql: Queryable): Promise<string> {
  const rows = await sql<{ 'QUERY PLAN': string }[]>`
    explain select e.* from unnest(array[gen_random_uuid()], array[now() - interval '89 days'], array[now()],
      array[gen_random_uuid()], array[gen_random_uuid()]) as l (id, start, stop, first_id, last_id) cross join lateral (
        select e.received_at, e.user_hash from events e where e.issue_id = l.id and e.project_id = 1
          and e.retention_days = 90 and e.received_at >= l.start and e.received_at < l.stop
          and e.id >= l.first_id and e.id < l.last_id
        order by e.id desc limit 800
      ) e`
  return rows.map(row => row['QUERY PLAN']).join('\n')
}

t.test('indexes are merged where all events would be sorted', async t => {
  const { sql } = await testDatabase(t)
  const now = await databaseNow(sql)
  await ensureEventPartitions(sql, { retentionDays: 90, from: now - 89 * 86_400_000, to: now })
  t.match(await planOf(sql), /->\s+Sort/, 'left alone, the planner sorts')
  const plan = await inIndexOrder(sql, planOf)
  t.match(plan, /->\s+Merge Append/)
  t.notMatch(plan, /->\s+Sort/)
  t.match(await planOf(sql), /->\s+Sort/, 'nothing else is changed')
})
