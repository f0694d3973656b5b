/**
 * RefusalCounter adds up, by project, what was refused and which items beside events were not kept. It writes the
 * counts to the database every `flushMs`, so that owners see what rate limits and malformed events cost them. A crash
 * loses the counts since the last write, never an accepted event. A write that fails is repeated with the next one.
 */
import { pipeToSelf } from '../../mesh/index.ts'
import type { Behaviour, Self } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import type { RefusalReason } from '../../schema/outcomes.ts'
import type { HourCount, RefusalCounterMessage } from './messages.ts'

type State = { counts: Map<string, HourCount>; writing: boolean }

export type RefusalCounterOptions = {
  write: (counts: HourCount[]) => Promise<void>
  /** The start of the current hour, in milliseconds since the epoch. */
  hour: () => number
  report: { refused: (reason: RefusalReason, count: number) => void }
  flushMs: number
  log: Log
}

export function refusalCounter({
  write,
  hour,
  report,
  flushMs,
  log
}: RefusalCounterOptions): Behaviour<RefusalCounterMessage, State> {
  return {
    init: self => {
      self.sendEvery({ type: 'flush' }, flushMs)
      return { counts: new Map(), writing: false }
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'refused':
          for (const { reason, count } of message.refusals) report.refused(reason, count)
          add(
            state,
            message.refusals.map(refusal => ({ ...refusal, outcome: 'refused', hour: hour() }))
          )
          return state
        case 'counted':
          add(
            state,
            message.items.map(item => ({ ...item, hour: hour() }))
          )
          return state
        case 'flush':
          return flush(state, write, self)
        case 'flushed':
          return { ...state, writing: false }
        case 'failed':
          log.debug({ err: message.error }, 'counts of refused events wait for the database')
          add(state, message.counts)
          return { ...state, writing: false }
      }
    }
  }
}

function add({ counts }: State, added: HourCount[]): void {
  for (const one of added) {
    const key = `${one.projectId} ${one.hour} ${one.outcome} ${one.reason}`
    const known = counts.get(key)
    if (known === undefined) counts.set(key, { ...one })
    else known.count += one.count
  }
}

function flush(state: State, write: RefusalCounterOptions['write'], self: Self<RefusalCounterMessage>): State {
  if (state.writing || state.counts.size === 0) return state

  const counts = [...state.counts.values()]
  pipeToSelf(
    self,
    write(counts),
    () => ({ type: 'flushed' }),
    error => ({ type: 'failed', counts, error })
  )
  return { counts: new Map(), writing: true }
}
