/**
 * What completes a search: releases, environments and members of the project; the values of a tag are asked for when
 * somebody types its name.
 */
import { useQuery } from '@tanstack/vue-query'
import { computed, ref } from 'vue'
import { keys } from '../../../api/keys.ts'
import { projects } from '../../../api/projects.ts'
import { stats } from '../../../api/stats.ts'
import { useReleases } from '../../../lib/releases.ts'
import type { CompletionSource } from '../../../lib/searchQuery.ts'
import { useProject } from '../../../lib/workspace.ts'
import { usePeople } from '../changes/usePeople.ts'

/** Tags that SDKs and Mesher give most events; others are completed as soon as their name is typed. */
const commonTags = [
  'browser',
  'browser.name',
  'os',
  'os.name',
  'device',
  'runtime',
  'runtime.name',
  'url',
  'transaction',
  'server_name',
  'logger',
  'handled',
  'mechanism'
]
const valuesMax = 50
const weekMs = 7 * 86_400_000
const freshMs = 5 * 60_000

export function useSearchSource() {
  const project = useProject()
  const id = computed(() => project.value.id)
  const releases = useReleases()
  const { data: environments } = useQuery({
    queryKey: computed(() => keys.environments(id.value)),
    queryFn: async () => (await projects.environments(id.value)).data,
    staleTime: freshMs
  })
  const people = usePeople()

  const typedKey = ref('')
  const { data: found } = useQuery({
    queryKey: computed(() => keys.tagValues(id.value, typedKey.value, { limit: valuesMax })),
    queryFn: async () =>
      (
        await stats.tagValues(id.value, typedKey.value, {
          limit: valuesMax,
          from: new Date(Date.now() - weekMs).toISOString()
        })
      ).data.map(({ value }) => value),
    enabled: computed(() => typedKey.value !== ''),
    staleTime: freshMs,
    refetchInterval: false
  })

  const source = computed<CompletionSource>(() => {
    const versions = releases.value.map(({ version }) => version)
    const emails = people.value.map(({ email }) => email)
    return {
      subject: 'issues',
      tags: commonTags,
      values: {
        release: versions,
        firstRelease: versions,
        environment: (environments.value ?? []).map(({ name }) => name),
        assigned: emails,
        ...(typedKey.value === '' || found.value === undefined ? {} : { [typedKey.value]: found.value })
      }
    }
  })
  const isKnown = (key: string): boolean =>
    [
      'is',
      'level',
      'assigned',
      'has',
      'title',
      'culprit',
      'message',
      'events',
      'users',
      'firstSeen',
      'lastSeen',
      'release',
      'firstRelease',
      'environment',
      'issue',
      'platform'
    ].includes(key)
  return {
    source,
    complete: (key: string) => {
      typedKey.value = isKnown(key) ? '' : key
    }
  }
}
