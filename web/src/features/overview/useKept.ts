/** The range and the environments of the page, for where it leads: what is counted here is found there. */
import { computed, type ComputedRef } from 'vue'
import { useRoute, type LocationQueryRaw } from 'vue-router'

export function useKept(): ComputedRef<LocationQueryRaw> {
  const route = useRoute()
  return computed(() => {
    const { range, from, to, env } = route.query
    return Object.fromEntries(Object.entries({ range, from, to, env }).filter(([, value]) => value !== undefined))
  })
}
