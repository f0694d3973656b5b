/** What was chosen in this browser, beside the theme. */
import { useLocalStorage } from '@vueuse/core'

export const singleKeys = useLocalStorage('mesher.single-keys', true)
export const sidebarCollapsed = useLocalStorage('mesher.sidebar-collapsed', false)
export const compactRows = useLocalStorage('mesher.compact-rows', false)
/**
 * Whether the list of events has a chart over it, and which of the columns that can be left out it has; none stands for
 * all.
 */
export const eventChart = useLocalStorage('mesher.event-chart', true)
export const eventColumns = useLocalStorage<string[]>('mesher.event-columns', [])
/** The columns of lists of issues that are left out. */
export const hiddenIssueColumns = useLocalStorage<string[]>('mesher.issue-columns-hidden', ['priority'])
/** Where one was last, by "org/project": where `/` leads to. */
export const lastProject = useLocalStorage('mesher.last-project', '')
