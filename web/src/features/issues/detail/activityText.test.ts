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

it('tells how it was resolved, and how many were merged', () => {
  expect(activityText({ kind: 'resolved', data: { in_next_release: true } }, people)).toBe(
    'resolved this in the next release'
  )
  expect(activityText({ kind: 'merged', data: { issues: ['a', 'b'] } }, people)).toBe('merged 2 issues into this')
  expect(
    activityText({ kind: 'merged_into', data: { issues: [{ id: 'a', number: 4, title: 'The cart is lost' }] } }, people)
  ).toBe('merged this into “The cart is lost”')
  expect(activityText({ kind: 'unmerged_from', data: {} }, people)).toBe('took this out of another issue again')
})
