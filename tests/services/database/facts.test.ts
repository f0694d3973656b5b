// Goal: the facts are those of the database, and partitions count only as far as none is missing. Method: a real
// database.
import t from 'tap'
import { databaseFacts, partitionedUntil } from '../../../services/database/facts.ts'
import { ensurePartitions } from '../../../services/database/partitions.ts'
import { testDatabase } from '../../support/database.ts'

const dayMs = 86_400_000

t.test('tells version, encoding, size and how the clocks differ', async t => {
  const { sql } = await testDatabase(t, { migrated: false })
  const { version, encoding, bytes, skew } = await databaseFacts(sql)
  t.match(version, /^\d\d/)
  t.equal(encoding, 'UTF8')
  t.ok(bytes > 1_000_000)
  t.ok(Math.abs(skew.aheadMs) <= skew.toleranceMs + 1, 'it is the clock of this machine')
})

t.test('partitions count up to the first day that lacks one', async t => {
  const { sql } = await testDatabase(t)
  const now = Date.parse('2026-05-10T13:00:00Z')
  t.equal(await partitionedUntil(sql, { now }), null)

  await ensurePartitions(sql, { now, daysAhead: 3 })
  t.equal(await partitionedUntil(sql, { now }), Date.parse('2026-05-14T00:00:00Z'))
  t.equal(await partitionedUntil(sql, { now: now + 3 * dayMs }), Date.parse('2026-05-14T00:00:00Z'))
  t.equal(await partitionedUntil(sql, { now: now + 4 * dayMs }), null)

  await sql`drop table events_60_20260512`
  t.equal(await partitionedUntil(sql, { now }), Date.parse('2026-05-12T00:00:00Z'))
})
