// Goal: a change is shown at once, put back where the server refuses it, and undone by what the toast offers.
// Method: the rows of a list and the issue of a page in a cache, and a server that accepts or refuses by script.
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { beforeEach, expect, it, vi } from 'vitest'
import { createApp } from 'vue'
import { issues as api } from '../../../api/issues.ts'
import { keys } from '../../../api/keys.ts'
import type { BulkBody, Issue } from '../../../api/types.ts'
import { toasts, undoLast } from '../../../lib/toasts.ts'
import type { IssuePages } from '../../../live/patchIssues.ts'
import { useIssueChanges, type AllThatMatch, type ChangedList } from './useIssueChanges.ts'

const ada = { id: 'u1', name: 'Ada', email: 'ada@example.com' }
const listKey = keys.issues('7', { status: 'unresolved' })

function issue(id: string, more: Partial<Issue> = {}): Issue {
  return {
    id,
    short_id: id.toUpperCase(),
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
    priority: 0,
    ...more
  }
}

function appWith(queryClient: QueryClient) {
  return createApp({}).use(VueQueryPlugin, { queryClient })
}

/** Rows in a cache; `refuse` makes the server refuse every request from now on. */
function setUp(...rows: Issue[]) {
  const client = new QueryClient()
  client.setQueryData<IssuePages>(listKey, {
    pageParams: [null],
    pages: [{ data: rows, next_cursor: null, sampled: false, order_estimated: false }]
  })
  const hidden = new Set<string>()
  const list: ChangedList = {
    stays: ({ status }) => status === 'unresolved',
    hide: ids => ids.forEach(id => hidden.add(id)),
    show: ids => ids.forEach(id => hidden.delete(id))
  }
  const sent: BulkBody[] = []
  let refusal: Error | null = null
  vi.spyOn(api, 'bulk').mockImplementation(async (_, body) => {
    sent.push(body)
    if (refusal !== null) throw refusal
    const ids = body.ids ?? []
    return { matched: ids.length, changed: ids.length, ids, more: false }
  })
  const app = appWith(client)
  const changes = app.runWithContext(() => useIssueChanges(() => '7', list))
  const shown = () => client.getQueryData<IssuePages>(listKey)?.pages.flatMap(({ data }) => data) ?? []
  return {
    changes,
    client,
    hidden,
    sent,
    shown,
    refuse: () => {
      refusal = new Error('It is refused.')
    }
  }
}

const texts = () => toasts.value.map(({ text }) => text)

beforeEach(() => {
  toasts.value = []
})

it('shows a change at once, hides what leaves the list, and undoes it', async () => {
  const rows = [issue('a'), issue('b')]
  const { changes, shown, hidden, sent } = setUp(...rows)
  const applied = changes.apply(rows, { kind: 'status', status: 'resolved' })
  expect(shown()).toMatchObject([{ status: 'resolved' }, { status: 'resolved' }])
  expect([...hidden]).toEqual(['a', 'b'])
  expect(await applied).toEqual([])
  expect(texts()).toEqual(['Resolved 2 issues'])

  expect(undoLast()).toBe(true)
  expect(shown()).toMatchObject([
    { status: 'unresolved', substatus: 'ongoing' },
    { status: 'unresolved', substatus: 'ongoing' }
  ])
  expect([...hidden]).toEqual([])
  await vi.waitFor(() => expect(sent).toHaveLength(2))
  expect(sent[1]).toEqual({ ids: ['a', 'b'], change: { status: 'unresolved' } })
})

it('puts back what the server refuses, and leaves alone what others changed meanwhile', async () => {
  const row = issue('a', { status: 'archived', substatus: '' })
  const { changes, client, shown, hidden, refuse } = setUp(row)
  refuse()
  const applied = changes.apply([row], { kind: 'status', status: 'resolved' })
  client.setQueryData<IssuePages>(listKey, data =>
    data === undefined
      ? data
      : {
          ...data,
          pages: data.pages.map(page => ({ ...page, data: page.data.map(one => ({ ...one, assignee: ada })) }))
        }
  )
  expect(await applied).toEqual(['a'])
  expect(shown()).toMatchObject([{ status: 'archived', substatus: '', assignee: ada }])
  expect([...hidden]).toEqual([])
  expect(texts()).toEqual(['It is refused.'])
})

