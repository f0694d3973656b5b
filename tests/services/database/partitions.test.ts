// Goal: partitions exist before they are needed, old ones go, and neither waits for a writer longer than it may.
// Method: chosen days, the catalogue of the database, and a transaction that stands in the way.
import t from 'tap'
import { commitBatches } from '../../../services/commit/attempt.ts'
import {
  dropExpiredPartitions,
  ensurePartitions,
  ensurePartitionsFor,
  settlePastDays
} from '../../../services/database/partitions.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { ensureDefaults } from '../../../services/accounts/projects.ts'
import { databaseForEvents, preparedBatch, preparedEvent } from '../../support/prepared.ts'
import { testDatabase } from '../../support/database.ts'

const dayMs = 86_400_000
const now = Date.parse('2026-03-01T12:00:00Z')

async function partitionsOf(sql: Sql, parent: string): Promise<string[]> {
  const rows = await sql<
    { name: string }[]
  >`select inhrelid::regclass::text as name from pg_inherits where inhparent = ${parent}::regclass order by 1`
  return rows.map(row => row.name)
}

t.test('makes yesterday, today and the days ahead, for every class, once', async t => {
  const { sql } = await testDatabase(t)
  const made = await ensurePartitions(sql, { now, daysAhead: 2 })
  t.equal(made.length, 4 * 4)
  t.same(await partitionsOf(sql, 'event_keys'), [
    'event_keys_20260228',
    'event_keys_20260301',
    'event_keys_20260302',
    'event_keys_20260303'
  ])
  t.ok((await partitionsOf(sql, 'events')).includes('events_90_20260303'))
  t.same(await ensurePartitions(sql, { now, daysAhead: 2 }), [])
  t.same(await ensurePartitions(sql, { now: now + dayMs, daysAhead: 2 }), [
    'event_keys_20260304',
    'events_30_20260304',
    'events_60_20260304',
    'events_90_20260304'
  ])
})

t.test('two nodes that make the same partitions at once do not get in each other’s way', async t => {
  const { sql } = await testDatabase(t)
  const made = await Promise.all([1, 2, 3].map(() => ensurePartitions(sql, { now, daysAhead: 1 })))
  t.equal(made.flat().length, 3 * 4)
})

t.test('makes what a batch of old events needs', async t => {
  const { sql } = await testDatabase(t)
  const batch = preparedBatch([
    preparedEvent({ receivedAt: now - 20 * dayMs, retentionDays: 60 }),
    preparedEvent({ receivedAt: now })
  ])
  t.same(await ensurePartitionsFor(sql, [batch], { now }), [
    'event_keys_20260228',
    'event_keys_20260301',
    'events_30_20260209',
    'events_60_20260209',
    'events_90_20260209',
    'events_30_20260301',
    'events_60_20260301',
    'events_90_20260301'
  ])
})

t.test('partitions have the indexes of their parent, and what the hot path needs', async t => {
  const { sql } = await testDatabase(t)
  await ensurePartitions(sql, { now, daysAhead: 0 })
  const [row] = await sql<{ indexes: string[]; options: string[] }[]>`
    select (select array_agg(indexdef order by indexdef) from pg_indexes
      where tablename = 'events_30_20260301') as indexes,
      (select reloptions from pg_class where relname = 'events_30_20260301') as options`
  t.match(row?.indexes, [
    /btree \(issue_id, id\)/,
    /gin \(search\).*gin_pending_list_limit/,
    /UNIQUE.*\(project_id, received_at, id, retention_days\)/
  ])
  t.match(row?.options, ['toast_tuple_target=8160'])
})

t.test('drops each class of events when its time is over; without projects event keys after a full day', async t => {
  const { sql } = await testDatabase(t)
  await ensurePartitions(sql, { now, daysAhead: 0 })
  t.same(await dropExpiredPartitions(sql, { now }), [])
  t.same(await dropExpiredPartitions(sql, { now: Date.parse('2026-03-02T00:00:00Z') }), ['event_keys_20260228'])
  t.same(await dropExpiredPartitions(sql, { now: Date.parse('2026-03-31T00:00:00Z') }), [
    'event_keys_20260301',
    'events_30_20260228'
  ])
  t.same(await dropExpiredPartitions(sql, { now: Date.parse('2026-04-30T00:00:00Z') }), [
    'events_30_20260301',
    'events_60_20260228'
  ])
})

t.test('keeps event keys as long as any project keeps events', async t => {
  const { sql } = await testDatabase(t)
  await ensureDefaults(sql)
  await ensurePartitions(sql, { now, daysAhead: 0 })
  const droppedBy = async (at: string) => (await dropExpiredPartitions(sql, { now: Date.parse(at) })).filter(isOfKeys)
  await sql`update projects set retention_days = 60, retention_classes = '{30,60}'`
  t.same(await droppedBy('2026-04-29T00:00:00Z'), [])
  t.same(await droppedBy('2026-04-30T00:00:00Z'), ['event_keys_20260228'])
  await sql`update projects set retention_days = 30, retention_classes = '{30}'`
  t.same(await droppedBy('2026-04-30T00:00:00Z'), ['event_keys_20260301'])
})

function isOfKeys(name: string): boolean {
  return name.startsWith('event_keys')
}

