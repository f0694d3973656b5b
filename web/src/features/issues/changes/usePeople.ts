/** Members of the organization: to whom an issue can be assigned. Empty until they are known. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { keys } from '../../../api/keys.ts'
import { organizations } from '../../../api/organizations.ts'
import { useWorkspace } from '../../../lib/workspace.ts'
import type { Person } from './change.ts'

const freshMs = 5 * 60_000

export function usePeople() {
  const { organization } = useWorkspace()
  const { data } = useQuery({
    queryKey: computed(() => keys.members(organization.value.id)),
    queryFn: async () => (await organizations.members(organization.value.id)).data,
    staleTime: freshMs
  })
  return computed<readonly Person[]>(() =>
    (data.value ?? []).map(({ user_id: id, name, email }) => ({ id, name, email }))
  )
}
