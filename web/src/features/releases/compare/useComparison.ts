/** Two releases side by side, and the issues that they have. */
import { useInfiniteQuery, useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { keys } from '../../../api/keys.ts'
import { releases } from '../../../api/releases.ts'
import { useProject } from '../../../lib/workspace.ts'

const issuesShown = 20

export function useComparison(both: () => { base: string; other: string } | null) {
  const project = useProject()
  return useQuery({
    queryKey: computed(() => keys.comparison(project.value.id, both() ?? {})),
    queryFn: () => releases.comparison(project.value.id, both() ?? {}),
    enabled: computed(() => both() !== null)
  })
}

export function useComparedIssues(both: () => { base: string; other: string }, set: () => 'base' | 'other' | 'both') {
  const project = useProject()
  const asked = computed(() => ({ ...both(), in: set(), limit: issuesShown }))
  return useInfiniteQuery({
    queryKey: computed(() => keys.comparison(project.value.id, asked.value)),
    queryFn: ({ pageParam }) => releases.comparedIssues(project.value.id, { ...asked.value, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.next_cursor ?? undefined
  })
}
