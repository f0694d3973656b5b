/**
 * RefusalCounter adds up what was refused for each project and writes it to the database every few seconds, so that
 * owners see what their rate limit or their malformed events cost them. Between writes the counts live in memory:
 * a crash of the node loses seconds of them (never of what was acknowledged), an outage loses nothing.
 */
import type { Behaviour, Self } from '../mesh/types.ts'
import type { Log } from '../schema/log.ts'
import type { RefusalReason } from '../schema/outcomes.ts'

/** `projectId` 0 stands for senders that no project is known of. */
export type RefusalCount = { projectId: number, reason: RefusalReason, count: number }

type HourCount = RefusalCount & { hour: number }

export type RefusalCounterMessage =
  | { type: 'refused', refusals: RefusalCount[] }
  | { type: 'flush' }
  | { type: 'flushed' }
  | { type: 'failed', refusals: HourCount[], error: unknown }

type State = { counts: Map<string, HourCount>, writing: boolean }

export type RefusalCounterOptions = {
  write: (refusals: HourCount[]) => Promise<void>
  /** The start of the present hour, in milliseconds since the epoch. */
  hour: () => number
  report: { refused: (reason: RefusalReason, count: number) => void }
  flushMs: number
  log: Log
}

export function refusalCounter ({ write, hour, report, flushMs, log }: RefusalCounterOptions): Behaviour<RefusalCounterMessage, State> {
  return {
    init: self => {
      self.sendEvery({ type: 'flush' }, flushMs)
      return { counts: new Map(), writing: false }
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'refused':
          for (const { reason, count } of message.refusals) report.refused(reason, count)
          add(state, message.refusals.map(refusal => ({ ...refusal, hour: hour() })))
          return state
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

function add ({ counts }: State, refusals: HourCount[]): void {
  for (const refusal of refusals) {
    const key = `${refusal.projectId} ${refusal.hour} ${refusal.reason}`
    const known = counts.get(key)
    if (known === undefined) counts.set(key, { ...refusal })
    else known.count += refusal.count
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
