// Goal: changes and rates are said as people read them, and nothing is said of what cannot be compared.
import { expect, test } from 'vitest'
import { changeWords, perHour } from './changeWords.ts'

test('changes', () => {
  expect(
    [
      [10, 15],
      [10, 8],
      [10, 10],
      [10, 32],
      [1, 250],
      [0, 5],
      [4, 0]
    ].map(([before = 0, after = 0]) => changeWords(before, after))
  ).toEqual(['+50%', '−20%', '±0%', '×3.2', '×250', '', '−100%'])
})

test('rates', () => {
  expect([0, 0.042, 1.26, 12.6, 1234.5].map(perHour)).toEqual(['0', '0.04', '1.3', '13', '1,235'])
})
