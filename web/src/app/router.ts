/**
 * The router, and who may go where: without a session everything but the open pages leads to the login, which leads
 * back.
 */
import {
  createRouter,
  createWebHistory,
  loadRouteLocation,
  type RouteLocationNormalized,
  type RouteLocationRaw
} from 'vue-router'
import { organizations } from '../api/organizations.ts'
import { keys } from '../api/keys.ts'
import type { Me } from '../api/types.ts'
import { lastProject } from '../lib/preferences.ts'
import { noteReturn, settleReturn } from '../lib/scrolling.ts'
import { loadMe } from '../lib/session.ts'
import { nameTab } from '../lib/tabTitle.ts'
import { showToast } from '../lib/toasts.ts'
import { live } from '../live/connection.ts'
import { queryClient } from './queryClient.ts'
import { routes } from './routes.ts'
import { texts } from './texts/frame.ts'

const history = createWebHistory()
// Before the router listens: it has to be known when the page is shown.
history.listen(noteReturn)
export const router = createRouter({
  history,
  routes
})

router.beforeEach(async (to): Promise<RouteLocationRaw | boolean> => {
  if (to.meta.open === true) return true
  // Hardly ever in vain, and side by side with the question who this is. What goes wrong here goes wrong again when the
  // page is shown, and is told then.
  loadRouteLocation(to).catch(() => {})
  const { org } = to.params
  const me = await loadMe(queryClient, typeof org === 'string' ? org : undefined).catch(() => undefined)
  // Without an answer the shell says what is wrong.
  if (me === undefined) return true
  if (me === null) return { name: 'login', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
  if (to.name === 'home') return await homeOf(me)
  if (to.meta.instanceAdmin === true && !me.user.instance_admin) return { name: 'home' }
  return true
})

router.afterEach((to: RouteLocationNormalized) => {
  settleReturn()
  const { org, project } = to.params
  if (typeof org === 'string' && typeof project === 'string') lastProject.value = `${org}/${project}`
  nameTab(to.meta.title, typeof project === 'string' ? project : typeof org === 'string' ? org : '')
})

router.onError((_error, to, from) => {
  // After an update the parts of the dashboard have other names. A reachable server has the new ones, and
  // the first page of a visit has them already.
  if (live.state.value === 'live' && from.matched.length > 0) location.assign(router.resolve(to).href)
  else showToast({ text: texts.pageFailed, tone: 'danger' })
})

/** The issues of the project that was looked at last, as long as it is there; else of the first one. */
async function homeOf({ organizations: mine }: Me): Promise<RouteLocationRaw> {
  const [lastOrg = '', lastSlug = ''] = lastProject.value.split('/')
  const organization = mine.find(({ slug }) => slug === lastOrg) ?? mine[0]
  if (organization === undefined) return { name: 'organizations' }
  const found = await queryClient
    .fetchQuery({
      queryKey: keys.projects(organization.id),
      queryFn: async () => (await organizations.projects(organization.id)).data,
      staleTime: 60_000
    })
    .catch(() => [])
  const project = found.find(({ slug }) => slug === lastSlug) ?? found[0]
  if (project === undefined) return { name: 'projects', params: { org: organization.slug } }
  return { name: 'issues', params: { org: organization.slug, project: project.slug } }
}
