/**
 * Has the page move with the stream: once a second what has come is counted into the last bucket and the card of
 * events, and while events come all numbers are asked for again now and then. So a thousand events a second cost what
 * one does.
 */
import { useQueryClient } from '@tanstack/vue-query'
import { onScopeDispose } from 'vue'
import { keys } from '../../api/keys.ts'
import type { Health, Level, Volume } from '../../api/types.ts'
import { useEnvironments } from '../../lib/range.ts'
import { useProject } from '../../lib/workspace.ts'
import { useStream } from '../../live/connection.ts'
import { countOf, healthWith, volumeWith } from '../../live/patchStats.ts'

const showMs = 1_000
const askMs = 15_000

const nothing = (): Record<Level, number> => ({ fatal: 0, error: 0, warning: 0, info: 0, debug: 0 })

export function useLiveNumbers({
  healthKey,
  volumeKey,
  isOpenEnded
}: {
  healthKey: () => readonly unknown[]
  volumeKey: () => readonly unknown[]
  isOpenEnded: () => boolean
}): void {
  const project = useProject()
  const client = useQueryClient()
  const { chosen } = useEnvironments()
  let [shown, all, isBehind] = [nothing(), 0, false]

  useStream(message => {
    if (message.type !== 'events' || message.project !== project.value.id) return
    for (const { level, environment, weight = 1 } of message.events) {
      all += weight
      if (chosen.value.length === 0 || chosen.value.includes(environment)) shown[level] += weight
    }
  })

  function show(): void {
    if (all === 0) return
    const [arrived, count] = [shown, all]
    const inRange = isOpenEnded() ? countOf(arrived) : 0
    ;[shown, all, isBehind] = [nothing(), 0, true]
    client.setQueryData<Health>(healthKey(), health =>
      health === undefined ? health : healthWith(health, count, inRange)
    )
    if (isOpenEnded()) {
      client.setQueryData<Volume>(volumeKey(), volume =>
        volume === undefined ? volume : volumeWith(volume, arrived, Date.now())
      )
    }
  }

  function ask(): void {
    if (!isBehind || document.hidden) return
    isBehind = false
    void client.invalidateQueries({ queryKey: keys.stats(project.value.id) })
  }

  const timers = [setInterval(show, showMs), setInterval(ask, askMs)]
  onScopeDispose(() => timers.forEach(clearInterval))
}
