/** The events of an issue that the address asks for: a search, environments, and a range of its own. */
import { useInfiniteQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { issues } from '../../../api/issues.ts'
import { keys } from '../../../api/keys.ts'
import { searchRefusal } from '../../../api/searchRefusal.ts'
import type { EventItem } from '../../../api/types.ts'
import { ranges, type RangeName } from '../../../lib/range.ts'
import { useUrlState } from '../../../lib/urlState.ts'

const pageSize = 50
const hourMs = 3_600_000

export function useIssueEvents(issue: () => string) {
  const state = useUrlState()
  const search = computed(() => state.one('q'))
  const environments = computed(() => state.many('env'))
  const within = computed<RangeName | null>(() => {
    const asked = state.one('within')
    return isRange(asked) ? asked : null
  })
  const asked = computed(() => ({
    limit: pageSize,
    ...(search.value === '' ? {} : { query: search.value }),
    ...(environments.value.length === 0 ? {} : { environment: environments.value })
  }))
  // A range moves on with the clock: it is computed with each request, so that the list stays the same one meanwhile.
  const times = (): { from?: string } =>
    within.value === null ? {} : { from: new Date(Date.now() - ranges[within.value] * hourMs).toISOString() }
  const list = useInfiniteQuery({
    queryKey: computed(() =>
      keys.issueEvents(issue(), { ...asked.value, ...(within.value === null ? {} : { range: within.value }) })
    ),
    queryFn: ({ pageParam, signal }) =>
      issues.events(issue(), { ...asked.value, ...times(), cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.next_cursor
  })
  return {
    ...list,
    rows: computed<EventItem[]>(() => list.data.value?.pages.flatMap(page => page.data) ?? []),
    search,
    environments,
    within,
    refusal: computed(() => searchRefusal(list.error.value)),
    isFiltered: computed(() => search.value !== '' || environments.value.length > 0 || within.value !== null),
    set: (change: { q?: string; env?: string[]; within?: string | null }) => state.set(change, { push: true }),
    clear: () => state.set({ q: null, env: null, within: null }, { push: true })
  }
}

export type IssueEvents = ReturnType<typeof useIssueEvents>

function isRange(text: string): text is RangeName {
  return Object.hasOwn(ranges, text)
}
