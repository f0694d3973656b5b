/** What somebody has chosen in this browser, beside the theme. */
import { useLocalStorage } from '@vueuse/core'

export const singleKeys = useLocalStorage('mesher.single-keys', true)
export const sidebarCollapsed = useLocalStorage('mesher.sidebar-collapsed', false)
export const compactRows = useLocalStorage('mesher.compact-rows', false)
/** Where one was last, by "org/project": where `/` leads to. */
export const lastProject = useLocalStorage('mesher.last-project', '')
