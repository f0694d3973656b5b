/** How finely the range of the header is shown; one without an end ends now. */
import { computed, type ComputedRef } from 'vue'
import { useRange } from '../lib/range.ts'
import { now } from '../lib/time.ts'
import { resolutionOf, type Resolution } from './volume.ts'

export function useResolution(): ComputedRef<Resolution> {
  const { query } = useRange()
  return computed(() => {
    const { from, to } = query.value
    return resolutionOf((to === undefined ? now.value : Date.parse(to)) - Date.parse(from))
  })
}
