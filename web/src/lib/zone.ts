/** Whether times are those of where the browser is, or UTC: chosen once in this browser. */
import { useLocalStorage } from '@vueuse/core'
import { computed } from 'vue'

export type Zone = 'local' | 'utc'

export const zone = useLocalStorage<Zone>('mesher.time-zone', 'local')
/** Of the browser, by its IANA name. */
export const viewerZone = new Intl.DateTimeFormat().resolvedOptions().timeZone
/** By its IANA name. */
export const timeZone = computed(() => (zone.value === 'utc' ? 'UTC' : viewerZone))
