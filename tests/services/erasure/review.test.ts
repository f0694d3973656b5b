// Goal: what becomes due by time alone is found once, and what is no longer needed is forgotten.
// Method: projects in chosen states, reviewed at chosen times.
import t from 'tap'
import { commitBatches } from '../../../services/commit/attempt.ts'
import { reviewErasures } from '../../../services/erasure/review.ts'
import { ensureDefaults } from '../../../services/accounts/projects.ts'
import { changeSettings } from '../../../services/accounts/settings.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { databaseForEvents, preparedBatch, preparedEvent } from '../../support/prepared.ts'
import { testDatabase } from '../../support/database.ts'

const dayMs = 86_400_000
const now = Date.parse('2026-03-01T12:00:00Z')
const userId = '00000000-0000-7000-8000-000000000000'

async function requested(sql: Sql): Promise<Record<string, unknown>[]> {
  return [
    ...(await sql`
      select kind, project_id, received_before, requested_by from erasures where finished_at is null order by id`)
  ]
}

t.test(
  'a project that kept events for longer has another day of them removed every day, until its old class is empty',
  async t => {
    const { sql } = await testDatabase(t)
    await ensureDefaults(sql)
    await sql`update projects set created_at = ${new Date(now - 200 * dayMs)}`
    await changeSettings(sql, 1, { retentionDays: 90 }, { userId, now: now - 100 * dayMs })
    await changeSettings(sql, 1, { retentionDays: 30 }, { userId, now })
    const first = {
      kind: 'older_than',
      project_id: 1,
      received_before: new Date('2026-01-30T00:00:00Z'),
      requested_by: userId
    }
    t.same(await requested(sql), [first])
    await reviewErasures(sql, { now })
    t.same(await requested(sql), [first], 'what waits is not asked for again')

    await sql`update erasures set finished_at = now()`
    await reviewErasures(sql, { now })
    t.same(await requested(sql), [], 'today is done')
    await reviewErasures(sql, { now: now + dayMs })
    t.same(await requested(sql), [{ ...first, received_before: new Date('2026-01-31T00:00:00Z'), requested_by: null }])

    await reviewErasures(sql, { now: now + 92 * dayMs - 1 })
    t.match(await sql`select retention_classes from projects`, [{ retention_classes: [30, 90] }])
    await reviewErasures(sql, { now: now + 92 * dayMs + 1 })
    t.match(await sql`select retention_classes from projects`, [{ retention_classes: [30] }])
  }
)

t.test('a retention that is lengthened again keeps what was to go', async t => {
  const { sql } = await testDatabase(t)
  await ensureDefaults(sql)
  await sql`update projects set created_at = ${new Date(now - 200 * dayMs)}`
  await changeSettings(sql, 1, { retentionDays: 60 }, { userId, now: now - dayMs })
  await changeSettings(sql, 1, { retentionDays: 30 }, { userId, now })
  await changeSettings(sql, 1, { retentionDays: 60 }, { userId, now })
  t.same(await requested(sql), [])
  await reviewErasures(sql, { now: now + 40 * dayMs })
  t.match(
    await sql`select retention_days, retention_classes from projects`,
    [{ retention_days: 60, retention_classes: [60] }],
    'the class that was in force for a moment is empty by then'
  )
})

t.test('events that come to a deleted project after its data was removed are found', async t => {
  const sql = await databaseForEvents(t)
  await sql`update projects set deleted_at = now() where id = 2`
  await reviewErasures(sql, { now: Date.now() })
  t.same(await requested(sql), [])
  await commitBatches(sql, [preparedBatch([preparedEvent({ projectId: 2 })])], { node: 'test', deadlineMs: 30_000 })
  await reviewErasures(sql, { now: Date.now() })
  await reviewErasures(sql, { now: Date.now() })
  t.same(await requested(sql), [{ kind: 'project', project_id: 2, received_before: null, requested_by: null }])
})

t.test('what was finished long ago is forgotten', async t => {
  const { sql } = await testDatabase(t)
  const { organizationId } = await ensureDefaults(sql)
  await sql`
    insert into erasures (id, kind, organization_id, name, requested_at, due_at, finished_at)
    select gen_random_uuid(), 'organization', ${organizationId}, '', now(), now(), now() - make_interval(days => days)
    from unnest('{29,31}'::int[]) days`
  await reviewErasures(sql, { now: Date.now() })
  t.match(await sql`select count(*) from erasures`, [{ count: 1 }])
})
