/** Waits for the first event of the project: the stream reports it, and the API knows earlier ones. */
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, ref, shallowRef, watch } from 'vue'
import { keys } from '../../api/keys.ts'
import { issues } from '../../api/issues.ts'
import { projects } from '../../api/projects.ts'
import { useResync, useStream } from '../../live/connection.ts'
import { useProject } from '../../lib/workspace.ts'

export function useFirstEvent() {
  const project = useProject()
  const client = useQueryClient()
  const onboardingKey = computed(() => keys.onboarding(project.value.id))
  const onboarding = useQuery({ queryKey: onboardingKey, queryFn: () => projects.onboarding(project.value.id) })
  /** The issue of the first event that the stream has told of. */
  const heard = shallowRef<{ issue: string; title: string } | null>(null)
  const hadEvents = ref<boolean | null>(null)
  watch(
    () => onboarding.data.value?.has_events,
    has => {
      if (has !== undefined) hadEvents.value ??= has
    },
    { immediate: true }
  )
  const hasEvents = computed(() => heard.value !== null || onboarding.data.value?.has_events === true)

  useStream(message => {
    // The first event may have come after it was asked for, and before the server began to tell.
    if (message.type === 'subscribed' && 'project' in message && message.project === project.value.id) {
      void client.invalidateQueries({ queryKey: onboardingKey.value })
    }
    if (message.type !== 'events' || message.project !== project.value.id) return
    const [event] = message.events
    if (event === undefined || heard.value !== null) return
    heard.value = { issue: event.issue_id, title: event.title }
    void client.invalidateQueries({ queryKey: onboardingKey.value })
  })
  useResync(() => {
    void client.invalidateQueries({ queryKey: onboardingKey.value })
  })

  // When the stream was away at that moment, the newest issue is the one.
  const { data: newest } = useQuery({
    queryKey: computed(() => keys.newestIssue(project.value.id)),
    queryFn: async () =>
      (
        await issues.list(project.value.id, {
          status: 'all',
          limit: 1,
          sort: 'last_seen',
          from: new Date(Date.now() - 7_776_000_000 + 60_000).toISOString()
        })
      ).data[0] ?? null,
    enabled: computed(() => hasEvents.value && heard.value === null)
  })
  const issue = computed(
    () =>
      heard.value ??
      (newest.value === null || newest.value === undefined
        ? null
        : { issue: newest.value.id, title: newest.value.title })
  )
  return { onboarding, hasEvents, hadEvents, issue }
}
