/** Oneself: the name, the password, tokens and sessions. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { account } from '../../api/account.ts'
import { keys } from '../../api/keys.ts'
import type { AccountChange, NewTokenBody } from '../../api/types.ts'
import { showError, showToast } from '../../lib/toasts.ts'
import { texts } from './texts.ts'

export function useAccountChange() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (change: AccountChange) => account.change(change),
    onSuccess: me => {
      client.setQueryData(keys.me, me)
      void client.invalidateQueries({ queryKey: keys.sessions })
      void client.invalidateQueries({ queryKey: keys.tokens })
    }
  })
}

export function useTokens() {
  return useQuery({ queryKey: keys.tokens, queryFn: async () => (await account.tokens()).data })
}

export function useTokenChanges() {
  const client = useQueryClient()
  const onSettled = () => client.invalidateQueries({ queryKey: keys.tokens })
  return {
    create: useMutation({ mutationFn: (body: NewTokenBody) => account.createToken(body), onSettled }),
    revoke: useMutation({
      mutationFn: (id: string) => account.revokeToken(id),
      onSuccess: () => {
        showToast({ tone: 'ok', text: texts.tokens.revoked })
      },
      onSettled
    })
  }
}

export function useSessions() {
  return useQuery({ queryKey: keys.sessions, queryFn: async () => (await account.sessions()).data })
}

export function useSessionChanges() {
  const client = useQueryClient()
  return {
    end: useMutation({
      mutationFn: (ids: readonly string[]) => Promise.all(ids.map(id => account.endSession(id))),
      onError: error => showError(error, texts.sessions.notEnded),
      onSettled: () => client.invalidateQueries({ queryKey: keys.sessions })
    })
  }
}
