/**
 * The issues of all projects of the organization, or of the ones that the address names. No stream follows so many
 * projects: the list is fetched again every half minute, unless somebody is at work in it.
 */
import { computed } from 'vue'
import { keys } from '../../../api/keys.ts'
import { organizations } from '../../../api/organizations.ts'
import { useEnvironments } from '../../../lib/range.ts'
import { useUrlState } from '../../../lib/urlState.ts'
import { useWorkspace } from '../../../lib/workspace.ts'
import type { AllThatMatch } from '../changes/useIssueChanges.ts'
import { useListFrom, type ListAddress } from './useIssueList.ts'

const againMs = 30_000

/** `project` in the address: slugs, none for all. */
export function useChosenProjects() {
  const state = useUrlState()
  return computed({
    get: () => state.many('project'),
    set: (slugs: string[]) => state.set({ project: slugs }, { push: true })
  })
}

export function useAllIssues(address: ListAddress, isAtWork: () => boolean) {
  const { organization, projects } = useWorkspace()
  const chosen = useChosenProjects()
  const { chosen: environment } = useEnvironments()
  const list = useListFrom(address, {
    key: query => keys.issuesOfOrganization(organization.value.id, query),
    fetch: (query, signal) => organizations.issues(organization.value.id, query, signal),
    more: () => ({ project: chosen.value, environment: environment.value }),
    // Rows must not move under the hands of who selects some, or has gone further down.
    again: pages => (isAtWork() || pages > 1 ? false : againMs)
  })
  const owners = computed(() => new Map(list.rows.value.map(({ id, project }) => [id, project?.id ?? ''])))
  // What has left the list is undone, too.
  const known = new Map<string, string>()
  return {
    list,
    projectOf: ({ id }: { id: string }): string => {
      const owner = owners.value.get(id) ?? known.get(id) ?? ''
      known.set(id, owner)
      return owner
    },
    all: {
      send: async (filter, change) => {
        const answer = await organizations.changeIssues(organization.value.id, { filter, change })
        const refused = answer.projects.flatMap(({ name, refused: why }) => (why === null ? [] : [`${name}: ${why}`]))
        return { ...answer, refused }
      },
      projects: () =>
        projects.value
          .filter(
            ({ slug, id }) => chosen.value.length === 0 || chosen.value.includes(slug) || chosen.value.includes(id)
          )
          .map(({ id }) => id)
    } satisfies AllThatMatch
  }
}
