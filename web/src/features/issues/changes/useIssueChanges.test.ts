// Goal: undoing brings every issue back to where it was, with as few requests as there were states.
import { expect, it } from 'vitest'
import type { Issue } from '../../../api/types.ts'
import { done, undoing } from './useIssueChanges.ts'

const ada = { id: 'u1', name: 'Ada', email: 'ada@example.com' }
const issue = (id: string, more: Partial<Issue>): Issue => ({
  id,
  short_id: id,
  title: id,
  culprit: '',
  level: 'error',
  status: 'unresolved',
  substatus: 'new',
  event_count: 1,
  user_count: 0,
  first_seen: '',
  last_seen: '',
  assignee: null,
  trend: [],
  ...more
})

it('groups by where issues stood', () => {
  const rows = [issue('a', {}), issue('b', { status: 'archived' }), issue('c', {}), issue('d', { status: 'discarded' })]
  expect(undoing(rows, { kind: 'status', status: 'resolved' })).toEqual([
    { ids: ['a', 'c', 'd'], change: { status: 'unresolved' } },
    { ids: ['b'], change: { status: 'archived' } }
  ])
})

it('gives issues back to those who had them', () => {
  expect(undoing([issue('a', { assignee: ada }), issue('b', {})], { kind: 'assign', to: null })).toEqual([
    { ids: ['a'], change: { assignee: 'u1' } },
    { ids: ['b'], change: { assignee: null } }
  ])
  expect(done({ kind: 'assign', to: ada })).toBe('Assigned to Ada:')
})
