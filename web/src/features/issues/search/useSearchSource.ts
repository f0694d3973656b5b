/**
 * What completes a search of issues, of one project or of several: releases, environments and members. The values of a
 * tag or facet are fetched once its name is typed.
 */
import { useQuery, type QueryKey } from '@tanstack/vue-query'
import { computed, ref } from 'vue'
import { searchKeyNamed, searchKeys } from '../../../../../schema/search-keys.ts'
import type { Query } from '../../../api/client.ts'
import { keys } from '../../../api/keys.ts'
import { organizations } from '../../../api/organizations.ts'
import { projects } from '../../../api/projects.ts'
import { stats } from '../../../api/stats.ts'
import type { TagValues } from '../../../api/types.ts'
import { useReleases } from '../../../lib/releases.ts'
import { tagNamed, type CompletionSource } from '../../../lib/searchQuery.ts'
import { useProject, useWorkspace } from '../../../lib/workspace.ts'
import { usePeople } from '../changes/usePeople.ts'

const valuesMax = 50
const weekMs = 7 * 86_400_000
const freshMs = 5 * 60_000

/** Where the values of tags come from; environments and releases are tags, too, unless `own` has them. */
type Values = {
  key: (tag: string) => QueryKey
  fetch: (tag: string, query: Query) => Promise<TagValues>
  own: () => { releases?: string[]; environments?: string[] }
}

/** Of the project at hand. */
export function useSearchSource() {
  const project = useProject()
  const id = computed(() => project.value.id)
  const releases = useReleases()
  const { data: environments } = useQuery({
    queryKey: computed(() => keys.environments(id.value)),
    queryFn: async () => (await projects.environments(id.value)).data,
    staleTime: freshMs
  })
  return useCompletion({
    key: tag => keys.tagValues(id.value, tag, { limit: valuesMax }),
    fetch: (tag, query) => stats.tagValues(id.value, tag, query),
    own: () => ({
      releases: releases.value.map(({ version }) => version),
      environments: (environments.value ?? []).map(({ name }) => name)
    })
  })
}

/** Of all projects of the organization, or of the chosen ones. */
export function useSearchOfAll(chosen: () => readonly string[]) {
  const { organization } = useWorkspace()
  return useCompletion({
    key: tag => keys.organizationTag(organization.value.id, tag, { project: chosen() }),
    fetch: (tag, query) => organizations.tagValues(organization.value.id, tag, { ...query, project: chosen() }),
    own: () => ({})
  })
}

function useCompletion({ key, fetch, own }: Values) {
  const people = usePeople()
  const typed = ref({ key: '', tag: '' })
  const { data: found } = useQuery({
    queryKey: computed(() => key(typed.value.tag)),
    queryFn: async () =>
      (await fetch(typed.value.tag, { limit: valuesMax, from: new Date(Date.now() - weekMs).toISOString() })).data.map(
        ({ value }) => value
      ),
    enabled: computed(() => typed.value.tag !== ''),
    staleTime: freshMs,
    refetchInterval: false
  })

  const source = computed<CompletionSource>(() => {
    const known = { people: people.value.map(({ email }) => email), ...own() }
    const lists = searchKeys.flatMap(({ name, valuesFrom: from }) =>
      from === undefined || from === 'tag' ? [] : [[name, known[from] ?? []] as const]
    )
    const { key: name, tag } = typed.value
    return {
      subject: 'issues',
      values: {
        ...Object.fromEntries(lists),
        ...(tag === '' || found.value === undefined ? {} : { [name]: found.value })
      }
    }
  })

  /** The values of this key are wanted. */
  function complete(name: string): void {
    const known = searchKeyNamed(name)
    const from = known?.valuesFrom
    const tags = { releases: 'release', environments: 'environment' } as const
    if (known === undefined || from === 'tag') {
      const tag = tagNamed(known?.name ?? name)
      typed.value = { key: tag, tag }
    } else if ((from === 'releases' || from === 'environments') && own()[from] === undefined) {
      typed.value = { key: known.name, tag: tags[from] }
    } else {
      typed.value = { key: '', tag: '' }
    }
  }

  return { source, complete }
}
