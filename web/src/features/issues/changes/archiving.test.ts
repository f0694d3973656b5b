// Goal: what the dialog takes is what the API is sent and what people read. Method: forms, complete or not.
import { expect, it } from 'vitest'
import { untilOf, untilText, type ArchiveForm } from './archiving.ts'

const now = Date.parse('2026-11-29T12:00:00.000Z')
const form = (more: Partial<ArchiveForm>): ArchiveForm => ({
  kind: 'escalating',
  time: '',
  count: 100,
  minutes: 60,
  ...more
})

it('says until when, in words and for the API', () => {
  const said = [{}, { kind: 'events' }, { kind: 'events within' }, { kind: 'users', count: 1 }] as const
  expect(said.map(more => untilOf(form(more), now))).toEqual([
    'escalating',
    { events: 100 },
    { events: 100, minutes: 60 },
    { users: 1 }
  ])
  expect(untilText({ events: 100, minutes: 60 })).toBe('until 100 events within an hour')
  expect(untilText({ events: 2, minutes: 30 })).toBe('until 2 events within 30 minutes')
  expect(untilText({ users: 1 })).toBe('until 1 more user')
})

it('takes a date that is to come, and whole numbers', () => {
  expect(untilOf(form({ kind: 'date', time: '2026-12-24T18:00:00Z' }), now)).toEqual({
    date: '2026-12-24T18:00:00.000Z'
  })
  for (const more of [
    { kind: 'date' },
    { kind: 'date', time: '2026-01-01T00:00' },
    { kind: 'users', count: null },
    { kind: 'events', count: 0 },
    { kind: 'events', count: 1.5 }
  ] as const) {
    expect(untilOf(form(more), now)).toBeNull()
  }
})
