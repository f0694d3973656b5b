/** Releases with their numbers: the list, one of them, and two side by side. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import { keys } from '../../api/keys.ts'
import { releases } from '../../api/releases.ts'
import { stats } from '../../api/stats.ts'
import { useResolution } from '../../charts/useResolution.ts'
import { folded } from '../../charts/volume.ts'
import { useEnvironments, useRange } from '../../lib/range.ts'
import { timeZone } from '../../lib/zone.ts'
import { showToast } from '../../lib/toasts.ts'
import { useUrlState } from '../../lib/urlState.ts'
import { useProject } from '../../lib/workspace.ts'
import type { IssueKind } from './releaseWords.ts'

export const sorts = [
  { value: 'newest', label: 'Newest first' },
  { value: 'version', label: 'Highest version' },
  { value: 'last_event', label: 'Last event' },
  { value: 'events', label: 'Most events' },
  { value: 'new_issues', label: 'Most new issues' }
] as const
export type Sort = (typeof sorts)[number]['value']

const pageSize = 50
const issuesShown = 10
const commitsShown = 20
const comparedShown = 20

export function useReleaseList() {
  const project = useProject()
  const range = useRange()
  const { chosen } = useEnvironments()
  const state = useUrlState()
  const sort = computed<Sort>({
    get: () => sorts.find(({ value }) => value === state.one('sort'))?.value ?? 'newest',
    set: value => state.set({ sort: value === 'newest' ? null : value })
  })
  const words = computed({ get: () => state.one('query'), set: query => state.set({ query }) })
  const archived = computed({
    get: () => state.one('archived') === 'true',
    set: shown => state.set({ archived: shown ? 'true' : null })
  })
  const asked = computed(() => ({
    ...range.query.value,
    environment: chosen.value,
    sort: sort.value,
    query: words.value,
    archived: String(archived.value),
    limit: pageSize
  }))
  const query = useInfiniteQuery({
    queryKey: computed(() => keys.releaseLists(project.value.id, asked.value)),
    queryFn: ({ pageParam }) => releases.summaries(project.value.id, { ...asked.value, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData
  })
  const first = computed(() => query.data.value?.pages[0])
  const rows = computed(
    () => query.data.value?.pages.flatMap(page => page.data.map(row => ({ ...row, id: row.version }))) ?? []
  )
  return { ...query, first, rows, sort, words, archived }
}

export function useRelease(version: () => string) {
  const project = useProject()
  const range = useRange()
  const { chosen } = useEnvironments()
  const asked = computed(() => ({ ...range.query.value, environment: chosen.value }))
  return useQuery({
    queryKey: computed(() => keys.release(project.value.id, version(), asked.value)),
    queryFn: () => releases.get(project.value.id, version(), asked.value),
    placeholderData: previous => (previous?.version === version() ? previous : undefined)
  })
}

/** Archives it, or opens it again. */
export function useReleaseChange() {
  const project = useProject()
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ version, status }: { version: string; status: 'open' | 'archived' }) =>
      releases.change(project.value.id, version, status),
    onSuccess: async (_, { version, status }) => {
      showToast({ tone: 'ok', text: status === 'archived' ? `${version} is archived.` : `${version} is open again.` })
      await client.invalidateQueries({ queryKey: keys.project(project.value.id) })
    }
  })
}

/** Events by time: of a release, or of all. */
export function useReleaseVolume(release: () => string | null) {
  const project = useProject()
  const range = useRange()
  const { chosen } = useEnvironments()
  const resolution = useResolution()
  const asked = computed(() => ({
    ...range.query.value,
    interval: resolution.value.interval,
    environment: chosen.value,
    release: release() ?? undefined,
    timezone: timeZone.value
  }))
  const query = useQuery({
    queryKey: computed(() => keys.volume(project.value.id, asked.value)),
    queryFn: () => stats.volume(project.value.id, asked.value),
    placeholderData: keepPreviousData
  })
  return { ...query, resolution, buckets: computed(() => folded(query.data.value?.data ?? [], resolution.value)) }
}

export function useReleaseIssues(version: () => string, kind: () => IssueKind) {
  const project = useProject()
  return useInfiniteQuery({
    queryKey: computed(() => keys.release(project.value.id, version(), { issues: kind() })),
    queryFn: ({ pageParam }) =>
      releases.issues(project.value.id, version(), { kind: kind(), limit: issuesShown, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.next_cursor ?? undefined
  })
}

export function useReleaseCommits(version: () => string) {
  const project = useProject()
  return useInfiniteQuery({
    queryKey: computed(() => keys.release(project.value.id, version(), { of: 'commits' })),
    queryFn: ({ pageParam }) =>
      releases.commits(project.value.id, version(), { limit: commitsShown, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.next_cursor ?? undefined
  })
}

export function useComparison(both: () => { base: string; other: string } | null) {
  const project = useProject()
  return useQuery({
    queryKey: computed(() => keys.comparison(project.value.id, both() ?? {})),
    queryFn: () => releases.comparison(project.value.id, both() ?? {}),
    enabled: computed(() => both() !== null)
  })
}

export function useComparedIssues(both: () => { base: string; other: string }, set: () => 'base' | 'other' | 'both') {
  const project = useProject()
  const asked = computed(() => ({ ...both(), in: set(), limit: comparedShown }))
  return useInfiniteQuery({
    queryKey: computed(() => keys.comparison(project.value.id, asked.value)),
    queryFn: ({ pageParam }) => releases.comparedIssues(project.value.id, { ...asked.value, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.next_cursor ?? undefined
  })
}
