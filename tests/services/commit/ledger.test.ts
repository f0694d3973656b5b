// Goal: the ledger forgets what no spool can replay any more, keeps what one may, and has a size at most.
// Method: rows of nodes that have said this or that of their spools.
import t from 'tap'
import { forgetBatches, forgetExcess, forgetSpools, noteSpool } from '../../../services/commit/ledger.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { testDatabase } from '../../support/database.ts'

const hourMs = 3_600_000
const bounds = { days: 7, rowsMax: 1_000 }

/** A batch of each node from each of these hours. */
async function committed(sql: Sql, nodes: string[], hoursAgo: number[]): Promise<void> {
  await sql`
    insert into ledger (batch_id, node, committed_at)
    select gen_random_uuid(), node, now() - make_interval(mins => hours * 60 + 1)
    from unnest(${nodes}::text[]) node cross join unnest(${hoursAgo}::int[]) hours`
}

async function left(sql: Sql): Promise<Record<string, number[]>> {
  const rows = await sql<{ node: string; hours: number[] }[]>`
    select node, array_agg(extract(epoch from now() - committed_at)::int / 3600 order by committed_at desc) as hours
    from ledger group by node order by node`
  return Object.fromEntries(rows.map(({ node, hours }) => [node, hours]))
}

t.test('what was committed before the oldest file of any spool goes, if its node has said so since', async t => {
  const { sql } = await testDatabase(t)
  await committed(sql, ['empty', 'gone', 'waiting'], [0, 2, 5, 30, 200])
  await noteSpool(sql, { node: 'empty', oldestMs: null })
  await noteSpool(sql, { node: 'gone', oldestMs: null })
  await sql`update spools set noted_at = now() - interval '10 hours' where node = 'gone'`
  t.equal(await forgetBatches(sql, { now: Date.now(), ...bounds }), 3 + 3 + 1, 'too old, and replayed')
  t.same(await left(sql), { empty: [0], gone: [0, 2, 5], waiting: [0, 2, 5, 30] })

  await committed(sql, ['empty'], [2, 5, 30])
  await noteSpool(sql, { node: 'waiting', oldestMs: 4 * hourMs })
  await forgetBatches(sql, { now: Date.now(), ...bounds })
  t.same(await left(sql), { empty: [0, 2], gone: [0, 2, 5], waiting: [0, 2] }, 'a file may hold batches of any node')

  await forgetSpools(sql, { now: Date.now() + 8 * 24 * hourMs, days: 7 })
  t.equal((await sql`select from spools`).length, 0)
})

t.test('a clock that runs ahead of the time that has passed is not believed', async t => {
  const { sql } = await testDatabase(t)
  await committed(sql, ['a'], [2, 30])
  await noteSpool(sql, { node: 'a', oldestMs: null })
  t.equal(await forgetBatches(sql, { now: Date.now() - 20 * hourMs, ...bounds }), 1)
})

t.test('beyond its size the oldest go, but none that may be on its way', async t => {
  const { sql } = await testDatabase(t)
  await committed(sql, ['a'], [0, 2, 5, 30])
  await sql`analyze ledger`
  t.equal(await forgetExcess(sql, { now: Date.now(), batchesMax: 3, rowsMax: 2 }), 1)
  t.same(await left(sql), { a: [0, 2, 5] })
  await sql`analyze ledger`
  t.equal(await forgetExcess(sql, { now: Date.now(), batchesMax: 0, rowsMax: 1 }), 2)
  t.same(await left(sql), { a: [0] })
})
