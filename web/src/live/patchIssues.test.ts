// Goal: patches reach the rows that are concerned, and nothing else changes its identity, so that nothing else is drawn
// again.
import { QueryClient } from '@tanstack/vue-query'
import { expect, it, vi } from 'vitest'
import { keys } from '../api/keys.ts'
import type { Issue } from '../api/types.ts'
import { liveUpdates, waitingIssues } from './liveUpdates.ts'
import { dropIssues, patchedPages, type IssuePages } from './patchIssues.ts'

function issue(id: string): Issue {
  return {
    id,
    short_id: id,
    title: id,
    culprit: '',
    level: 'error',
    status: 'unresolved',
    substatus: 'new',
    archived_until: null,
    event_count: 1,
    user_count: 0,
    total_event_count: 1,
    total_user_count: 0,
    estimated: false,
    users_estimated: false,
    extrapolated: false,
    first_seen: '2026-01-01T00:00:00.000Z',
    last_seen: '2026-01-01T00:00:00.000Z',
    assignee: null,
    trend: [],
    priority: 0
  }
}

function pagesOf(...pages: string[][]): IssuePages {
  return {
    pageParams: pages.map(() => null),
    pages: pages.map(ids => ({ data: ids.map(issue), next_cursor: null, sampled: false, order_estimated: false }))
  }
}

it('changes the row, its page and the list, and leaves the rest as it is', () => {
  const before = pagesOf(['a', 'b'], ['c'])
  const after = patchedPages(before, new Map([['b', { id: 'b', event_count: 5 }]]))
  expect(after.pages[0]?.data[1]).toMatchObject({ id: 'b', event_count: 5, title: 'b' })
  expect(after.pages[0]?.data[0]).toBe(before.pages[0]?.data[0])
  expect(after.pages[1]).toBe(before.pages[1])
})

it('lets the numbers of a range grow by what came, and those of an environment stay', () => {
  const before = pagesOf(['a'])
  const [row] = before.pages[0]?.data ?? []
  if (row !== undefined) Object.assign(row, { event_count: 2, total_event_count: 10 })
  const patch = new Map([['a', { id: 'a', event_count: 13, trend: [1] }]])
  expect(patchedPages(before, patch).pages[0]?.data[0]).toMatchObject({
    event_count: 5,
    total_event_count: 13,
    trend: []
  })
  expect(patchedPages(before, patch, true).pages[0]?.data[0]).toMatchObject({ event_count: 2, total_event_count: 13 })
})

it('returns the very same list when there is nothing new in it', () => {
  const before = pagesOf(['a'])
  expect(
    patchedPages(
      before,
      new Map([
        ['a', { id: 'a', event_count: 1 }],
        ['z', { id: 'z', event_count: 9 }]
      ])
    )
  ).toBe(before)
})

it('takes out what is gone, and leaves other lists as they are', () => {
  const client = new QueryClient()
  const [hit, other] = [keys.issues('7', { status: 'all' }), keys.issues('7', { status: 'archived' })]
  client.setQueryData(hit, pagesOf(['a', 'b'], ['c']))
  client.setQueryData(other, pagesOf(['c']))
  const before = client.getQueryData(other)
  dropIssues(client, '7', ['a', 'z'])
  expect(client.getQueryData<IssuePages>(hit)?.pages.map(page => page.data.map(row => row.id))).toEqual([['b'], ['c']])
  expect(client.getQueryData(other)).toBe(before)
  client.clear()
})

it('folds counts for a quarter of a second, and has new issues wait', () => {
  vi.useFakeTimers()
  const client = new QueryClient()
  const key = keys.issues('7', { status: 'unresolved' })
  client.setQueryData(key, pagesOf(['a', 'b']))
  const updates = liveUpdates(client, { project: () => '7', onAlert: () => {} })
  const counts = (n: number) => [
    { issue_id: 'a', event_count: n, user_count: n, last_seen: '2026-01-02T00:00:00.000Z' }
  ]
  updates.hear({ type: 'issue_counts', project: '7', issue_counts: counts(2), unresolved: 2 })
  updates.hear({ type: 'issue_counts', project: '7', issue_counts: counts(3), unresolved: 3 })
  updates.hear({ type: 'issue', project: '7', action: 'created', issue: issue('new') })
  expect(client.getQueryData<IssuePages>(key)?.pages[0]?.data[0]?.event_count).toBe(1)
  vi.advanceTimersByTime(250)
  expect(client.getQueryData<IssuePages>(key)?.pages[0]?.data.map(row => row.event_count)).toEqual([3, 1])
  expect(waitingIssues.value['7']).toEqual(['new'])
  updates.stop()
  client.clear()
  vi.useRealTimers()
})
