/**
 * The list of issues that the address asks for: tab, search and order, with the header's range and environments. Its
 * rows are read page by page.
 */
import { keepPreviousData, useInfiniteQuery } from '@tanstack/vue-query'
import { computed, shallowRef } from 'vue'
import type { Query } from '../../../api/client.ts'
import { issues } from '../../../api/issues.ts'
import { keys } from '../../../api/keys.ts'
import { searchRefusal } from '../../../api/searchRefusal.ts'
import type { BulkBody, Issue, IssueSort } from '../../../api/types.ts'
import { ranges, useEnvironments, useRange } from '../../../lib/range.ts'
import { withoutKey } from '../../../lib/searchQuery.ts'
import { useUrlState } from '../../../lib/urlState.ts'
import { useProject, useWorkspace } from '../../../lib/workspace.ts'
import { live } from '../../../live/connection.ts'
import type { Changeable } from '../changes/change.ts'
import { belongsTo, filterOf, namesState, shiftOf, tabNamed, type TabName } from './tabs.ts'

export const sorts: readonly { value: IssueSort; label: string }[] = [
  { value: 'last_seen', label: 'Last seen' },
  { value: 'first_seen', label: 'First seen' },
  { value: 'events', label: 'Events' },
  { value: 'users', label: 'Users' },
  { value: 'trend', label: 'Growth' }
]

const pageSize = 100
const hourMs = 3_600_000

/** What the list shows: tab, search and order, all in the address. */
export function useListAddress() {
  const state = useUrlState()
  return {
    tab: computed<TabName>(() => tabNamed(state.one('tab'))),
    search: computed({ get: () => state.one('query'), set: query => state.set({ query }, { push: true }) }),
    /** The tabs are about states: a state that the search names gives way to them. */
    chooseTab: (tab: TabName) =>
      state.set(
        {
          tab: tab === 'unresolved' ? null : tab,
          ...(namesState(state.one('query')) && tab !== 'all' ? { query: withoutKey(state.one('query'), 'is') } : {})
        },
        { push: true }
      ),
    sort: computed<IssueSort>({
      get: () => sorts.find(({ value }) => value === state.one('sort'))?.value ?? 'last_seen',
      set: sort => state.set({ sort: sort === 'last_seen' ? null : sort })
    }),
    clear: () => state.set({ query: null, tab: null, env: null }, { push: true }),
    /** A saved search says the state itself: no tab adds to it. */
    take: ({ query, sort }: { query: string; sort: IssueSort }, options = { push: true }) =>
      state.set({ query, sort: sort === 'last_seen' ? null : sort, tab: null }, options)
  }
}

export type ListAddress = ReturnType<typeof useListAddress>

export function useIssueList({ tab, search, sort }: ListAddress) {
  const project = useProject()
  const { me } = useWorkspace()
  const range = useRange()
  const { chosen: environment } = useEnvironments()

  // A range with a name moves on with the clock: it is computed with each request, so that the list stays the same
  // one meanwhile.
  const span = computed<Query>(() => (range.name.value === null ? range.query.value : { range: range.name.value }))
  const times = (): { from?: string; to?: string } =>
    range.name.value === null
      ? range.query.value
      : { from: new Date(Date.now() - ranges[range.name.value] * hourMs).toISOString() }
  const filter = computed(() => ({ ...filterOf(tab.value, search.value), environment: environment.value }))

  const asked = computed(() => ({ ...filter.value, ...span.value, sort: sort.value }))

  const list = useInfiniteQuery({
    queryKey: computed(() => keys.issues(project.value.id, asked.value)),
    queryFn: ({ pageParam, signal }) =>
      issues.list(
        project.value.id,
        { ...filter.value, ...times(), sort: sort.value, limit: pageSize, cursor: pageParam },
        signal
      ),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.next_cursor,
    placeholderData: keepPreviousData,
    shallow: true,
    // Rows never move while they are read: the stream keeps them up to date, and new issues wait for a click.
    refetchOnWindowFocus: () => live.state.value !== 'live'
  })

  const hidden = useHidden()
  const rows = computed<Issue[]>(() =>
    (list.data.value?.pages ?? []).flatMap(page => page.data).filter(row => !hidden.has(row.id) || stays(row))
  )
  function stays(row: Changeable): boolean {
    return belongsTo(tab.value, search.value, row, me.value.user.id)
  }

  const refusal = computed(() => searchRefusal(list.error.value, shiftOf(tab.value, search.value)))
  return {
    ...list,
    rows,
    shownTab: computed<TabName>(() => (tab.value === 'unresolved' && namesState(search.value) ? 'all' : tab.value)),
    stays,
    hide: hidden.add,
    show: hidden.remove,
    /** Changes with the list that is shown. */
    identity: computed(() => JSON.stringify(asked.value)),
    /** The same filter as the API takes it for a change of all that match. */
    bulkFilter: (): NonNullable<BulkBody['filter']> => ({ ...filter.value, ...times() }),
    sampled: computed(() => list.data.value?.pages.some(page => page.sampled) === true),
    refusal,
    isFiltered: computed(() => search.value.trim() !== '' || environment.value.length > 0 || tab.value !== 'unresolved')
  }
}

export type IssueList = ReturnType<typeof useIssueList>

/** Issues that left the list by a change made here: they are hidden for as long as they belong elsewhere. */
function useHidden() {
  const ids = shallowRef<ReadonlySet<string>>(new Set())
  return {
    has: (id: string) => ids.value.has(id),
    add: (more: readonly string[]) => {
      ids.value = new Set([...ids.value, ...more])
    },
    remove: (some: readonly string[]) => {
      ids.value = new Set([...ids.value].filter(id => !some.includes(id)))
    }
  }
}
