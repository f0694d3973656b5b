/** What is said of releases, in words. */
import type { RouteLocationNormalized, RouteLocationRaw } from 'vue-router'

export type IssueKind = 'new' | 'regressed' | 'resolved'

type Route = Pick<RouteLocationNormalized, 'params' | 'query'>

/** The range and the environments go along. */
export function releasePage({ params, query }: Route, version: string): RouteLocationRaw {
  const { range, from, to, env } = query
  return {
    name: 'release',
    params: { org: params.org, project: params.project, version },
    query: { range, from, to, env }
  }
}

export function comparePage({ params }: Route, base: string, other: string): RouteLocationRaw {
  return { name: 'release-comparison', params: { org: params.org, project: params.project }, query: { base, other } }
}

/** How many times as many: "+50%", "−20%", "×3.2"; '' where nothing can be said. */
export function changeWords(before: number, after: number): string {
  if (before === 0 || !Number.isFinite(after / before)) return ''
  const times = after / before
  if (times >= 3) return `×${times < 10 ? times.toFixed(1) : Math.round(times)}`
  const percent = Math.round((times - 1) * 100)
  return percent === 0 ? '±0%' : percent > 0 ? `+${percent}%` : `−${-percent}%`
}

/** Of events in an hour: whole numbers, or with one or two digits where they are small. */
export function perHour(count: number): string {
  if (count >= 100) return Math.round(count).toLocaleString('en')
  return count.toFixed(count >= 10 || count === 0 ? 0 : count >= 1 ? 1 : 2)
}
