/**
 * The filters of the page as the address has them, the events that match, and how many more have come since they were
 * fetched.
 */
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, onScopeDispose, ref, watch } from 'vue'
import { events } from '../../api/events.ts'
import { keys } from '../../api/keys.ts'
import { projects } from '../../api/projects.ts'
import { stats } from '../../api/stats.ts'
import type { EventItem, StreamEvent } from '../../api/types.ts'
import { useEnvironments, useRange } from '../../lib/range.ts'
import { useReleases } from '../../lib/releases.ts'
import { useUrlState } from '../../lib/urlState.ts'
import { useProject } from '../../lib/workspace.ts'
import { useStream } from '../../live/connection.ts'
import { filterNames, searchOf, withValue, type FilterName, type Filters } from './eventSearch.ts'
import { texts } from './texts.ts'

/** `environment` is the header's. */
const addressNames: Readonly<Record<FilterName, string>> = {
  level: 'level',
  environment: 'env',
  release: 'release',
  user: 'user',
  tag: 'tag'
}

export function useEventFilters() {
  const state = useUrlState()
  const words = computed(() => state.one('q'))
  const chosen = computed<Filters>(() => ({
    level: state.many('level'),
    environment: state.many('env'),
    release: state.many('release'),
    user: state.many('user'),
    tag: state.many('tag')
  }))
  const wrong = ref('')
  const set = (name: FilterName, values: readonly string[]): void =>
    state.set({ [addressNames[name]]: values }, { push: true })

  /** Returns the words that are left once terms have become filters; null for a search that is wrong. */
  function search(text: string): string | null {
    const { words: left, filters, wrong: reason } = searchOf(text)
    wrong.value = reason
    if (reason !== '') return null
    const change = Object.fromEntries(
      filterNames
        .filter(name => filters[name].length > 0)
        .map(name => [addressNames[name], filters[name].reduce(withValue, chosen.value[name])])
    )
    state.set({ ...change, q: left }, { push: true })
    return left
  }

  const add = (name: FilterName, value: string): void => set(name, withValue(chosen.value[name], value))

  const tokens = computed(() =>
    filterNames.flatMap(name =>
      chosen.value[name].map(value => ({ name, value, label: name === 'tag' ? value : `${name}:${value}` }))
    )
  )
  return {
    words,
    chosen,
    /** Asked only by what rollups count and the stream tells: level, environment and release. */
    isByFields: computed(() => words.value === '' && chosen.value.user.length === 0 && chosen.value.tag.length === 0),
    wrong,
    tokens,
    set,
    search,
    add,
    remove: (name: FilterName, value: string) =>
      set(
        name,
        chosen.value[name].filter(one => one !== value)
      ),
    clear: () =>
      state.set(
        { q: null, ...Object.fromEntries(Object.values(addressNames).map(name => [name, null])) },
        { push: true }
      ),
    openEvent: computed(() => state.one('event')),
    open: (id: string | null) => state.set({ event: id }, { push: id !== null })
  }
}

export type EventFilters = ReturnType<typeof useEventFilters>

const pageSize = 100
/** A search for something rare goes on by itself through this many pages without a find. */
const emptyPagesMax = 20

export function useEventList({ words, chosen }: EventFilters) {
  const project = useProject()
  const range = useRange()
  const asked = computed(() => ({ query: words.value, ...chosen.value, limit: pageSize }))
  const list = useInfiniteQuery({
    // The name of a range, and not where it begins: what is read must not move away with the clock.
    queryKey: computed(() =>
      keys.events(project.value.id, {
        ...asked.value,
        ...(range.name.value === null ? range.query.value : { range: range.name.value })
      })
    ),
    queryFn: async ({ pageParam, signal }) =>
      await events.list(project.value.id, { ...asked.value, ...range.query.value, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.next_cursor
  })
  const rows = computed<EventItem[]>(() => list.data.value?.pages.flatMap(page => page.data) ?? [])
  const { hasNextPage, isFetching, fetchNextPage } = list
  watch([hasNextPage, isFetching], () => {
    if (
      hasNextPage.value &&
      !isFetching.value &&
      rows.value.length === 0 &&
      (list.data.value?.pages.length ?? 0) < emptyPagesMax
    ) {
      void fetchNextPage()
    }
  })
  return {
    ...list,
    rows,
    more: () => {
      if (hasNextPage.value && !isFetching.value) void fetchNextPage()
    }
  }
}

/**
 * How many events have come since the list was fetched; only of filters that can be judged by what the stream tells.
 */
export function useNewEvents({ words, chosen, isByFields }: EventFilters, isPending: () => boolean) {
  const project = useProject()
  const range = useRange()
  const client = useQueryClient()
  const shownMs = 1_000
  let counted = 0
  const count = ref(0)
  const timer = setInterval(() => {
    count.value = counted
  }, shownMs)
  const forget = (): void => {
    count.value = counted = 0
  }
  onScopeDispose(() => clearInterval(timer))
  watch([() => JSON.stringify([words.value, chosen.value, range.name.value]), isPending], forget)

  const canTell = computed(() => isByFields.value && range.query.value.to === undefined)
  const among = (names: readonly string[], name: string): boolean => names.length === 0 || names.includes(name)
  const matches = ({ level, environment, release }: StreamEvent): boolean =>
    among(chosen.value.level, level) &&
    among(chosen.value.environment, environment) &&
    among(chosen.value.release, release)

  useStream(message => {
    if (message.type === 'events' && message.project === project.value.id && canTell.value) {
      counted += message.events.filter(matches).length
    }
  })
  return {
    count,
    show: async () => {
      forget()
      await client.resetQueries({ queryKey: keys.eventLists(project.value.id), type: 'active' })
    }
  }
}

/** What the search field and the pickers offer. */
export function useEventChoices() {
  const project = useProject()
  const { chosen } = useEnvironments()
  const id = computed(() => project.value.id)
  const releases = useReleases()
  const environments = useQuery({
    queryKey: computed(() => keys.environments(id.value)),
    queryFn: async () => (await projects.environments(id.value)).data
  })
  const users = useQuery({
    queryKey: computed(() => keys.tagValues(id.value, 'user', {})),
    queryFn: async () => await stats.tagValues(id.value, 'user', {})
  })
  const names = computed(() => releases.value.map(({ version }) => version))
  return {
    releases: computed(() =>
      releases.value.map(({ version, events_24h: count }) => ({
        value: version,
        label: version,
        about: count === 0 ? '' : texts.filters.releaseToday(count)
      }))
    ),
    values: computed(() => ({
      release: names.value,
      environment: (environments.data.value ?? []).map(({ name }) => name).filter(name => !chosen.value.includes(name)),
      user: (users.data.value?.data ?? []).map(({ value }) => value)
    }))
  }
}
