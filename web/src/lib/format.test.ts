// Goal: numbers and times as tables show them.
import { expect, it } from 'vitest'
import { bytes, counted, initials, percent, short } from './format.ts'
import { duration, relative, span } from './time.ts'

it('shortens numbers only where they are long', () => {
  expect([0, 9_999, 10_000, 431_400, 2_500_000].map(short)).toEqual(['0', '9,999', '10K', '431.4K', '2.5M'])
  expect([counted(1, 'event'), counted(2_000, 'event')]).toEqual(['1 event', '2,000 events'])
  expect([percent(0, 0), percent(1, 1_000), percent(1, 3)]).toEqual(['0%', '<1%', '33%'])
  expect([0, 1_023, 1_024, 150 * 1_024, 3 * 1_024 ** 3].map(bytes)).toEqual([
    '0 B',
    '1023 B',
    '1 KiB',
    '150 KiB',
    '3 GiB'
  ])
  expect([initials('Ada Lovelace'), initials('grace@example.com'), initials('')]).toEqual(['AL', 'G', '?'])
})

it('tells times by one unit, uptimes by two', () => {
  const at = Date.UTC(2026, 0, 31)
  expect(
    [49_000, 300_000, 3 * 3_600_000, 12 * 86_400_000, 90 * 86_400_000, 900 * 86_400_000].map(ms => span(ms))
  ).toEqual(['49s', '5m', '3h', '12d', '3mo', '2y'])
  expect([relative(at - 5_000, at), relative(at - 300_000, at), relative(at + 7_200_000, at)]).toEqual([
    'just now',
    '5m ago',
    'in 2h'
  ])
  expect([duration(0), duration(65), duration(90_000), duration(86_400)]).toEqual(['0s', '1m 5s', '1d 1h', '1d'])
})
