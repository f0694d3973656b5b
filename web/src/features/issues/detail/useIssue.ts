/**
 * The issue that the address names, and the event of it that is looked at: the one that the address names, else the
 * latest.
 */
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, watch } from 'vue'
import { useRoute, useRouter, type RouteLocationRaw } from 'vue-router'
import { ApiError } from '../../../api/client.ts'
import { events } from '../../../api/events.ts'
import { issues } from '../../../api/issues.ts'
import { keys } from '../../../api/keys.ts'
import { issueTrail, neighbourOf } from '../../../lib/issueTrail.ts'
import { useShortcuts } from '../../../lib/hotkeys.ts'
import { showToast } from '../../../lib/toasts.ts'

function param(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : ''
}

export function useIssue() {
  const route = useRoute()
  const issueId = computed(() => param(route.params.issue))
  const query = useQuery({
    queryKey: computed(() => keys.issueDetail(issueId.value)),
    queryFn: () => issues.get(issueId.value),
    enabled: computed(() => issueId.value !== '')
  })
  return {
    issueId,
    ...query,
    isGone: computed(() => query.error.value instanceof ApiError && query.error.value.status === 404)
  }
}

export type EventPlace = 'first' | 'previous' | 'next' | 'latest'

export function useEvent(issue: ReturnType<typeof useIssue>) {
  const route = useRoute()
  const router = useRouter()
  const client = useQueryClient()
  const asked = computed(() => param(route.params.event))
  const eventId = computed(() => (asked.value === '' ? (issue.data.value?.latest_event?.id ?? '') : asked.value))
  const query = useQuery({
    queryKey: computed(() => keys.event(eventId.value)),
    queryFn: () => events.get(eventId.value),
    enabled: computed(() => eventId.value !== ''),
    // The one that is shown stays until the next is there: stepping through events does not flicker.
    placeholderData: before => before,
    // An event never changes; its neighbours do.
    staleTime: 60_000
  })
  const event = computed(() => query.data.value)
  const isExpired = computed(() => query.error.value instanceof ApiError && query.error.value.status === 404)
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

  async function go(place: EventPlace): Promise<void> {
    // Its neighbours may be newer than what was asked about it.
    if (isNewerThere.value && (place === 'next' || place === 'latest')) await query.refetch()
    const id = event.value?.navigation[place] ?? null
    if (id === null || id === event.value?.id) {
      showToast({
        text:
          place === 'next' || place === 'latest'
            ? 'This is the latest event.'
            : 'This is the first event that is kept.',
        stays: 2_000
      })
    } else void router.replace(linkTo(id))
  }

  function goIssue(by: 1 | -1): void {
    const id = neighbourOf(issueTrail.value, issue.data.value?.id ?? issue.issueId.value, by)
    if (id !== null) {
      void router.replace({
        name: 'issue',
        params: { org: route.params.org, project: route.params.project, issue: id }
      })
    } else showToast({ text: 'There is no further issue in the list that you came from.', stays: 2_000 })
  }

  // Who goes back to the list finds the cursor on the issue that was looked at last.
  watch(
    () => issue.data.value?.id,
    id => {
      const trail = issueTrail.value
      if (id !== undefined && trail !== null && trail.ids.includes(id)) issueTrail.value = { ...trail, cursor: id }
    },
    { immediate: true }
  )

  const group = 'Issue'
  useShortcuts([
    {
      keys: 'n',
      does: 'Next event',
      group,
      run: () => {
        void go('next')
      }
    },
    {
      keys: 'p',
      does: 'Previous event',
      group,
      run: () => {
        void go('previous')
      }
    },
    {
      keys: 'Shift+n',
      does: 'Latest event',
      group,
      run: () => {
        void go('latest')
      }
    },
    {
      keys: 'Shift+p',
      does: 'First event',
      group,
      run: () => {
        void go('first')
      }
    },
    { keys: 'Shift+j', does: 'Next issue of the list', group, run: () => goIssue(1) },
    { keys: 'Shift+k', does: 'Previous issue of the list', group, run: () => goIssue(-1) }
  ])

  return {
    eventId,
    event,
    error: query.error,
    isError: query.isError,
    isPlaceholderData: query.isPlaceholderData,
    refetch: query.refetch,
    isExpired,
    isNewerThere,
    linkTo,
    showLatest
  }
}
