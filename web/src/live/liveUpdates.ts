/**
 * From the stream into the query cache, the one place that pages read from. Counts come absolute, so what is folded
 * together or lost on the way is set right by the next. Rows never move and never appear under the cursor: new issues
 * wait behind their number, until the user asks for them.
 */
import type { QueryClient } from '@tanstack/vue-query'
import { shallowRef } from 'vue'
import { keys } from '../api/keys.ts'
import type { Alert, Health, ServerMessage } from '../api/types.ts'
import { dropIssues, patchIssues, patchOfCount, type IssuePatch } from './patchIssues.ts'

/** Issues that came up since the lists were fetched, by project: new, regressed or unresolved again. */
export const waitingIssues = shallowRef<Readonly<Record<string, readonly string[]>>>({})

/** For the button that shows them: forgets them, and fetches the lists again. */
export async function showWaitingIssues(client: QueryClient, project: string): Promise<void> {
  forgetWaiting(project)
  await client.resetQueries({ queryKey: keys.issueLists(project), type: 'active' })
}

export function forgetWaiting(project: string): void {
  waitingIssues.value = { ...waitingIssues.value, [project]: [] }
}

const flushMs = 250
const comesUp = ['created', 'regressed', 'unresolved'] as const
const goesAway = ['deleted', 'merged'] as const

export type LiveUpdates = { hear: (message: ServerMessage) => void; resync: () => void; stop: () => void }

export function liveUpdates(
  client: QueryClient,
  { onAlert, project }: { onAlert: (alert: Alert) => void; project: () => string | null }
): LiveUpdates {
  const patches = new Map<string, IssuePatch>()
  const countedAnew = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | null = null

  function flush(): void {
    timer = null
    const id = project()
    if (id !== null) patchIssues(client, id, [...patches.values()])
    patches.clear()
    for (const changed of countedAnew) void client.invalidateQueries({ queryKey: keys.healths(changed) })
    countedAnew.clear()
  }

  function patchSoon(patch: IssuePatch): void {
    patches.set(patch.id, { ...patches.get(patch.id), ...patch })
    timer ??= setTimeout(flush, flushMs)
  }

  function hearIssue({ project: id, action, issue }: Extract<ServerMessage, { type: 'issue' }>): void {
    patchSoon(issue)
    if (comesUp.some(name => name === action)) {
      waitingIssues.value = {
        ...waitingIssues.value,
        [id]: [...new Set([...(waitingIssues.value[id] ?? []), issue.id])]
      }
    }
    if (goesAway.some(name => name === action)) dropIssues(client, id, [issue.id])
    if (action === 'updated') return
    void client.invalidateQueries({ queryKey: keys.issueActivity(issue.id) })
    if (action !== 'assigned') countedAnew.add(id)
  }

  /** Events and the system are for those pages that listen to them. */
  function hear(message: ServerMessage): void {
    if (message.type === 'issue_counts') {
      for (const count of message.issue_counts) patchSoon(patchOfCount(count))
      client.setQueriesData<Health>({ queryKey: keys.healths(message.project) }, health =>
        health === undefined ? health : { ...health, unresolved: message.unresolved }
      )
    } else if (message.type === 'issue') {
      hearIssue(message)
    } else if (message.type === 'alert') {
      const { alert } = message
      for (const queryKey of [
        keys.alertLists(message.project),
        keys.rules(message.project),
        keys.deliveries(alert.id)
      ]) {
        void client.invalidateQueries({ queryKey })
      }
      onAlert(alert)
    }
  }

  return {
    hear,
    resync: () => {
      const id = project()
      if (id === null) return
      for (const queryKey of [keys.issueLists(id), keys.stats(id), keys.alertLists(id), ['issue']]) {
        void client.invalidateQueries({ queryKey })
      }
    },
    stop: () => {
      if (timer !== null) clearTimeout(timer)
    }
  }
}
