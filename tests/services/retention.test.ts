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
  t.same(await clean(sql, { now }), { made: [], dropped: [], batches: 0, minutes: 0, quarantined: 0, feedback: 0, sessions: 0, attempts: 0, invites: 0, deliveries: 0, ruleMinutes: 0, foldedDays: 0 })
})

t.test('a step that fails keeps none of the others from being done, and is told', async t => {
  const { sql } = await testDatabase(t)
  const now = Date.now()
  await clean(sql, { now: now - 40 * 86_400_000 })
  await sql`insert into ledger (batch_id, node, committed_at) select gen_random_uuid(), 'a', now() - interval '9 days'`
  const reader = await sql.reserve()
  await reader`begin`
  await reader`select count(*) from event_keys`
  await t.rejects(clean(sql, { now }), { code: '55P03' })
  await reader`commit`
  reader.release()
  t.equal((await sql`select from ledger`).length, 0)
  t.ok((await clean(sql, { now })).dropped.length > 0)
})

t.test('whoever has lost the lease leaves the rest to others', async t => {
  const { sql } = await testDatabase(t)
  await sql`insert into ledger (batch_id, node, committed_at) select gen_random_uuid(), 'a', now() - interval '9 days'`
  let steps = 0
  const { made } = await clean(sql, { now: Date.now(), isHeld: async () => ++steps === 1 })
  t.ok(made.length > 0)
  t.equal((await sql`select from ledger`).length, 1)
})
