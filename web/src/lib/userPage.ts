/** The way to the page of a user, from wherever one is shown. */
import type { RouteLocationNormalizedLoaded, RouteLocationRaw } from 'vue-router'

/** What the server shows of a user: the id, else the e-mail address, else the username, else the address. */
export function userShown(user: Readonly<Record<string, unknown>>): string {
  const names = [user.id, user.email, user.username, user.ip_address]
  const name = names.find(one => (typeof one === 'string' && one !== '') || typeof one === 'number')
  return [...String(name ?? '')].slice(0, shownMax).join('')
}

const shownMax = 200

/** `user` as the server shows it. */
export function userPage({ params: { org, project } }: RouteLocationNormalizedLoaded, user: string): RouteLocationRaw {
  return { name: 'user', params: { org, project, user } }
}
