// Goal: outcomes, and events by release and environment, are those of the range, wherever it begins and ends. Method:
// events at random moments of some hours, some of them weighed, and ranges at random; SQL counts the rows of each
// range.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { commitBatches } from '../../../services/commit/attempt.ts'
import { addOutcomes } from '../../../services/commit/counters.ts'
import { foldAll } from '../../../services/commit/count-check.ts'
import { eventsByName } from '../../../services/counts/day-by-name.ts'
import { exactRange } from '../../../services/counts/exact-range.ts'
import { outcomesOf } from '../../../services/counts/outcomes.ts'
import { ensurePartitionsFor } from '../../../services/database/partitions.ts'
import { databaseForEvents, preparedBatch, preparedEvent } from '../../support/prepared.ts'

const hourMs = 3_600_000
const spanMs = 5 * hourMs

t.test('stored events and names are counted one by one, what else there is by its share', async t => {
  const sql = await databaseForEvents(t)
  const now = Math.floor(Date.now() / hourMs) * hourMs
  const begin = now - spanMs
  const event = fc.record({
    at: fc.integer({ min: 0, max: spanMs - 1 }),
    release: fc.constantFrom('', 'a@1', 'a@2'),
    environment: fc.constantFrom('', 'production', 'test'),
    weight: fc.constantFrom(1, 1, 5)
  })
  const sent = fc.sample(event, { numRuns: 300, seed: 11 })
  const batch = preparedBatch(
    sent.map(({ at, weight, ...names }) =>
      preparedEvent({
        receivedAt: begin + at,
        ...names,
        ...(weight === 1 ? {} : { weights: { first: weight, sampled: weight } })
      })
    )
  )
  await ensurePartitionsFor(sql, [batch], { now })
  await commitBatches(sql, [batch], { node: 'test', deadlineMs: 30_000 })
  await foldAll(sql)
  const refused = { projectId: 1, outcome: 'refused', reason: 'rate_limited', count: 60 }
  await addOutcomes(sql, [
    { ...refused, hour: begin },
    { ...refused, hour: begin + 2 * hourMs }
  ])

  const moment = fc.integer({ min: 0, max: spanMs })
  await fc.assert(
    fc.asyncProperty(moment, moment, async (one, other) => {
      const span = { from: begin + Math.min(one, other), to: begin + Math.max(one, other) }
      const range = await exactRange(sql, 1, span, now)
      const inRange = sent.filter(({ at }) => begin + at >= span.from && begin + at < span.to)
      const { sums } = await outcomesOf(sql, 1, range)
      assert.equal(sums.find(({ outcome }) => outcome === 'stored')?.count ?? 0, inRange.length)
      const overlap = (hour: number) =>
        Math.max(0, Math.min(span.to, hour + hourMs) - Math.max(span.from, hour)) / hourMs
      const share = Math.round(60 * (overlap(begin) + overlap(begin + 2 * hourMs)))
      assert.equal(sums.find(({ outcome }) => outcome === 'refused')?.count ?? 0, share)
      for (const by of ['release', 'environment'] as const) {
        const expected = new Map<string, number>()
        for (const { weight, ...names } of inRange) expected.set(names[by], (expected.get(names[by]) ?? 0) + weight)
        assert.deepEqual([...(await eventsByName(sql, 1, range, by))].sort(), [...expected].sort())
      }
    }),
    { numRuns: 60 }
  )
  const cut = await exactRange(sql, 1, { from: begin + hourMs / 2, to: now }, now)
  t.equal((await outcomesOf(sql, 1, cut)).isEstimated, true)
  const exact = await exactRange(sql, 1, { from: begin + 3.5 * hourMs, to: now }, now)
  t.equal((await outcomesOf(sql, 1, exact)).isEstimated, false, 'nothing but stored events is in the hour that is cut')
})