it('keeps the change where its undo is refused', async () => {
  const row = issue('a')
  const { changes, shown, hidden, refuse } = setUp(row)
  await changes.apply([row], { kind: 'status', status: 'resolved' })
  refuse()
  undoLast()
  await vi.waitFor(() => expect(texts()).toEqual(['1 issue could not be put back. It is refused.']))
  expect(shown()).toMatchObject([{ status: 'resolved', substatus: '' }])
  expect([...hidden]).toEqual(['a'])
})

it('assigns, and sends nothing for what is so already', async () => {
  const rows = [issue('a'), issue('b', { assignee: ada })]
  const { changes, shown, sent } = setUp(...rows)
  await changes.apply(rows, { kind: 'assign', to: ada })
  expect(sent).toEqual([{ ids: ['a'], change: { assignee: 'u1' } }])
  expect(shown()).toMatchObject([{ assignee: ada }, { assignee: ada }])
  expect(texts()).toEqual(['Assigned to Ada: A'])
  await changes.apply(rows.slice(1), { kind: 'assign', to: ada })
  expect(sent).toHaveLength(1)
})

it('returns why a discard was refused, for the dialog that asked', async () => {
  const row = issue('a')
  const { changes, shown, refuse } = setUp(row)
  refuse()
  expect(await changes.discard([row])).toBe('It is refused.')
  expect(shown()).toMatchObject([{ status: 'unresolved', substatus: 'new' }])
  expect(texts()).toEqual([])
})

it('merges into one of the issues, and unmerges them again', async () => {
  const rows = [issue('a'), issue('b'), issue('c')]
  const { changes, shown, sent } = setUp(...rows)
  const unmerge = vi.spyOn(api, 'unmerge').mockImplementation(async id => ({ data: [issue(id)] }))
  expect(await changes.merge(rows, issue('a'))).toBe('')
  expect(sent).toEqual([{ ids: ['b', 'c'], change: { merge_into: 'a' } }])
  expect(shown().map(({ id }) => id)).toEqual(['a'])
  expect(texts()).toEqual(['Merged 2 issues into A'])
  undoLast()
  await vi.waitFor(() => expect(texts()).toEqual(['Unmerged 2 issues']))
  expect(unmerge.mock.calls).toEqual([['b'], ['c']])
})

it('leaves the rows where a merge or a deletion is refused', async () => {
  const rows = [issue('a'), issue('b')]
  const { changes, shown, refuse } = setUp(...rows)
  refuse()
  expect(await changes.merge(rows, issue('a'))).toBe('It is refused.')
  expect(await changes.remove(rows)).toBe('It is refused.')
  expect(shown()).toHaveLength(2)
})

it('changes all that match, says what was refused, and stops where nothing changes any more', async () => {
  const asked: unknown[] = []
  const answers = [
    { changed: 1_000, more: true, refused: ['Shop: assignee: is no member of the organization'] },
    { changed: 3, more: false, refused: [] }
  ]
  const { client } = setUp()
  const app = appWith(client)
  const all: AllThatMatch = {
    send: async filter => {
      asked.push(filter)
      return answers.shift() ?? { changed: 0, more: true, refused: [] }
    },
    projects: () => ['7', '8']
  }
  const changes = app.runWithContext(() => useIssueChanges(() => '7', undefined, all))
  await changes.applyToAll({ project: ['shop'] }, { kind: 'assign', to: ada })
  expect(asked).toEqual([{ project: ['shop'] }, { project: ['shop'] }])
  expect(texts()).toEqual(['Assigned to Ada: 1,003 issues', 'Shop: assignee: is no member of the organization'])
})
