// Goal: percentiles that are right to the width of a bucket, over the whole range.
// Method: known series, and each power of two with its neighbours recorded alone.
import t from 'tap'
import { createHistogram, percentileUs, record, summaryMs } from '../../bench/load/histogram.ts'

t.test('gives percentiles of an even series', async t => {
  const histogram = createHistogram()
  for (let us = 1; us <= 100_000; us++) record(histogram, us)

  for (const share of [0.01, 0.5, 0.9, 0.99, 1]) {
    const us = percentileUs(histogram, share)
    t.ok(us >= share * 100_000 && us <= share * 100_000 * 1.016 + 1, `${share}: ${us}`)
  }
})

t.test('is right to 1.6 % for every size', async t => {
  for (let power = 0; power < 31; power++) {
    for (const us of [2 ** power - 1, 2 ** power, 2 ** power + 1]) {
      const histogram = createHistogram()
      record(histogram, us)
      record(histogram, 2 ** 31)
      const seen = percentileUs(histogram, 0.5)
      t.ok(seen >= us && seen <= us * 1.016 + 1, `${us}: ${seen}`)
    }
  }
})

t.test('says zero when nothing was recorded', async t => {
  t.same(summaryMs(createHistogram()), { p50: 0, p90: 0, p99: 0, max: 0 })
})

t.test('never says more than the greatest that was recorded', async t => {
  const histogram = createHistogram()
  record(histogram, 1_000_003)
  t.equal(percentileUs(histogram, 0.99), 1_000_003)
})
