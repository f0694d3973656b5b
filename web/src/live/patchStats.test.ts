// Goal: what has come is counted once, into the bucket of its time, and nothing is made new when nothing has come.
import { expect, it } from 'vitest'
import type { Volume } from '../api/types.ts'
import { healthWith, volumeWith } from './patchStats.ts'

const none = { fatal: 0, error: 0, warning: 0, info: 0, debug: 0 }
const volume: Volume = {
  data: [
    { bucket: '2026-11-26T07:00:00.000Z', count: 2, by_level: { ...none, error: 2 } },
    { bucket: '2026-11-26T08:00:00.000Z', count: 1, by_level: { ...none, fatal: 1 } }
  ],
  next_cursor: null,
  from: '2026-11-26T07:00:00.000Z',
  to: '2026-11-26T09:00:00.000Z',
  estimated: false,
  extrapolated: false,
  other: 0,
  interval: 'hour',
  timezone: 'UTC'
}

it('lets the last bucket grow', () => {
  const grown = volumeWith(volume, { ...none, error: 3, info: 1 }, Date.parse('2026-11-26T08:59:59.000Z'))
  expect(grown.data.at(-1)).toEqual({
    bucket: '2026-11-26T08:00:00.000Z',
    count: 5,
    by_level: { ...none, fatal: 1, error: 3, info: 1 }
  })
  expect(grown.data[0]).toBe(volume.data[0])
})

it('begins the next bucket when its time has come', () => {
  const grown = volumeWith(volume, { ...none, debug: 2 }, Date.parse('2026-11-26T09:00:01.000Z'))
  expect(grown.data).toHaveLength(3)
  expect(grown.data.at(-1)).toEqual({ bucket: '2026-11-26T09:00:00.000Z', count: 2, by_level: { ...none, debug: 2 } })
})

it('knows that days begin at midnight of the viewer', () => {
  const last = { bucket: '2026-11-25T23:00:00.000Z', count: 1, by_level: { ...none, fatal: 1 } }
  const berlin: Volume = { ...volume, data: [last], interval: 'day', timezone: 'Europe/Berlin' }
  expect(volumeWith(berlin, { ...none, error: 1 }, Date.parse('2026-11-26T22:59:00.000Z')).data).toHaveLength(1)
  const next = volumeWith(berlin, { ...none, error: 1 }, Date.parse('2026-11-26T23:00:00.000Z')).data
  expect(next.at(-1)).toMatchObject({ bucket: '2026-11-26T23:00:00.000Z', count: 1 })
})

it('stays as it is when nothing has come, or nothing was counted yet', () => {
  expect(volumeWith(volume, none, Date.now())).toBe(volume)
  const empty = { ...volume, data: [] }
  expect(volumeWith(empty, { ...none, error: 1 }, Date.now())).toBe(empty)
})

it('moves the events of a day', () => {
  const range = {
    from: '',
    to: '',
    events: 4,
    users: 3,
    new_issues: 2,
    regressed: 0,
    estimated: false,
    extrapolated: false
  }
  const health = {
    unresolved: 1,
    events_24h: 10,
    new_today: 2,
    users_24h: 3,
    regressed_24h: 0,
    estimated: false,
    extrapolated: false,
    range
  }
  expect(healthWith(health, 5, 3)).toEqual({ ...health, events_24h: 15, range: { ...range, events: 7 } })
  expect(healthWith(health, 0, 0)).toBe(health)
})
