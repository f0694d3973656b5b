/**
 * The numbers of the page, each asked for by itself: what fails leaves the others alone. All go by the range of the
 * header.
 */
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { alerts } from '../../api/alerts.ts'
import { issues } from '../../api/issues.ts'
import { keys } from '../../api/keys.ts'
import { projects } from '../../api/projects.ts'
import { stats } from '../../api/stats.ts'
import { useResolution } from '../../charts/useResolution.ts'
import { folded, levelsOf } from '../../charts/volume.ts'
import { useEnvironments, useRange } from '../../lib/range.ts'
import { timeZone } from '../../lib/zone.ts'
import { useProject } from '../../lib/workspace.ts'
import { changeOf, type CountedSpan } from './change.ts'

export const topMax = 8
export const valuesMax = 6
const alertsMax = 5
const hourMs = 3_600_000
/** The longest range that the API counts. */
const hoursMax = 90 * 24
const tagsStaleMs = 5 * 60_000
/** Tags that are asked for by name elsewhere on the page. */
const shownAlready = ['level', 'environment', 'release']

export function useHealth() {
  const project = useProject()
  const range = useRange()
  const { chosen } = useEnvironments()
  const asked = computed(() => ({ ...range.query.value, environment: chosen.value, timezone: timeZone.value }))
  const queryKey = computed(() => keys.health(project.value.id, asked.value))
  const query = useQuery({
    queryKey,
    queryFn: async () => await stats.health(project.value.id, asked.value),
    placeholderData: keepPreviousData
  })
  return { ...query, queryKey }
}

export type HealthNumbers = ReturnType<typeof useHealth>

/** The query of the volume; the stream's events are counted into what this key holds. */
export function useVolume() {
  const project = useProject()
  const range = useRange()
  const { chosen } = useEnvironments()
  const resolution = useResolution()
  const asked = computed(() => ({
    ...range.query.value,
    interval: resolution.value.interval,
    environment: chosen.value,
    timezone: timeZone.value
  }))
  const queryKey = computed(() => keys.volume(project.value.id, asked.value))
  const query = useQuery({
    queryKey,
    queryFn: async () => await stats.volume(project.value.id, asked.value),
    placeholderData: keepPreviousData
  })
  const buckets = computed(() => folded(query.data.value?.data ?? [], resolution.value))
  return { ...query, queryKey, resolution, buckets, levels: computed(() => levelsOf(buckets.value)) }
}

export type VolumeNumbers = ReturnType<typeof useVolume>

/**
 * How many more events there were than in the time before, which was as long; null where that cannot be told.
 */
export function useChange(present: () => CountedSpan | null, environments: () => readonly string[] = () => []) {
  const project = useProject()
  const before = computed(() => {
    const span = present()
    if (span === null) return null
    const [from, hours] = [span.from, Math.min(hoursMax, Math.ceil((span.to - span.from) / hourMs))]
    return {
      from: new Date(from - hours * hourMs).toISOString(),
      to: new Date(from).toISOString(),
      environment: [...environments()]
    }
  })
  const { data } = useQuery({
    queryKey: computed(() => keys.before(project.value.id, before.value ?? {})),
    queryFn: async () => await stats.levels(project.value.id, before.value ?? {}),
    enabled: computed(() => before.value !== null),
    staleTime: hourMs
  })
  return computed(() => {
    const span = present()
    if (span === null || data.value === undefined) return null
    const { data: levels, from, to } = data.value
    return changeOf(span, {
      count: levels.reduce((sum, { count }) => sum + count, 0),
      from: Date.parse(from),
      to: Date.parse(to)
    })
  })
}

export function useTagValues(key: () => string) {
  const project = useProject()
  const range = useRange()
  const asked = computed(() => ({ ...range.query.value, limit: valuesMax }))
  const query = useQuery({
    queryKey: computed(() => keys.tagValues(project.value.id, key(), asked.value)),
    queryFn: async () => await stats.tagValues(project.value.id, key(), asked.value),
    placeholderData: previous => (previous?.key === key() ? previous : undefined)
  })
  return query
}

/** The issues with most events; their trends come from the list of issues, in one request for all of them. */
export function useTopIssues() {
  const project = useProject()
  const range = useRange()
  const { chosen } = useEnvironments()
  const asked = computed(() => ({ ...range.query.value, environment: chosen.value, limit: topMax }))
  const query = useQuery({
    queryKey: computed(() => keys.topIssues(project.value.id, asked.value)),
    queryFn: async () => await stats.topIssues(project.value.id, asked.value),
    placeholderData: keepPreviousData
  })
  const names = computed(() => (query.data.value?.data ?? []).map(issue => issue.short_id).sort())
  const search = computed(() => ({
    ...range.query.value,
    environment: chosen.value,
    status: 'all',
    query: `issue:[${names.value.join(',')}]`,
    limit: topMax
  }))
  const { data: trends } = useQuery({
    queryKey: computed(() => keys.topTrends(project.value.id, search.value)),
    queryFn: async () =>
      new Map((await issues.list(project.value.id, search.value)).data.map(({ id, trend }) => [id, trend])),
    enabled: computed(() => names.value.length > 0),
    placeholderData: keepPreviousData
  })
  return { ...query, trends }
}

/** Keys that the tags of this project have, as far as its greatest issues tell. */
export function useTagKeys(issueIds: () => readonly string[]) {
  const project = useProject()
  const looked = computed(() => issueIds().slice(0, 3))
  const { data } = useQuery({
    queryKey: computed(() => keys.tagKeys(project.value.id, looked.value)),
    queryFn: async () => {
      const found = await Promise.all(looked.value.map(async id => (await issues.get(id)).tags.map(({ key }) => key)))
      return [...new Set(found.flat())].filter(key => !shownAlready.includes(key) && key !== 'user').sort()
    },
    enabled: computed(() => looked.value.length > 0),
    staleTime: tagsStaleMs,
    placeholderData: keepPreviousData
  })
  return computed(() => [...(data.value ?? []), 'user'])
}

export function useRecentAlerts() {
  const project = useProject()
  const asked = { limit: alertsMax }
  return useQuery({
    queryKey: computed(() => keys.alerts(project.value.id, asked)),
    queryFn: async () => await alerts.list(project.value.id, asked)
  })
}

export function useOutcomes() {
  const project = useProject()
  const range = useRange()
  return useQuery({
    queryKey: computed(() => keys.outcomes(project.value.id, range.query.value)),
    queryFn: async () => await projects.outcomes(project.value.id, range.query.value),
    placeholderData: keepPreviousData
  })
}

export function useStorage() {
  const project = useProject()
  return useQuery({
    queryKey: computed(() => keys.storage(project.value.id)),
    queryFn: async () => await projects.storage(project.value.id)
  })
}
