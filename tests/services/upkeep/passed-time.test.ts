// Goal: a wrong clock takes nothing, a pause needs nobody, and an operator can say that the clock is right.
// Method: the database's clock cannot be moved, so events and the time that was reached are moved into the past: to
// Mesher that is a clock that has jumped ahead.
import t, { type Test } from 'tap'
import { databaseNow } from '../../../services/database/clock.ts'
import { ensureEventPartitions } from '../../../services/database/partitions.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { clean } from '../../../services/upkeep/retention.ts'
import { confirmPassedTime, passedTime, passTime } from '../../../services/upkeep/passed-time.ts'
import { commitBatches } from '../../../services/commit/attempt.ts'
import { ensureDefaults } from '../../../services/accounts/projects.ts'
import { closeWires } from '../../../services/database/wire/pool.ts'
import { testDatabase } from '../../support/database.ts'
import { preparedBatch, preparedEvent } from '../../support/prepared.ts'

const dayMs = 86_400_000

/** A server that stopped `daysAgo` days ago with an event of each of the 30 days before. */
async function stopped(t: Test, daysAgo: number): Promise<{ sql: Sql; now: number }> {
  const { sql } = await testDatabase(t)
  t.teardown(async () => closeWires(sql))
  await ensureDefaults(sql)
  const now = await databaseNow(sql)
  const stop = now - daysAgo * dayMs
  await ensureEventPartitions(sql, { retentionDays: 30, from: stop - 29 * dayMs, to: stop })
  for (let day = 0; day < 30; day++) await store(sql, stop - day * dayMs)
  await sql`update passed_time set until = ${new Date(stop)}`
  return { sql, now }
}

async function store(sql: Sql, receivedAt: number): Promise<void> {
  await commitBatches(sql, [preparedBatch([preparedEvent({ receivedAt })])], { node: 'test', deadlineMs: 10_000 })
}

/** As if the last step had been taken half a day ago. */
async function later(sql: Sql): Promise<void> {
  await sql`update passed_time set stepped_at = stepped_at - interval '12 hours'`
}

async function eventCount(sql: Sql): Promise<number> {
  return (await sql`select from events`).length
}

t.test('a clock 45 days ahead of every event drops nothing, however often it is asked', async t => {
  const { sql } = await stopped(t, 45)
  for (let run = 0; run < 3; run++) {
    const { dropped, kept, waitsFor } = await clean(sql)
    t.same(
      dropped.filter(name => name.startsWith('events')),
      []
    )
    t.equal(kept.length, 30)
    t.equal(waitsFor, 'events')
    await later(sql)
  }
  t.equal(await eventCount(sql), 30)
  t.match(await passedTime(sql), { waitsFor: 'events' })
})

t.test('after a pause of two weeks the next event lets a day at a time go, at most one every four hours', async t => {
  const { sql, now } = await stopped(t, 14)
  t.equal((await clean(sql)).waitsFor, 'events')
  await store(sql, now)
  t.same(eventsOf(await clean(sql)), [], 'the first step reaches what was due when it stopped')
  const again = await clean(sql)
  t.same([eventsOf(again), again.waitsFor], [[], 'next_step'], 'a restart does not hurry it')

  let runs = 0
  for (let waitsFor = 'next_step'; waitsFor === 'next_step'; runs++) {
    await later(sql)
    const cleaned = await clean(sql)
    t.ok(eventsOf(cleaned).length <= 1)
    waitsFor = cleaned.waitsFor
  }
  t.equal(runs, 13)
  t.same(eventsOf(await clean(sql)), [])
  t.equal((await passedTime(sql)).waitsFor, 'nothing')
})

function eventsOf({ dropped }: { dropped: string[] }): string[] {
  return dropped.filter(name => name.startsWith('events'))
}

t.test('an operator who confirms the clock has everything that is due dropped at the next run', async t => {
  const { sql } = await stopped(t, 45)
  await confirmPassedTime(sql)
  t.equal(eventsOf(await clean(sql)).length, 30)
  t.equal(await eventCount(sql), 0)
})

t.test('a running server follows the clock without events, also when it was put back for a while', async t => {
  const { sql, now } = await stopped(t, 0)
  t.equal((await passTime(sql)).waitsFor, 'nothing')
  await sql`update passed_time set until = ${new Date(now + 3 * dayMs)}`
  const { until } = await passTime(sql)
  t.ok(until < now + dayMs, 'nothing is due before its time by the clock')
  t.match(await sql`select until from passed_time`, [{ until: new Date(now + 3 * dayMs) }])
})

t.test('what was stored before this was kept track of counts from its newest event', async t => {
  const { sql, now } = await stopped(t, 20)
  await sql`update passed_time set until = null`
  t.same(eventsOf(await clean(sql)), [], 'an upgrade drops nothing that was not due at the newest event')
  const { until } = await passedTime(sql)
  t.ok(until <= now - 19 * dayMs)
})
