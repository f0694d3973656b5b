/** The issue that the address names. A short id and a merged issue are found, too: the page corrects the address. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useRoute } from 'vue-router'
import { ApiError } from '../../../api/client.ts'
import { issues } from '../../../api/issues.ts'
import { keys } from '../../../api/keys.ts'

/** '' where the address has no such part. */
export function paramIn(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : ''
}

export function useIssue() {
  const route = useRoute()
  const issueId = computed(() => paramIn(route.params.issue))
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

export type IssueQuery = ReturnType<typeof useIssue>
