/** The latest releases of the project that one is in: for pickers, and to mark them in charts. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { keys } from '../api/keys.ts'
import { projects } from '../api/projects.ts'
import type { Release } from '../api/types.ts'
import { useProject } from './workspace.ts'

/** `web` of `web@1.4.0`; '' where a release has none. */
export function packageOf(version: string): string {
  return version.slice(0, Math.max(0, version.lastIndexOf('@')))
}

/** Those of the packages that these versions are of. */
export function ofSamePackages(
  releases: readonly Release[],
  versions: readonly (string | null | undefined)[]
): Release[] {
  const packages = new Set(versions.flatMap(version => (version ? [packageOf(version)] : [])))
  return releases.filter(({ version }) => packages.has(packageOf(version)))
}

/** At most a hundred; none while they are not known. */
export function useReleases() {
  const project = useProject()
  const { data } = useQuery({
    queryKey: computed(() => keys.releases(project.value.id)),
    queryFn: async () => (await projects.releases(project.value.id)).data
  })
  return computed<readonly Release[]>(() => data.value ?? [])
}
