/** Who is logged in, kept in the query cache under `keys.me`. Null is nobody. */
import { useQueryClient, type QueryClient } from '@tanstack/vue-query'
import { account } from '../api/account.ts'
import { keys } from '../api/keys.ts'
import type { Me } from '../api/types.ts'
import { live } from '../live/connection.ts'

const freshMs = 60_000

export async function loadMe(client: QueryClient): Promise<Me | null> {
  return await client.fetchQuery({ queryKey: keys.me, queryFn: account.who, staleTime: freshMs })
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
    load: account.who,
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
