// Goal: after a change of retention was answered, every event is stored under the new one, on every node, whatever a
// node still believes. Method: events prepared under the old retention, as a node makes them that has not heard of the
// change, committed one after the other and at once.
import t from 'tap'
import { changeSettings } from '../../../services/accounts/settings.ts'
import { commitBatches } from '../../../services/commit/attempt.ts'
import { audit, foldAll } from '../../../services/commit/count-check.ts'
import { databaseForEvents, preparedBatch, preparedEvent } from '../../support/prepared.ts'

const userId = '00000000-0000-7000-8000-000000000000'
const options = { node: 'test', deadlineMs: 60_000 }

t.test('an event goes to the retention that its project has when it is committed', async t => {
  const sql = await databaseForEvents(t)
  const stale = () => preparedBatch([preparedEvent({ retentionDays: 30 }), preparedEvent({ projectId: 2 })])
  const classes = async () =>
    (
      await sql<{ days: string }[]>`
      select string_agg(project_id || ':' || retention_days, ' ' order by project_id, retention_days) as days
      from events`
    )[0]?.days

  await commitBatches(sql, [stale()], options)
  t.equal(await classes(), '1:30 2:30')
  await changeSettings(sql, 1, { retentionDays: 90 }, { userId, now: Date.now() })
  const [batch] = [stale()]
  t.match(await commitBatches(sql, [batch], options), [{ outcomes: [{ outcome: 'stored' }, { outcome: 'stored' }] }])
  t.equal(await classes(), '1:30 1:90 2:30 2:30')
  await changeSettings(sql, 1, { retentionDays: 60 }, { userId, now: Date.now() })
  await Promise.all([commitBatches(sql, [stale()], options), commitBatches(sql, [stale()], options)])
  const stored = '1:30 1:60 1:60 1:90 2:30 2:30 2:30 2:30'
  t.equal(await classes(), stored)
  t.match(await commitBatches(sql, [batch], options), [{ alreadyCommitted: true }], 'and a batch is stored once')
  t.equal(await classes(), stored)
  await foldAll(sql)
  t.same(await audit(sql), [])
})
