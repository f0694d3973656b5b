// Goal: events that were set aside can be seen, newest first, and go after their time.
// Method: rows of chosen ages.
import t from 'tap'
import { forgetQuarantined, listQuarantined } from '../../../services/commit/quarantine.ts'
import { testDatabase } from '../../support/database.ts'

t.test('lists the newest and forgets the old', async t => {
  const { sql } = await testDatabase(t)
  await sql`
    insert into quarantined_events (project_id, id, error, body, created_at)
    select 7, gen_random_uuid(), 'error ' || n, '{}', now() - make_interval(days => n) from generate_series(1, 5) n`
  t.match(await listQuarantined(sql, { limit: 2 }), [
    { projectId: 7, error: 'error 1' },
    { projectId: 7, error: 'error 2' }
  ])
  t.equal(await forgetQuarantined(sql, { now: Date.now(), days: 3, rowsMax: 1 }), 1)
  t.equal(await forgetQuarantined(sql, { now: Date.now(), days: 3, rowsMax: 9 }), 2)
  t.equal((await listQuarantined(sql, { limit: 9 })).length, 2)
})