t.test('sorts into the search indexes what waits there of past days, and leaves today alone', async t => {
  const sql = await databaseForEvents(t)
  const now = Date.now()
  const of = (receivedAt: number) => preparedEvent({ receivedAt })
  await commitBatches(sql, [preparedBatch([of(now), of(now - dayMs)])], { node: 'test', deadlineMs: 30_000 })
  t.ok((await settlePastDays(sql, { now })) > 0)
  t.equal(await settlePastDays(sql, { now }), 0)
  t.ok((await settlePastDays(sql, { now: now + dayMs })) > 0, 'today was left alone')
})

t.test('finishes a detaching that was cut short', async t => {
  const { sql } = await testDatabase(t)
  await ensurePartitions(sql, { now, daysAhead: 0 })
  const reader = await sql.reserve()
  await reader`begin`
  await reader`select count(*) from event_keys`
  const session = await sql.reserve()
  await session`set lock_timeout = '100ms'`
  await t.rejects(session.unsafe('alter table event_keys detach partition event_keys_20260228 concurrently'))
  session.release()
  await reader`commit`
  reader.release()

  t.same(await dropExpiredPartitions(sql, { now: Date.parse('2026-03-03T00:00:00Z') }), [
    'event_keys_20260228',
    'event_keys_20260301'
  ])
  t.same(await partitionsOf(sql, 'event_keys'), [])
  t.equal((await sql`select from pg_class where relname = 'event_keys_20260228'`).length, 0)
})

t.test('drops what was detached and is still there, when its time is over', async t => {
  const { sql } = await testDatabase(t)
  await ensurePartitions(sql, { now, daysAhead: 0 })
  await sql.unsafe('alter table events detach partition events_30_20260228')
  t.same(await dropExpiredPartitions(sql, { now }), [])
  t.same(await dropExpiredPartitions(sql, { now: Date.parse('2026-03-31T00:00:00Z') }), [
    'events_30_20260228',
    'event_keys_20260228',
    'event_keys_20260301'
  ])
})

t.test('a reader that is in the way of a drop is not waited for; the next run drops', async t => {
  const { sql } = await testDatabase(t)
  await ensurePartitions(sql, { now, daysAhead: 0 })
  const reader = await sql.reserve()
  await reader`begin`
  await reader`select count(*) from events_30_20260228`
  const at = Date.parse('2026-03-31T00:00:00Z')
  await t.rejects(dropExpiredPartitions(sql, { now: at }), { code: '55P03' })
  await reader`commit`
  reader.release()
  t.ok((await dropExpiredPartitions(sql, { now: at })).includes('events_30_20260228'))
})

for (const [end, last, first] of [
  ['month', '2026-04-30', '2026-05-01'],
  ['February of a leap year', '2028-02-29', '2028-03-01'],
  ['year', '2026-12-31', '2027-01-01']
] as const) {
  t.test(
    `events before and after midnight at the end of a ${end} are stored, and dropped, each with its day`,
    async t => {
      const { sql } = await testDatabase(t)
      const midnight = Date.parse(`${first}T00:00:00Z`)
      const digits = (day: string): string => day.replaceAll('-', '')
      await ensurePartitions(sql, { now: midnight - 1, daysAhead: 7 })
      t.same(await ensurePartitions(sql, { now: midnight - 1, daysAhead: 7 }), [])
      t.equal(
        (await ensurePartitions(sql, { now: midnight, daysAhead: 7 })).length,
        4,
        'at midnight one day more is made ahead'
      )

      for (const [at, day] of [
        [midnight - 1, last],
        [midnight, first]
      ] as const) {
        await sql`
        insert into events (project_id, received_at, id, retention_days, issue_id, occurred_at, level, environment,
          release, "user", message, search, payload)
        select 1, ${new Date(at)}, gen_random_uuid(), days, gen_random_uuid(), now(), 'error', '', '', '', '', '', '{}'
        from unnest('{30,60,90}'::smallint[]) days`
        const rows = await sql<
          { name: string }[]
        >`select tableoid::regclass::text as name from events where received_at = ${new Date(at)} order by 1`
        t.same(
          rows.map(({ name }) => name),
          [30, 60, 90].map(days => `events_${days}_${digits(day)}`)
        )
      }
      const eventsDroppedAt = async (at: number): Promise<string[]> =>
        (await dropExpiredPartitions(sql, { now: at })).filter(name => name.startsWith('events_30'))
      await eventsDroppedAt(midnight + 29 * dayMs)
      t.same(await eventsDroppedAt(midnight + 30 * dayMs - 1), [])
      t.same(await eventsDroppedAt(midnight + 30 * dayMs), [`events_30_${digits(last)}`])
      t.same(await eventsDroppedAt(midnight + 31 * dayMs), [`events_30_${digits(first)}`])
    }
  )
}

t.test('a partition is made while a writer is in the middle of its transaction', async t => {
  const sql = await databaseForEvents(t)
  const writer = await sql.reserve()
  await writer`begin`
  await writer`
    insert into event_keys (project_id, event_id, day, id)
    values (1, gen_random_uuid(), (now() at time zone 'utc')::date, gen_random_uuid())`
  const event = preparedEvent({ receivedAt: Date.now() - 10 * dayMs })
  await ensurePartitionsFor(sql, [preparedBatch([event])], { now: Date.now() })
  await writer`rollback`
  writer.release()
  const [committed] = await commitBatches(sql, [preparedBatch([event])], { node: 'test', deadlineMs: 30_000 })
  t.equal(committed?.stored.length, 1)
})
