/**
 * RefusalCounter adds up what was refused for each project and writes it to the database every few seconds, so that
 * owners see what their rate limit or their malformed events cost them. Between writes the counts live in memory:
 * a crash of the node loses seconds of them (never of what was acknowledged), an outage loses nothing.
 */
import type { Behaviour, Self } from '../mesh/types.ts'
import type { Log } from '../schema/log.ts'
import type { RefusalReason } from '../schema/outcomes.ts'

export type RefusalCount = { projectId: number, reason: RefusalReason, count: number }

export type RefusalCounterMessage =
  | { type: 'refused', refusals: RefusalCount[] }
  | { type: 'flush' }
  | { type: 'flushed' }
  | { type: 'failed', refusals: RefusalCount[], error: unknown }

type State = { counts: Map<string, RefusalCount>, writing: boolean }

export type RefusalCounterOptions = {
  write: (refusals: RefusalCount[]) => Promise<void>
  flushMs: number
  log: Log
}

export function refusalCounter ({ write, flushMs, log }: RefusalCounterOptions): Behaviour<RefusalCounterMessage, State> {
  return {
    init: self => {
      self.sendEvery({ type: 'flush' }, flushMs)
      return { counts: new Map(), writing: false }
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'refused': add(state, message.refusals); return state
        case 'flush': return flush(state, write, self)
        case 'flushed': return { ...state, writing: false }
        case 'failed':
          log.debug({ err: message.error }, 'counts of refused events wait for the database')
          add(state, message.refusals)
          return { ...state, writing: false }
      }
    }
  }
}

function add ({ counts }: State, refusals: RefusalCount[]): void {
  for (const { projectId, reason, count } of refusals) {
    const key = `${projectId} ${reason}`
    const known = counts.get(key)
    if (known === undefined) counts.set(key, { projectId, reason, count })
    else known.count += count
  }
}

function flush (state: State, write: RefusalCounterOptions['write'], self: Self<RefusalCounterMessage>): State {
  if (state.writing || state.counts.size === 0) return state

  const refusals = [...state.counts.values()]
  write(refusals).then(
    () => self.cast(self.pid, { type: 'flushed' }),
    (error: unknown) => self.cast(self.pid, { type: 'failed', refusals, error })
  )
  return { counts: new Map(), writing: true }
}
