// Goal: a chart never has more buckets than it can draw in a frame, and folding them loses no event.
import { expect, it } from 'vitest'
import { bucketsMax, folded, levelsOf, resolutionOf } from './volume.ts'

const [hourMs, dayMs] = [3_600_000, 86_400_000]
const bucket = (hour: number, error: number) => ({
  bucket: new Date(Date.UTC(2026, 10, 26, hour)).toISOString(),
  count: error + 1,
  by_level: { fatal: 1, error, warning: 0, info: 0, debug: 0 }
})

it('shows ranges up to five days by hours, two weeks by several, longer ones by days', () => {
  expect(resolutionOf(hourMs)).toEqual({ interval: 'hour', fold: 1, bucketMs: hourMs })
  expect(resolutionOf(dayMs).bucketMs).toBe(hourMs)
  expect(resolutionOf(7 * dayMs)).toEqual({ interval: 'hour', fold: 2, bucketMs: 2 * hourMs })
  expect(resolutionOf(14 * dayMs).bucketMs).toBe(4 * hourMs)
  expect(resolutionOf(90 * dayMs)).toEqual({ interval: 'day', fold: 1, bucketMs: dayMs })
})

it('stays below what can be drawn', () => {
  for (let days = 1; days <= 90; days++) {
    expect((days * dayMs) / resolutionOf(days * dayMs).bucketMs).toBeLessThanOrEqual(bucketsMax)
  }
})

it('folds from whole multiples on', () => {
  const buckets = [bucket(5, 1), bucket(6, 2), bucket(7, 3), bucket(8, 0)]
  expect(
    folded(buckets, resolutionOf(7 * dayMs)).map(({ bucket: time, count, by_level: { error } }) => [
      time.slice(11, 13),
      count,
      error
    ])
  ).toEqual([
    ['04', 2, 1],
    ['06', 7, 5],
    ['08', 1, 0]
  ])
  expect(folded(buckets, resolutionOf(dayMs))).toEqual(buckets)
})

it('sums levels and leaves out the ones that do not occur', () => {
  expect(levelsOf([bucket(5, 1), bucket(6, 2)])).toEqual([
    { value: 'fatal', count: 2 },
    { value: 'error', count: 3 }
  ])
})
