/** The alert rules of all projects of the organization. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { alerts } from '../../../api/alerts.ts'
import { keys } from '../../../api/keys.ts'
import type { Page, ProjectNotifications } from '../../../api/types.ts'
import { useWorkspace } from '../../../lib/workspace.ts'

export function useNotifications() {
  const { organization } = useWorkspace()
  return useQuery({
    queryKey: computed(() => keys.notifications(organization.value.id)),
    queryFn: () => allOf(organization.value.id)
  })
}

async function allOf(org: string): Promise<ProjectNotifications[]> {
  const found: ProjectNotifications[] = []
  let cursor: string | undefined
  do {
    const page: Page<ProjectNotifications> = await alerts.notifications(org, cursor)
    found.push(...page.data)
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined)
  return found
}
