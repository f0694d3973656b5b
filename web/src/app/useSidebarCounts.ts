/** The numbers beside the sidebar's entries; the stream keeps them true. */
import { useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'
import { alerts } from '../api/alerts.ts'
import { keys } from '../api/keys.ts'
import { stats } from '../api/stats.ts'
import { timeZone } from '../lib/zone.ts'
import { followedProject } from './followedProject.ts'

/** Beyond this it does not matter how many. */
const alertsMax = 100

export function useSidebarCounts(): ComputedRef<Readonly<Record<string, number>>> {
  const project = computed(() => followedProject.value ?? '')
  const enabled = computed(() => project.value !== '')
  const { data: health } = useQuery({
    queryKey: computed(() => keys.health(project.value, { timezone: timeZone.value })),
    queryFn: () => stats.health(project.value, { timezone: timeZone.value }),
    enabled
  })
  const query = { status: 'active', limit: alertsMax } as const
  const { data: active } = useQuery({
    queryKey: computed(() => keys.alerts(project.value, query)),
    queryFn: () => alerts.list(project.value, query),
    enabled
  })
  return computed(() => ({ issues: health.value?.unresolved ?? 0, alerts: active.value?.data.length ?? 0 }))
}
