/**
 * What each page needs first, for the server to name in the page itself (edge/dashboard-hints.ts): the browser then
 * fetches it beside the frame, and not once the frame runs. Pages come from the routes, files from the build.
 */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import type { RouteRecordRaw } from 'vue-router'
import { filesOf, output, readManifest, type Manifest } from './manifest.ts'
import { routes } from './src/app/routes.ts'

/** `asks` are requests, with names of the path. */
type PageHint = { path: string; scripts: string[]; asks: string[] }
type Shown = { path: string; chunks: string[]; asks: string[] }

/** What a page loads beside itself and shows before anybody scrolls. */
const beside: Readonly<Record<string, readonly string[]>> = {
  'src/features/overview/OverviewPage.vue': ['src/charts/VolumeChart.vue'],
  'src/features/events/EventsPage.vue': ['src/charts/VolumeChart.vue'],
  'src/features/issues/detail/IssuePage.vue': ['IssueTimeline', 'StackTraces', 'IssueRail'].map(
    name => `src/features/issues/detail/parts/${name}.vue`
  )
}
const filters = 'src/app/HeaderFilters.vue'
/** What one of these names in its path is asked for at once. */
const named: Readonly<Record<string, string>> = { issue: 'api/v1/issues/:issue', event: 'api/v1/events/:event' }
/** It leads on to another page. */
const home = 'home'

export function writeHints(): void {
  writeFileSync(path.join(output, 'hints.json'), JSON.stringify(hintsOf(readManifest(), routes)))
}

function hintsOf(manifest: Manifest, routes: readonly RouteRecordRaw[]): PageHint[] {
  const frame = new Set(filesOf(manifest, ['index.html']))
  return shownAt('', routes).map(({ path, chunks, asks }) => ({
    path: patternOf(path),
    scripts: filesOf(manifest, chunks).filter(file => !frame.has(file)),
    asks
  }))
}

function shownAt(above: string, routes: readonly RouteRecordRaw[]): Shown[] {
  return routes.flatMap(({ path, name, component, meta, children }) => {
    const whole = path.startsWith('/') ? path : `${above}/${path}`
    if (children !== undefined) return shownAt(whole === '/' ? '' : whole, children)
    if (typeof component !== 'function' || whole.includes('(')) return []
    const chunk = sourceOf(String(component))
    const chunks = [chunk, ...(beside[chunk] ?? []), ...(meta?.filters === undefined ? [] : [filters])]
    return [{ path: whole, chunks: name === home ? [] : chunks, asks: meta?.open === true ? [] : asksOf(whole) }]
  })
}

/** Who is there, with the projects of the organization, and what else the path names. */
function asksOf(path: string): string[] {
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
  const who = `api/v1/auth/who${names.includes('org') ? '?org=:org' : ''}`
  return [who, ...names.flatMap(name => named[name] ?? [])]
}

/** A route's path as a regular expression, with the names of what it names. */
function patternOf(path: string): string {
  return `^${path.replace(/\/:(\w+)(\??)/g, '(?:/(?<$1>[^/]+))$2')}/?$`
}

/** A route names its component by importing it when it is gone to. */
function sourceOf(component: string): string {
  const [, source] = /import\("\.\.\/(features\/[^"]+)"\)/.exec(component) ?? []
  if (source === undefined) throw new Error(`no page is imported by ${component}`)
  return `src/${source}`
}
