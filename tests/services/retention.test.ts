// Goal: one run does everything that is due, and a second finds nothing left to do.
// Method: rows and partitions of chosen ages.
import t from 'tap'
import { clean } from '../../services/retention.ts'
import { testDatabase } from '../support/database.ts'

t.test('makes, drops and forgets what is due', async t => {
  const { sql } = await testDatabase(t)
  const now = Date.now()
  const first = await clean(sql, { now: now - 40 * 86_400_000 })
  t.equal(first.made.length, 9 * 4)
  await sql`insert into ledger (batch_id, node, committed_at) select gen_random_uuid(), 'a', now() - make_interval(days => n) from generate_series(6, 9) n`
  await sql`insert into issue_minutes (project_id, issue_id, minute, count) select 1, gen_random_uuid(), now() - make_interval(hours => n), 1 from generate_series(23, 27) n`
  await sql`insert into quarantined_events (project_id, id, error, body, created_at) select 1, gen_random_uuid(), '', '', now() - make_interval(days => n) from generate_series(29, 31) n`

  const cleaned = await clean(sql, { now })
  t.equal(cleaned.made.length, 9 * 4)
  t.match(cleaned, { batches: 3, minutes: 3, quarantined: 2 })
  t.equal(cleaned.dropped.filter(name => name.startsWith('event_keys')).length, 9)
  t.equal(cleaned.dropped.filter(name => name.startsWith('events_30')).length, 9)
  t.same(await clean(sql, { now }), { made: [], dropped: [], batches: 0, minutes: 0, quarantined: 0, feedback: 0, sessions: 0, attempts: 0 })
})
