/** Addresses of the pages of releases. */
import type { RouteLocationNormalized, RouteLocationRaw } from 'vue-router'

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
