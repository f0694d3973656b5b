/**
 * The list of issues that the address asks for: tab, search and order, with the header's range, of the project at hand
 * or from another source. Its rows are read page by page.
 */
import { keepPreviousData, useInfiniteQuery, type QueryKey } from '@tanstack/vue-query'
import { computed, shallowRef } from 'vue'
import type { Query } from '../../../api/client.ts'
import { issues } from '../../../api/issues.ts'
import { keys } from '../../../api/keys.ts'
import { searchRefusal } from '../../../api/searchRefusal.ts'
import type { Issue, IssueList as IssueListPage, IssueSort } from '../../../api/types.ts'
import { ranges, useEnvironments, useRange } from '../../../lib/range.ts'
import { withoutKey } from '../../../lib/searchQuery.ts'
import { useUrlState } from '../../../lib/urlState.ts'
import { useProject, useWorkspace } from '../../../lib/workspace.ts'
import { live } from '../../../live/connection.ts'
import type { Changeable } from '../changes/change.ts'
import type { ListFilter } from '../changes/useIssueChanges.ts'
import { belongsTo, filterOf, namesState, shiftOf, tabNamed, type TabName } from './tabs.ts'
import { texts } from './texts.ts'

const sortNames: readonly IssueSort[] = ['last_seen', 'first_seen', 'events', 'users', 'trend', 'priority']
export const sorts = sortNames.map(value => ({ value, label: texts.sort.by[value] }))

export function sortNamed(text: string): IssueSort {
  return sortNames.find(name => name === text) ?? 'last_seen'
}

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
      get: () => sortNamed(state.one('sort')),
      set: sort => state.set({ sort: sort === 'last_seen' ? null : sort })
    }),
    clear: () => state.set({ query: null, tab: null, env: null, project: null }, { push: true }),
    /** A saved search says the state itself: no tab adds to it. */
    take: ({ query, sort }: { query: string; sort: IssueSort }, options = { push: true }) =>
      state.set({ query, sort: sort === 'last_seen' ? null : sort, tab: null }, options)
  }
}

export type ListAddress = ReturnType<typeof useListAddress>

export type IssueSource = {
  key: (query: Query) => QueryKey
  fetch: (query: Query, signal: AbortSignal) => Promise<IssueListPage>
  /** What belongs to the filter besides tab and search. */
  more: () => Readonly<Record<string, string | readonly string[]>>
  /** How often so many pages are fetched again where no stream tells what is new. */
  again: (pages: number) => number | false
}

/** Of the project at hand, in the header's environments. The stream keeps the rows up to date. */
export function useIssueList(address: ListAddress) {
  const project = useProject()
  const { chosen: environment } = useEnvironments()
  return useListFrom(address, {
    key: query => keys.issues(project.value.id, query),
    fetch: (query, signal) => issues.list(project.value.id, query, signal),
    more: () => ({ environment: environment.value }),
    again: () => false
  })
}

export function useListFrom({ tab, search, sort }: ListAddress, source: IssueSource) {
  const { me } = useWorkspace()
  const range = useRange()

  // A range with a name moves on with the clock: it is computed with each request, so that the list stays the same
  // one meanwhile.
  const span = computed<Query>(() => (range.name.value === null ? range.query.value : { range: range.name.value }))
  const times = (): { from?: string; to?: string } =>
    range.name.value === null
      ? range.query.value
      : { from: new Date(Date.now() - ranges[range.name.value] * hourMs).toISOString() }
  const filter = computed(() => filterOf(tab.value, search.value))

  const asked = computed(() => ({ ...filter.value, ...source.more(), ...span.value, sort: sort.value }))

  const list = useInfiniteQuery({
    queryKey: computed(() => source.key(asked.value)),
    queryFn: ({ pageParam, signal }) =>
      source.fetch(
        { ...filter.value, ...source.more(), ...times(), sort: sort.value, limit: pageSize, cursor: pageParam },
        signal
      ),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.next_cursor,
    placeholderData: keepPreviousData,
    shallow: true,
    refetchInterval: query => source.again(query.state.data?.pages.length ?? 0),
    // Rows never move while they are read: the stream keeps them up to date, and new issues wait for a click.
    refetchOnWindowFocus: query =>
      live.state.value !== 'live' || source.again(query.state.data?.pages.length ?? 0) !== false
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
    bulkFilter: (): ListFilter => ({ ...filter.value, ...source.more(), ...times() }),
    sampled: computed(() => list.data.value?.pages.some(page => page.sampled) === true),
    refusal,
    isFiltered: computed(
      () =>
        search.value.trim() !== '' ||
        Object.values(source.more()).some(values => values.length > 0) ||
        tab.value !== 'unresolved'
    )
  }
}

export type IssueList = ReturnType<typeof useListFrom>

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
