/** Who is logged in, kept in the query cache under `keys.me`. Null is nobody. */
import { useQueryClient, type QueryClient } from '@tanstack/vue-query'
import { account } from '../api/account.ts'
import { keys } from '../api/keys.ts'
import type { Me } from '../api/types.ts'
import { live } from '../live/connection.ts'

const freshMs = 60_000

/**
 * With the projects of the organization, the first where none is named: every page needs them next, and waits for one
 * request less.
 */
export async function loadMe(client: QueryClient, org?: string): Promise<Me | null> {
  return await client.fetchQuery({
    queryKey: keys.me,
    queryFn: async () => {
      const { me, projects } = await account.who(org)
      const named = me?.organizations.find(({ id, slug }) => org === undefined || id === org || slug === org)
      if (named !== undefined && projects !== null) client.setQueryData(keys.projects(named.id), projects)
      return me
    },
    staleTime: freshMs
  })
}

export async function askMe(): Promise<Me | null> {
  return (await account.who()).me
}

export type SessionControl = {
  load: () => Promise<Me | null>
  /** After logging in, setting up, accepting an invitation or changing oneself. */
  began: () => Promise<void>
  end: () => Promise<void>
  /** After the session has ended by itself. */
  ended: () => void
}

export function useSession(): SessionControl {
  const client = useQueryClient()
  const ended = (): void => {
    live.stop()
    client.clear()
  }
  return {
    load: askMe,
    began: async () => {
      await client.invalidateQueries({ queryKey: keys.me, refetchType: 'none' })
      await loadMe(client)
      live.retryNow()
    },
    end: async () => {
      await account.logOut()
      ended()
    },
    ended
  }
}
