/** Deploys of the project that one is in, for charts. */
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import type { Query } from '../api/client.ts'
import { keys } from '../api/keys.ts'
import type { Deploy } from '../api/types.ts'
import { useProject } from './workspace.ts'

/** More would be nothing but marks. */
const deploysMax = 100

/** The newest of what is asked for; none while they are not known, and none for null. */
export function useDeploys(asked: () => Query | null) {
  const project = useProject()
  const query = computed(() => ({ ...asked(), limit: deploysMax }))
  const { data } = useQuery({
    queryKey: computed(() => keys.deploys(project.value.id, query.value)),
    // Loaded with the first chart: pages can be used before it.
    queryFn: async () => {
      const { afterwards } = await import('../api/afterwards.ts')
      return (await afterwards.deploys(project.value.id, query.value)).data
    },
    enabled: computed(() => asked() !== null),
    placeholderData: keepPreviousData
  })
  return computed<readonly Deploy[]>(() => data.value ?? [])
}
