// Goal: everything that can happen to an issue reads as a sentence behind the name of who did it.
import { expect, it } from 'vitest'
import { activityText } from './activityText.ts'

const people = [{ id: 'u1', name: 'Ada Lovelace', email: 'ada@example.com' }]

it('tells who has it, and who had it but is no more', () => {
  expect(activityText({ kind: 'assigned', data: { assignee: 'u1' } }, people)).toBe('assigned this to Ada Lovelace')
  expect(activityText({ kind: 'assigned', data: { assignee: 'u2' } }, people)).toBe(
    'assigned this to somebody who has left'
  )
})

it('tells who has it by the name of that time', () => {
  const data = { assignee: { id: 'u2', name: 'Grace', email: 'grace@example.com' } }
  expect(activityText({ kind: 'assigned', data }, people)).toBe('assigned this to Grace')
})

it('tells who had it and has left', () => {
  const data = { left: { id: 'u2', name: '', email: 'grace@example.com' } }
  expect(activityText({ kind: 'unassigned', data }, people)).toBe('unassigned this: grace@example.com has left')
  expect(activityText({ kind: 'unassigned', data: {} }, people)).toBe('assigned this to nobody')
})

it('tells until when it was archived, and why it came back', () => {
  const data = { until: { events: 10, minutes: 60 } }
  expect(activityText({ kind: 'archived', data }, people)).toBe('archived this until 10 events within an hour')
  expect(activityText({ kind: 'escalated', data }, people)).toBe(
    'brought this back, which was archived until 10 events within an hour'
  )
  expect(activityText({ kind: 'escalated', data: { until: 'escalating' } }, people)).toBe(
    'saw far more of this than usual'
  )
})

it('tells how it was resolved, and how many were merged', () => {
  expect(activityText({ kind: 'resolved', data: { in_commit: 'a1b2c3d4e5f60718' } }, people)).toBe(
    'resolved this with commit a1b2c3d4e5f6, in the release that holds it'
  )
  expect(activityText({ kind: 'resolved', data: { in_commit: 'a1b2c3d', in_release: 'w@1' } }, people)).toBe(
    'resolved this in w@1, with commit a1b2c3d'
  )
  expect(activityText({ kind: 'resolved', data: { in_next_release: true } }, people)).toBe(
    'resolved this in the next release'
  )
  expect(activityText({ kind: 'merged', data: { issues: ['a', 'b'] } }, people)).toBe('merged 2 issues into this')
  expect(
    activityText({ kind: 'merged_into', data: { issues: [{ id: 'a', number: 4, title: 'The cart is lost' }] } }, people)
  ).toBe('merged this into “The cart is lost”')
  expect(activityText({ kind: 'unmerged_from', data: {} }, people)).toBe('took this out of another issue again')
})

it('tells in which release an issue came back, where that is known', () => {
  const data = { event_id: 'e', release: 'web@1.2.0' }
  expect(activityText({ kind: 'regressed', data }, people)).toBe('saw this again after it was resolved, in web@1.2.0')
  expect(activityText({ kind: 'regressed', data: {} }, people)).toBe('saw this again after it was resolved')
})
