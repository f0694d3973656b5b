/** How all projects of the organization are doing in the header's range. No stream follows them: it is asked again. */
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { keys } from '../../../api/keys.ts'
import { organizations } from '../../../api/organizations.ts'
import { useEnvironments, useRange } from '../../../lib/range.ts'
import { timeZone } from '../../../lib/zone.ts'
import { useWorkspace } from '../../../lib/workspace.ts'

const againMs = 30_000

export function useOverviewOfAll() {
  const { organization } = useWorkspace()
  const range = useRange()
  const { chosen: environment } = useEnvironments()
  const query = computed(() => ({ ...range.query.value, timezone: timeZone.value, environment: environment.value }))
  return useQuery({
    queryKey: computed(() => keys.organizationOverview(organization.value.id, query.value)),
    queryFn: () => organizations.overview(organization.value.id, query.value),
    placeholderData: keepPreviousData,
    refetchInterval: againMs
  })
}
