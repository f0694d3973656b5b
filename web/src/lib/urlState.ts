/**
 * Filters, sorting and open tabs live in the address: they can be shared, and survive a reload and Back. All changes of
 * one turn make one entry, and the change says whether Back returns from it. VueUse's `useRouteQuery` ties both to a
 * single name, and the order of writes then decides about the entry.
 */
import { nextTick } from 'vue'
import { useRoute, useRouter, type LocationQueryRaw } from 'vue-router'

type Change = Record<string, string | readonly string[] | null>

export type UrlState = {
  /** '' when it is not there. */
  one: (name: string) => string
  many: (name: string) => string[]
  /**
   * null, '' and [] take it out. `push` makes an entry that Back returns from; without it the present entry changes.
   */
  set: (change: Change, options?: { push?: boolean }) => void
}

let pending: Change | null = null

export function useUrlState(): UrlState {
  const route = useRoute()
  const router = useRouter()

  function many(name: string): string[] {
    return [route.query[name] ?? []].flat().filter(value => value !== null)
  }

  function set(change: Change, { push = false }: { push?: boolean } = {}): void {
    if (pending !== null) {
      Object.assign(pending, change)
      return
    }
    pending = { ...change }
    void nextTick(async () => {
      const query: LocationQueryRaw = { ...route.query }
      for (const [name, value] of Object.entries(pending ?? {})) {
        if (value === null || value.length === 0) delete query[name]
        else query[name] = typeof value === 'string' ? value : [...value]
      }
      pending = null
      await router[push ? 'push' : 'replace']({ query, hash: route.hash })
    })
  }

  return { one: name => many(name)[0] ?? '', many, set }
}
