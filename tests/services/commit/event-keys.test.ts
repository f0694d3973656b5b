// Goal: a client event id is known from its commit for at least a day, also over midnight, and in the very minutes
// after it. Method: the function of the database is called with chosen times, on days of the past.
import t from 'tap'
import { sqlStateOf } from '../../../services/database/errors.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { forgetBatches } from '../../../services/commit/ledger.ts'
import { ensurePartitions } from '../../../services/database/partitions.ts'
import { testDatabase } from '../../support/database.ts'

const event = '11111111-1111-1111-1111-111111111111'

async function databaseAt(t: Parameters<typeof testDatabase>[0]): Promise<Sql> {
  const { sql } = await testDatabase(t)
  await ensurePartitions(sql, { now: Date.parse('2026-03-02T00:00:00Z'), daysAhead: 2 })
  return sql
}

async function claim(sql: Sql, at: string): Promise<'claimed' | 'known'> {
  return sql`select claim_event_keys('{1}', ${[event]}::uuid[], array[gen_random_uuid()], ${at}::timestamptz)`.then(
    () => 'claimed' as const,
    (error: unknown) => {
      if (['23505', 'MSH02'].includes(sqlStateOf(error) ?? '')) return 'known'
      throw error
    }
  )
}

t.test('is known on its day and the whole day after', async t => {
  const sql = await databaseAt(t)
  t.equal(await claim(sql, '2026-03-01T12:00:00Z'), 'claimed')
  t.equal(await claim(sql, '2026-03-01T23:59:59Z'), 'known')
  t.equal(await claim(sql, '2026-03-02T00:00:00Z'), 'known')
  t.equal(await claim(sql, '2026-03-02T12:00:00Z'), 'known')
  t.equal(await claim(sql, '2026-03-02T23:59:59Z'), 'known')
  t.equal(await claim(sql, '2026-03-03T00:30:00Z'), 'claimed')
})

t.test('two commits on the two sides of midnight do not both claim it', async t => {
  const sql = await databaseAt(t)
  const before = await sql.reserve()
  await before`begin`
  await before`select claim_event_keys('{1}', ${[event]}::uuid[], array[gen_random_uuid()], '2026-03-01T23:59:59Z')`
  const after = claim(sql, '2026-03-02T00:00:01Z')
  for (let waiting = false; !waiting;) {
    const [row] = await sql<{ waiting: boolean }[]>`
      select exists (select from pg_stat_activity where wait_event = 'transactionid'
        and datname = current_database()) as waiting`
    waiting = row?.waiting ?? false
  }
  await before`commit`
  before.release()
  t.equal(await after, 'known')
})

t.test('batches are forgotten after their time, some at a time', async t => {
  const { sql } = await testDatabase(t)
  await sql`
    insert into ledger (batch_id, node, committed_at) select gen_random_uuid(), 'a', now() - make_interval(days => n)
    from generate_series(1, 10) n`
  t.equal(await forgetBatches(sql, { now: Date.now(), days: 5, rowsMax: 4 }), 4)
  t.equal(await forgetBatches(sql, { now: Date.now(), days: 5, rowsMax: 4 }), 2)
})
