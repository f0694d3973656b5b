/**
 * What the palette finds of what was typed: issues of all projects of the organization, by words or a short id; an
 * event by its id; people and releases of the project at hand.
 */
import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { events } from '../api/events.ts'
import { keys } from '../api/keys.ts'
import { organizations } from '../api/organizations.ts'
import { persons } from '../api/persons.ts'
import { projects } from '../api/projects.ts'
import { eventIdIn } from '../lib/searchQuery.ts'

const [hourMs, dayMs] = [3_600_000, 86_400_000]
const releasesMax = 5
const personsMax = 5
/** As the API takes it. */
const [personCharsMin, personCharsMax] = [3, 100]

export function usePaletteFinds(
  asked: Ref<string>,
  here: () => { organization: string; project: string; isOpen: boolean }
) {
  const text = computed(() => asked.value.trim())
  const isAsked = computed(() => here().isOpen && text.value.length > 1)
  const query = computed(() => ({
    query: text.value,
    status: 'all',
    limit: 8,
    from: new Date(Math.floor(Date.now() / hourMs) * hourMs - 90 * dayMs).toISOString()
  }))
  const { data: issues } = useQuery({
    queryKey: computed(() => ['palette', here().organization, query.value]),
    queryFn: ({ signal }) => organizations.issues(here().organization, query.value, signal),
    enabled: computed(() => isAsked.value && here().organization !== ''),
    retry: false,
    refetchInterval: false
  })
  const eventId = computed(() => eventIdIn(text.value) ?? '')
  const { data: event } = useQuery({
    queryKey: computed(() => keys.event(eventId.value)),
    queryFn: () => events.get(eventId.value),
    enabled: computed(() => here().isOpen && eventId.value !== ''),
    retry: false,
    refetchInterval: false
  })
  const isLong = computed(() => text.value.length >= personCharsMin && text.value.length <= personCharsMax)
  const { data: people } = useQuery({
    queryKey: computed(() => keys.persons(here().project, text.value)),
    queryFn: ({ signal }) => persons.search(here().project, text.value, personsMax, signal),
    enabled: computed(() => isAsked.value && here().project !== '' && isLong.value),
    retry: false,
    refetchInterval: false
  })
  const { data: releases } = useQuery({
    queryKey: computed(() => keys.releases(here().project)),
    queryFn: async () => (await projects.releases(here().project)).data,
    enabled: computed(() => isAsked.value && here().project !== ''),
    refetchInterval: false
  })
  return {
    issues: computed(() => (isAsked.value ? (issues.value?.data ?? []) : [])),
    event: computed(() => (eventId.value === '' ? undefined : event.value)),
    persons: computed(() => (isAsked.value && isLong.value ? (people.value?.data ?? []) : [])),
    releases: computed(() =>
      isAsked.value
        ? (releases.value ?? [])
            .map(({ version }) => version)
            .filter(version => version.toLowerCase().includes(text.value.toLowerCase()))
            .slice(0, releasesMax)
        : []
    )
  }
}
