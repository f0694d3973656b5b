// Goal: a lease has one holder at a time, a new epoch with each, and nothing of an earlier epoch is ever written.
// Method: two holders on one real database; time passes by setting `expires_at` back.
import t from 'tap'
import {
  holdsLease,
  LeaseLost,
  releaseLease,
  renewLease,
  takeLease,
  withLease,
  type Lease
} from '../../../services/database/leases.ts'
import type { Queryable, Sql } from '../../../services/database/sql.ts'
import { testDatabase } from '../../support/database.ts'

const validMs = 9_000

async function take(sql: Sql, holder: string): Promise<Lease | null> {
  return await takeLease(sql, { name: 'work', holder, validMs })
}

async function taken(sql: Sql, holder: string): Promise<Lease> {
  const lease = await take(sql, holder)
  if (lease === null) throw new Error(`${holder} could not take the lease`)
  return lease
}

async function expire(sql: Queryable): Promise<void> {
  await sql`update leases set expires_at = clock_timestamp() - interval '1 ms'`
}

t.test('one holder at a time, and the next when it has expired', async t => {
  const { sql } = await testDatabase(t)
  t.equal((await taken(sql, 'a')).epoch, 1)
  t.equal(await take(sql, 'b'), null)
  await expire(sql)
  t.equal((await taken(sql, 'b')).epoch, 2)
  t.equal(await take(sql, 'a'), null)
})

t.test('of many who try at once one gets it', async t => {
  const { sql } = await testDatabase(t, { max: 8 })
  const holders = Array.from({ length: 8 }, (_, index) => `holder ${index}`)
  t.equal((await Promise.all(holders.map(holder => take(sql, holder)))).filter(lease => lease !== null).length, 1)
  await expire(sql)
  t.equal((await Promise.all(holders.map(holder => take(sql, holder)))).filter(lease => lease !== null).length, 1)
})

t.test('renewing keeps it, also when it has expired unnoticed, and not when it was taken', async t => {
  const { sql } = await testDatabase(t)
  const lease = await taken(sql, 'a')
  await expire(sql)
  t.ok(await renewLease(sql, lease, validMs))
  t.equal(await take(sql, 'b'), null)
  await expire(sql)
  await taken(sql, 'b')
  t.notOk(await renewLease(sql, lease, validMs))
  t.notOk(await holdsLease(sql, lease))
})

t.test('one that is given back is free at once; giving back a lost one does nothing', async t => {
  const { sql } = await testDatabase(t)
  const first = await taken(sql, 'a')
  await releaseLease(sql, first)
  await taken(sql, 'b')
  await releaseLease(sql, first)
  t.equal(await take(sql, 'a'), null)
})

t.test('a holder takes over from its own earlier self at once, whose writes are refused from then on', async t => {
  const { sql } = await testDatabase(t)
  const before = await taken(sql, 'a')
  const after = await taken(sql, 'a')
  t.equal(after.epoch, before.epoch + 1)
  await t.rejects(
    withLease(sql, before, async () => {}),
    LeaseLost
  )
})

t.test('what a former holder writes is rolled back, whenever it lost the lease', async t => {
  const { sql } = await testDatabase(t)
  await sql`create table effects (epoch bigint)`
  const old = await taken(sql, 'a')
  t.equal(
    await withLease(sql, old, async sql => {
      await sql`insert into effects values (${old.epoch})`
      return 'written'
    }),
    'written'
  )

  await t.rejects(
    withLease(sql, old, async sql => {
      await sql`insert into effects values (${old.epoch})`
      await expire(sql)
      // As another node would, in the middle of this transaction; here in its own, so that it is undone with it.
      await sql`update leases set holder = 'b', epoch = epoch + 1`
    }),
    LeaseLost
  )
  await expire(sql)
  await taken(sql, 'b')
  await t.rejects(
    withLease(sql, old, async sql => {
      await sql`insert into effects values (${old.epoch})`
    }),
    LeaseLost
  )
  t.equal((await sql`select from effects`).length, 1)
})

t.test('no other node takes the lease between the check and the commit of its holder', async t => {
  const { sql } = await testDatabase(t)
  const lease = await taken(sql, 'a')
  await expire(sql)
  const holder = await sql.reserve()
  await holder`begin`
  await holder`select from leases where name = 'work' and epoch = ${lease.epoch} for share`
  const taking = taken(sql, 'b')
  for (let waiting = 0; waiting === 0;) {
    waiting = (await sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)
      .length
  }
  await holder`commit`
  holder.release()
  t.equal((await taking).epoch, 2)
})
