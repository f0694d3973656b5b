/**
 * The event of the issue that is shown: the one that the address names, else the latest. Keys step to its neighbours.
 * The shown event stays until the next one is there.
 */
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useRoute, useRouter, type RouteLocationRaw } from 'vue-router'
import { ApiError } from '../../../api/client.ts'
import { events } from '../../../api/events.ts'
import { keys } from '../../../api/keys.ts'
import { useShortcuts } from '../../../lib/hotkeys.ts'
import { showToast } from '../../../lib/toasts.ts'
import { paramIn, type IssueQuery } from './useIssue.ts'
import { texts } from './texts.ts'

type Place = 'first' | 'previous' | 'next' | 'latest'

export function useEvent(issue: IssueQuery) {
  const route = useRoute()
  const router = useRouter()
  const client = useQueryClient()
  const asked = computed(() => paramIn(route.params.event))
  const eventId = computed(() => (asked.value === '' ? (issue.data.value?.latest_event?.id ?? '') : asked.value))
  const query = useQuery({
    queryKey: computed(() => keys.event(eventId.value)),
    queryFn: () => events.get(eventId.value),
    enabled: computed(() => eventId.value !== ''),
    placeholderData: before => before,
    // An event never changes; its neighbours do.
    staleTime: 60_000
  })
  const event = computed(() => query.data.value)
  const isNewerThere = computed(() => {
    const [shown, latest] = [event.value, issue.data.value]
    return (
      shown !== undefined &&
      latest !== undefined &&
      shown.navigation.next === null &&
      Date.parse(latest.last_seen) > Date.parse(shown.received_at) + 1_000
    )
  })

  function linkTo(id: string): RouteLocationRaw {
    return { name: 'issue-event', params: { ...route.params, event: id }, query: route.query }
  }

  async function showLatest(): Promise<void> {
    await client.invalidateQueries({ queryKey: keys.issueDetail(issue.issueId.value) })
    const { event: _, ...params } = route.params
    await router.replace({ name: 'issue', params, query: route.query })
  }

  async function go(place: Place): Promise<void> {
    // Newer neighbours may have come since it was fetched.
    if (isNewerThere.value && (place === 'next' || place === 'latest')) await query.refetch()
    const id = event.value?.navigation[place] ?? null
    if (id === null || id === event.value?.id) showToast({ text: ends[place], stays: 2_000 })
    else await router.replace(linkTo(id))
  }
  useStepKeys(place => {
    void go(place)
  })

  return {
    eventId,
    event,
    error: query.error,
    isError: query.isError,
    isPlaceholderData: query.isPlaceholderData,
    refetch: query.refetch,
    isExpired: computed(() => query.error.value instanceof ApiError && query.error.value.status === 404),
    isNewerThere,
    linkTo,
    showLatest
  }
}

const { isFirst, isLatest } = texts.bar
const ends: Readonly<Record<Place, string>> = { first: isFirst, previous: isFirst, next: isLatest, latest: isLatest }

function useStepKeys(go: (place: Place) => void): void {
  const { group } = texts.shortcuts
  useShortcuts([
    { keys: 'n', does: texts.bar.next, group, run: () => go('next') },
    { keys: 'p', does: texts.bar.previous, group, run: () => go('previous') },
    { keys: 'Shift+n', does: texts.bar.latest, group, run: () => go('latest') },
    { keys: 'Shift+p', does: texts.bar.first, group, run: () => go('first') }
  ])
}
