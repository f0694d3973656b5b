// Goal: one run does everything that is due, and a second finds nothing left to do.
// Method: rows and partitions of chosen ages.
import t from 'tap'
import { ensureDefaults } from '../../../services/accounts/projects.ts'
import { ensurePartitions } from '../../../services/database/partitions.ts'
import { clean } from '../../../services/upkeep/retention.ts'
import { createUser } from '../../../services/accounts/users.ts'
import { testDatabase } from '../../support/database.ts'

t.test('makes, drops and forgets what is due', async t => {
  const { sql } = await testDatabase(t)
  await ensurePartitions(sql, { now: Date.now() - 40 * 86_400_000 })
  await sql`
    insert into ledger (batch_id, node, committed_at) select gen_random_uuid(), 'a', now() - make_interval(days => n)
    from generate_series(6, 9) n`
  await sql`
    insert into issue_minutes (project_id, issue_id, minute, count) select 1, gen_random_uuid(),
      now() - make_interval(hours => n), 1 from generate_series(23, 27) n`
  await sql`
    insert into quarantined_events (project_id, id, error, body, created_at)
    select 1, gen_random_uuid(), '', '', now() - make_interval(days => n) from generate_series(29, 31) n`

  const cleaned = await clean(sql)
  t.equal(cleaned.made.length, 9 * 4)
  t.match(cleaned, { batches: 3, minutes: 3, quarantined: 2 })
  t.equal(cleaned.dropped.filter(name => name.startsWith('event_keys')).length, 9)
  t.equal(cleaned.dropped.filter(name => name.startsWith('events_30')).length, 9)
  t.same(await clean(sql), {
    made: [],
    dropped: [],
    kept: [],
    waitsFor: 'nothing',
    batches: 0,
    minutes: 0,
    quarantined: 0,
    feedback: 0,
    keyUses: 0,
    sessions: 0,
    attempts: 0,
    clients: 0,
    invites: 0,
    recipients: 0,
    deliveries: 0,
    ruleMinutes: 0,
    ruleUsers: 0,
    wordSets: 0,
    artifacts: 0,
    foldedDays: 0
  })
})

t.test(
  'forgets old sessions, attempts, clients, invites, recipients, deliveries, counts and feedback, and no more',
  async t => {
    const { sql } = await testDatabase(t)
    await ensureDefaults(sql)
    const user = await createUser(sql, { email: 'a@example.com', name: '', passwordHash: '', isInstanceAdmin: false })
    await sql`
    insert into sessions (id, secret_hash, user_id, created_at, last_used_at, expires_at)
    select gen_random_uuid(), sha256(n::text::bytea), ${user?.id ?? ''}, now(), now(),
      now() - n * interval '1 hour 1 second' from unnest(array[-2, -1, 1, 2]) n`
    await sql`
      insert into login_attempts (subject, attempts, window_started_at)
      select n::text, 1, now() - n * interval '1 hour 1 second' from generate_series(0, 2) n`
    await sql`
      insert into known_clients (user_id, client, last_used_at)
      select ${user?.id ?? ''}, n::text, now() - n * interval '1 day 1 second' from unnest(array[0, 89, 90, 91]) n`
    await sql`
    insert into invites (organization_id, id, secret_hash, email, role, created_at, expires_at)
    select (select id from organizations), gen_random_uuid(), sha256(n::text::bytea), '', 'member', now(),
      now() - n * interval '1 day 1 second' from unnest(array[-1, 29, 30, 31]) n`
    await sql`
      insert into mail_recipients (organization_id, email, asked_at)
      select (select id from organizations), n || '@example.com', now() - n * interval '1 day 1 second'
      from unnest(array[0, 29, 30, 31]) n`
    await sql`
    insert into alert_deliveries (project_id, id, rule_id, notification_id, action, next_attempt_at, created_at)
    select 1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '{}', now(),
      now() - n * interval '1 day 1 second' from unnest(array[0, 29, 30, 31]) n`
    await sql`
    insert into alert_rule_minutes (project_id, rule_id, issue_id, minute, count)
    select 1, gen_random_uuid(), gen_random_uuid(), now() - n * interval '1 hour 1 second', 1
    from unnest(array[0, 24, 25, 26]) n`
    await sql`
    insert into user_feedback (project_id, id, received_at, name, email, message, url, environment, release)
    select id, gen_random_uuid(), now() - n * interval '1 day 1 second', '', '', '', '', '', ''
    from projects cross join unnest(array[29, retention_days - 1, retention_days, retention_days + 1]) n`
    t.match(await clean(sql), {
      sessions: 2,
      attempts: 2,
      clients: 2,
      invites: 2,
      recipients: 2,
      deliveries: 2,
      ruleMinutes: 2,
      ruleUsers: 0,
      wordSets: 0,
      feedback: 2
    })
    t.match(await clean(sql), {
      sessions: 0,
      attempts: 0,
      clients: 0,
      invites: 0,
      recipients: 0,
      deliveries: 0,
      ruleMinutes: 0,
      ruleUsers: 0,
      wordSets: 0,
      artifacts: 0,
      feedback: 0
    })
  }
)

t.test('a step that fails does not keep the others from running, and is reported', async t => {
  const { sql } = await testDatabase(t)
  await ensurePartitions(sql, { now: Date.now() - 40 * 86_400_000 })
  await sql`insert into ledger (batch_id, node, committed_at) select gen_random_uuid(), 'a', now() - interval '9 days'`
  const reader = await sql.reserve()
  await reader`begin`
  await reader`select count(*) from event_keys`
  await t.rejects(clean(sql), { code: '55P03' })
  await reader`commit`
  reader.release()
  t.equal((await sql`select from ledger`).length, 0)
  t.ok((await clean(sql)).dropped.length > 0)
})

t.test('every failure of several steps is reported', async t => {
  const { sql } = await testDatabase(t)
  await sql`alter table ledger rename to away`
  await sql`alter table user_feedback rename to gone`
  const error: unknown = await clean(sql).catch((error: unknown) => error)
  t.match(error, { message: '2 steps failed', errors: [/"ledger" does not exist/, /"user_feedback" does not exist/] })
})

t.test('a lease that cannot be read hides no failure of a step before it', async t => {
  const { sql } = await testDatabase(t)
  await sql`alter table ledger rename to away`
  let steps = 0
  const isHeld = async () => {
    steps += 1
    if (steps > 6) throw new Error('the lease cannot be read')
    return true
  }
  const error: unknown = await clean(sql, { isHeld }).catch((error: unknown) => error)
  t.match(error, { errors: [/"ledger" does not exist/, /the lease cannot be read/] })
  t.equal(steps, 7, 'the steps after it are left out')
})

t.test('a node that has lost the lease leaves the rest to others', async t => {
  const { sql } = await testDatabase(t)
  await sql`insert into ledger (batch_id, node, committed_at) select gen_random_uuid(), 'a', now() - interval '9 days'`
  let steps = 0
  const { made } = await clean(sql, { isHeld: async () => ++steps === 1 })
  t.ok(made.length > 0)
  t.equal((await sql`select from ledger`).length, 1)
})
