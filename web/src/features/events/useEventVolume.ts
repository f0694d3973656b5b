/**
 * Events over time under the filters of the list that rollups know by hour. It stands still with the list, and is
 * fetched again with it.
 */
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { keys } from '../../api/keys.ts'
import { stats } from '../../api/stats.ts'
import { useResolution } from '../../charts/useResolution.ts'
import { folded } from '../../charts/volume.ts'
import { eventChart } from '../../lib/preferences.ts'
import { useRange } from '../../lib/range.ts'
import { timeZone } from '../../lib/zone.ts'
import { useProject } from '../../lib/workspace.ts'
import type { EventFilters } from './useEventList.ts'

export function useEventVolume({ chosen, isByFields }: EventFilters) {
  const project = useProject()
  const range = useRange()
  const resolution = useResolution()
  const asked = computed(() => {
    const { level, environment, release } = chosen.value
    return { level, environment, release, interval: resolution.value.interval, timezone: timeZone.value }
  })
  const { data, isError } = useQuery({
    queryKey: computed(() =>
      keys.events(project.value.id, {
        chart: 'volume',
        ...asked.value,
        ...(range.name.value === null ? range.query.value : { range: range.name.value })
      })
    ),
    queryFn: async () => await stats.volume(project.value.id, { ...asked.value, ...range.query.value }),
    enabled: computed(() => eventChart.value && isByFields.value),
    placeholderData: keepPreviousData
  })
  return { buckets: computed(() => folded(data.value?.data ?? [], resolution.value)), resolution, isError }
}
