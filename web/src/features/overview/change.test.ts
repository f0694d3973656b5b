// Goal: a comparison with the time before is fair to an hour that has just begun, and says nothing where there is
// nothing to compare with.
import { expect, it } from 'vitest'
import { changeOf, changeText } from './change.ts'

const hourMs = 3_600_000

it('compares by the hour', () => {
  const before = { count: 240, from: 0, to: 24 * hourMs }
  expect(changeOf({ count: 240, from: 24 * hourMs, to: 48 * hourMs }, before)).toBe(0)
  expect(changeOf({ count: 245, from: 24 * hourMs, to: 48.5 * hourMs }, before)).toBe(0)
  expect(changeOf({ count: 300, from: 24 * hourMs, to: 48 * hourMs }, before)).toBe(0.25)
})

it('says nothing of what began just now', () => {
  expect(changeOf({ count: 5, from: 1, to: 2 }, { count: 0, from: 0, to: 1 })).toBeNull()
  expect(changeOf({ count: 5, from: 2, to: 2 }, { count: 5, from: 0, to: 2 })).toBeNull()
})

it('is short', () => {
  expect([0.25, -0.08, 0.001, -1, 8.9, 9, 120.4].map(changeText)).toEqual([
    '+25%',
    '−8%',
    '±0%',
    '−100%',
    '+890%',
    '×10',
    '×99+'
  ])
})
