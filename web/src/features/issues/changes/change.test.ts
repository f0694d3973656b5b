// Goal: undoing brings every issue back to where it was, with as few requests as there were states, and what would
// change nothing is known.
import { expect, it } from 'vitest'
import { changed, done, fieldsOf, isNeeded, subjectOf, undoing, type Change, type Changeable } from './change.ts'

const ada = { id: 'u1', name: 'Ada', email: 'ada@example.com' }
const resolve: Change = { kind: 'status', status: 'resolved' }
const issue = (id: string, more: Partial<Changeable> = {}): Changeable => ({
  id,
  short_id: id,
  status: 'unresolved',
  substatus: 'new',
  archived_until: null,
  assignee: null,
  ...more
})

it('groups what undoes a change by where issues were', () => {
  const issues = [
    issue('a'),
    issue('b', { status: 'archived', archived_until: { users: 5 } }),
    issue('c'),
    issue('d', { status: 'discarded' })
  ]
  const groups = undoing(issues, resolve)
  expect(groups.map(({ issues, change }) => [issues.map(({ id }) => id), change])).toEqual([
    [['a', 'c', 'd'], { kind: 'status', status: 'unresolved' }],
    [['b'], { kind: 'status', status: 'archived', until: { users: 5 } }]
  ])
  expect(groups[0]?.issues[0]).toMatchObject({ status: 'resolved', substatus: '' })
})

it('gives issues back to the people who had them', () => {
  const groups = undoing([issue('a', { assignee: ada }), issue('b')], { kind: 'assign', to: null })
  expect(groups.map(({ change }) => change)).toEqual([
    { kind: 'assign', to: ada },
    { kind: 'assign', to: null }
  ])
})

it('knows the state after a change as the server will have it', () => {
  expect(changed(issue('a', { status: 'archived', substatus: '' }), { kind: 'status', status: 'unresolved' })).toEqual(
    issue('a', { substatus: 'ongoing' })
  )
  expect(changed(issue('a'), { kind: 'discard' })).toMatchObject({ status: 'discarded', substatus: '' })
  expect(fieldsOf(issue('a'), { kind: 'assign', to: ada })).toEqual({ id: 'a', assignee: null })
})

it('leaves alone what is so already, but for what only the server knows', () => {
  const resolved = issue('a', { status: 'resolved' })
  expect(isNeeded(resolved, resolve)).toBe(false)
  expect(isNeeded(resolved, { ...resolve, resolveIn: 'next_release' })).toBe(true)
  expect(isNeeded(issue('a', { assignee: ada }), { kind: 'assign', to: ada })).toBe(false)
  expect(isNeeded(issue('a', { assignee: ada }), { kind: 'assign', to: null })).toBe(true)
})

it('says what was done, and to what', () => {
  expect(done({ kind: 'assign', to: ada }, 'WEB-1')).toBe('Assigned to Ada: WEB-1')
  expect(done(resolve, '2 issues')).toBe('Resolved 2 issues')
  expect([subjectOf([issue('WEB-1')]), subjectOf([issue('a'), issue('b')])]).toEqual(['WEB-1', '2 issues'])
})
