// Goal: a node knows how far its clock is from the database's, and goes by the database's when that is far.
// Method: a clock of the test's own beside a real database.
import t from 'tap'
import { isSkewed, nodeClock } from '../../../services/database/clock.ts'
import { testDatabase } from '../../support/database.ts'

const dayMs = 86_400_000

t.test('a small difference is measured and left alone, a large one is made up for', async t => {
  const { sql } = await testDatabase(t, { migrated: false })
  let wrongBy = 0
  const clock = nodeClock(sql, () => Date.now() + wrongBy)
  await clock.measure()
  t.notOk(clock.isSkewed())

  for (const difference of [45 * dayMs, -45 * dayMs, 60_000]) {
    wrongBy = difference
    await clock.measure()
    const { aheadMs, toleranceMs } = clock.skew()
    t.ok(Math.abs(aheadMs - difference) <= toleranceMs + 1)
    t.ok(clock.isSkewed())
    t.ok(Math.abs(clock.now() - Date.now()) < dayMs / 1_000, "the time is the database's")
  }
  wrongBy = 0
  await clock.measure()
  t.notOk(clock.isSkewed(), 'it was put right')
})

t.test('a slow way to the database is no wrong clock', async t => {
  t.notOk(isSkewed({ aheadMs: 12_000, toleranceMs: 3_000 }))
  t.ok(isSkewed({ aheadMs: -14_000, toleranceMs: 3_000 }))
})
