/**
 * What completes a search of issues: releases, environments and members. The values of a tag or facet are fetched once
 * its name is typed.
 */
import { useQuery } from '@tanstack/vue-query'
import { computed, ref } from 'vue'
import { searchKeyNamed, searchKeys } from '../../../../../schema/search-keys.ts'
import { keys } from '../../../api/keys.ts'
import { projects } from '../../../api/projects.ts'
import { stats } from '../../../api/stats.ts'
import { useReleases } from '../../../lib/releases.ts'
import { tagNamed, type CompletionSource } from '../../../lib/searchQuery.ts'
import { useProject } from '../../../lib/workspace.ts'
import { usePeople } from '../changes/usePeople.ts'

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
    const own: Readonly<Record<'releases' | 'environments' | 'people', string[]>> = {
      releases: releases.value.map(({ version }) => version),
      environments: (environments.value ?? []).map(({ name }) => name),
      people: people.value.map(({ email }) => email)
    }
    return {
      subject: 'issues',
      values: {
        ...Object.fromEntries(
          searchKeys.flatMap(({ name, valuesFrom: from }) =>
            from === undefined || from === 'tag' ? [] : [[name, own[from]]]
          )
        ),
        ...(typedKey.value === '' || found.value === undefined ? {} : { [typedKey.value]: found.value })
      }
    }
  })
  return {
    source,
    /** The values of this key are wanted. */
    complete: (key: string) => {
      const known = searchKeyNamed(key)
      typedKey.value = known === undefined || known.valuesFrom === 'tag' ? tagNamed(known?.name ?? key) : ''
    }
  }
}
