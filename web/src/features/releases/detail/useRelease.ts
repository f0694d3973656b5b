/** One release with its numbers, its events by time, its issues and its commits. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import { keys } from '../../../api/keys.ts'
import { releases } from '../../../api/releases.ts'
import { stats } from '../../../api/stats.ts'
import { useResolution } from '../../../charts/useResolution.ts'
import { folded } from '../../../charts/volume.ts'
import { useEnvironments, useRange } from '../../../lib/range.ts'
import { timeZone } from '../../../lib/zone.ts'
import { showToast } from '../../../lib/toasts.ts'
import { useProject } from '../../../lib/workspace.ts'
import { texts } from './texts.ts'

export type IssueKind = 'new' | 'regressed' | 'resolved'

const issuesShown = 10
const commitsShown = 20

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
      showToast({ tone: 'ok', text: status === 'archived' ? texts.archived(version) : texts.opened(version) })
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
