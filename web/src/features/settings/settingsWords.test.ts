import { expect, test } from 'vitest'
import { eventsOlderThan, limitInWords, retentionInWords, samplingInWords } from './settingsWords.ts'

test('a sample rate is told as a share', () => {
  expect(samplingInWords(1)).toBe('Every event is kept.')
  expect(samplingInWords(0)).toMatch(/^No event/)
  expect(samplingInWords(0.25)).toMatch(/about 1 in 4 events/)
  expect(samplingInWords(0.33)).toMatch(/about 1 in 3 events/)
  expect(samplingInWords(0.4)).toMatch(/about 40 of 100 events/)
  expect(samplingInWords(0.001)).toMatch(/about 1 in 1,000 events/)
})

test('a limit is told by the second, a small one by the pause', () => {
  expect(limitInWords(null)).toMatch(/^No limit/)
  expect(limitInWords(6_000)).toMatch(/100 a second/)
  expect(limitInWords(90)).toMatch(/1.5 a second/)
  expect(limitInWords(6)).toMatch(/one every 10 seconds/)
})

const storage = {
  per_day: [
    { day: '2026-01-01', events: 7, bytes: 1 },
    { day: '2026-01-02', events: 5, bytes: 1 },
    { day: '2026-02-01', events: 9, bytes: 1 }
  ]
}
const now = Date.parse('2026-02-01T12:00:00Z')

test('a day that is partly older is not counted yet', () => {
  expect(eventsOlderThan(30, storage, now)).toBe(7)
  expect(eventsOlderThan(29, storage, now)).toBe(12)
  expect(eventsOlderThan(90, storage, now)).toBe(0)
})

test('a shorter retention says what goes, a longer one that nothing comes back', () => {
  expect(retentionInWords(30, 90, storage, now)).toMatch(/^About 7 events older than 30 days will be removed now/)
  expect(retentionInWords(30, 90, undefined, now)).toMatch(/^Events older than 30 days/)
  expect(retentionInWords(90, 30, storage, now)).toMatch(/keep the 30 days that they came with/)
})
