/** Saved searches of the project at hand: read once, changed here, and what a tab and a search are as one text. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, watch } from 'vue'
import { useRoute } from 'vue-router'
import { keys } from '../../../api/keys.ts'
import { savedSearches } from '../../../api/savedSearches.ts'
import type { NewSearch, SearchChange } from '../../../api/types.ts'
import { hasOperators } from '../../../lib/searchQuery.ts'
import { useProject } from '../../../lib/workspace.ts'
import { filterOf, namesState, type TabName } from './tabs.ts'
import type { ListAddress } from './useIssueList.ts'

export function useSavedSearches() {
  const project = useProject()
  const client = useQueryClient()
  const id = computed(() => project.value.id)
  const onSettled = (): Promise<void> => client.invalidateQueries({ queryKey: keys.savedSearches(id.value) })
  const list = useQuery({
    queryKey: computed(() => keys.savedSearches(id.value)),
    queryFn: async () => (await savedSearches.list(id.value)).data
  })
  return {
    list,
    searches: computed(() => list.data.value ?? []),
    create: useMutation({ mutationFn: (body: NewSearch) => savedSearches.create(id.value, body), onSettled }),
    change: useMutation({
      mutationFn: ({ search, ...body }: SearchChange & { search: string }) =>
        savedSearches.change(id.value, search, body),
      onSettled
    }),
    remove: useMutation({ mutationFn: (search: string) => savedSearches.delete(id.value, search), onSettled })
  }
}

const states: Readonly<Partial<Record<TabName, string>>> = {
  mine: 'assigned:me',
  archived: 'is:archived',
  resolved: 'is:resolved',
  all: 'is:[unresolved, resolved, archived]'
}

/** What is saved of a list: its search, with the state of the tab in it. */
export function wholeSearch(tab: TabName, search: string): string {
  const text = search.trim()
  if (tab === 'new' || tab === 'regressed') return filterOf(tab, text).query
  const state = namesState(text) && tab !== 'mine' ? '' : (states[tab] ?? '')
  if (state === '') return text
  return [hasOperators(text) ? `(${text})` : text, state].filter(part => part !== '').join(' ')
}

/** A list that is opened without a search of its own begins with the one that was chosen for that. */
export function useDefaultSearch({ take }: Pick<ListAddress, 'take'>): void {
  const route = useRoute()
  const { list } = useSavedSearches()
  let isDecided = ['query', 'tab', 'sort'].some(name => route.query[name] !== undefined)
  watch(
    list.data,
    found => {
      if (isDecided || found === undefined) return
      isDecided = true
      const begins = found.find(search => search.default)
      if (begins === undefined || route.name !== 'issues' || route.query.query !== undefined) return
      take(begins, { push: false })
    },
    { immediate: true }
  )
}
