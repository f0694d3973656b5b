// Goal: bars are stacked without gaps, ticks reach over the highest, names are few.
// Method: buckets of several days, and properties of any numbers.
import { expect, it } from 'vitest'
import { axisNames, barsOf, presentLevels, ticksOf } from './bars.ts'

const none = { fatal: 0, error: 0, warning: 0, info: 0, debug: 0 }
const hours = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    bucket: new Date(Date.UTC(2026, 0, 1, index)).toISOString(),
    count: 3,
    by_level: { ...none, error: 2, info: 1 }
  }))

it('stacks levels from below, what is worst on the axis', () => {
  const [bucket] = hours(1)
  if (bucket === undefined) throw new Error('there is no bucket')
  expect(presentLevels([bucket])).toEqual(['error', 'info'])
  expect(barsOf([bucket], ['error', 'info'])).toEqual([
    { index: 0, level: 'error', from: 0, to: 2 },
    { index: 0, level: 'info', from: 2, to: 3 }
  ])
  expect(barsOf([bucket], ['info'])).toEqual([{ index: 0, level: 'info', from: 0, to: 1 }])
  expect(barsOf([{ bucket: '', count: 7 }], [])).toEqual([{ index: 0, level: null, from: 0, to: 7 }])
})

it('has three to five ticks of whole numbers that reach over the highest', () => {
  for (const highest of [0, 1, 2, 3, 7, 10, 99, 100, 101, 2_483, 10_000, 8_388_608]) {
    const ticks = ticksOf(highest)
    expect(ticks[0]).toBe(0)
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(highest)
    expect(ticks.length).toBeLessThanOrEqual(5)
    expect(ticks.every(Number.isInteger)).toBe(true)
  }
})

it('has ticks of bytes in whole units of theirs', () => {
  expect(ticksOf(2.4 * 1_024 ** 2, 'bytes')).toEqual([0, 1, 2, 3].map(many => many * 1_024 ** 2))
  expect(ticksOf(0, 'bytes')).toEqual([0, 1])
})

it('names hours of a day, days of more, and never too many', () => {
  expect(axisNames(hours(24), 'hour', 8)).toHaveLength(8)
  const days = axisNames(hours(24 * 7), 'hour', 8)
  expect(days.length).toBeLessThanOrEqual(8)
  expect(new Set(days.map(({ text }) => text)).size).toBe(days.length)
  expect(axisNames([], 'day', 8)).toEqual([])
})
