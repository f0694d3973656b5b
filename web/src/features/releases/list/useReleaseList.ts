/** The list of releases that the address asks for: search and order, with the header's range and environments. */
import { keepPreviousData, useInfiniteQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { keys } from '../../../api/keys.ts'
import { releases } from '../../../api/releases.ts'
import { useEnvironments, useRange } from '../../../lib/range.ts'
import { useUrlState } from '../../../lib/urlState.ts'
import { useProject } from '../../../lib/workspace.ts'
import { texts } from './texts.ts'

const names = ['newest', 'version', 'last_event', 'events', 'new_issues'] as const
export type Sort = (typeof names)[number]
export const sorts = names.map(value => ({ value, label: texts.sort.by[value] }))

const pageSize = 50

export function useReleaseList() {
  const project = useProject()
  const range = useRange()
  const { chosen } = useEnvironments()
  const state = useUrlState()
  const sort = computed<Sort>({
    get: () => names.find(name => name === state.one('sort')) ?? 'newest',
    set: value => state.set({ sort: value === 'newest' ? null : value })
  })
  const words = computed({ get: () => state.one('query'), set: query => state.set({ query }) })
  const archived = computed({
    get: () => state.one('archived') === 'true',
    set: shown => state.set({ archived: shown ? 'true' : null })
  })
  const asked = computed(() => ({
    ...range.query.value,
    environment: chosen.value,
    sort: sort.value,
    query: words.value,
    archived: String(archived.value),
    limit: pageSize
  }))
  const query = useInfiniteQuery({
    queryKey: computed(() => keys.releaseLists(project.value.id, asked.value)),
    queryFn: ({ pageParam }) => releases.summaries(project.value.id, { ...asked.value, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData
  })
  const first = computed(() => query.data.value?.pages[0])
  const rows = computed(
    () => query.data.value?.pages.flatMap(page => page.data.map(row => ({ ...row, id: row.version }))) ?? []
  )
  return { ...query, first, rows, sort, words, archived }
}
