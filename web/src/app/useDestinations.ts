/** The destinations that there are from here, with where they lead. */
import { computed, type ComputedRef } from 'vue'
import { useRoute, type RouteLocationRaw } from 'vue-router'
import { lastProject } from '../lib/preferences.ts'
import { destinations, type Destination } from './navigation.ts'

/** `project` is the slug of the project that it leads to. */
export type Way = Destination & { to: RouteLocationRaw; project?: string }

export function useDestinations(
  isInstanceAdmin: () => boolean,
  here: () => { organization: string | undefined; projects: readonly string[] }
): ComputedRef<Way[]> {
  const route = useRoute()
  return computed(() => {
    const { organization: org, projects } = here()
    const asked = route.params.project
    const [lastOrg, last] = lastProject.value.split('/')
    const remembered = lastOrg === org && projects.includes(last ?? '') ? last : projects[0]
    const project = typeof asked === 'string' ? asked : remembered
    // The filters of the header stay chosen from page to page.
    const kept = Object.fromEntries(
      Object.entries(route.query).filter(([name]) => ['range', 'from', 'to', 'env'].includes(name))
    )
    return destinations.flatMap((destination): Way[] => {
      if (destination.instanceAdmin === true && !isInstanceAdmin()) return []
      if (destination.scope === 'anywhere') return [{ ...destination, to: { name: destination.name } }]
      if (org === undefined) return []
      if (destination.scope === 'organization') {
        const { env: _, ...range } = kept
        const query = destination.name.startsWith('all-') ? range : {}
        return [{ ...destination, to: { name: destination.name, params: { org }, query } }]
      }
      return project === undefined
        ? []
        : [{ ...destination, project, to: { name: destination.name, params: { org, project }, query: kept } }]
    })
  })
}
