/** The page's connection. The shell starts it after the login. */
import { onScopeDispose } from 'vue'
import type { ServerMessage, StreamFilters } from '../api/types.ts'
import { browserWire } from './reconnecting.ts'
import { connection, type Resync } from './socket.ts'

export const live = connection({
  open: browserWire,
  now: Date.now,
  random: Math.random,
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  }
})

/** Hears everything that the stream says while the component is there. */
export function useStream(hear: (message: ServerMessage) => void): void {
  onScopeDispose(live.listen(hear))
}

/** Runs when what is shown may be old: when the connection is back, after a gap, after messages were dropped. */
export function useResync(run: Resync): void {
  onScopeDispose(live.onResync(run))
}

/**
 * Has the server choose which events of the project come, as long as the component exists. Returns how to choose
 * others.
 */
export function useStreamFilters(project: string, filters: StreamFilters): (filters: StreamFilters) => void {
  live.follow(project, filters)
  // By then the page may follow another project.
  onScopeDispose(() => {
    if (live.followed() === project) live.follow(project)
  })
  return others => live.follow(project, others)
}
