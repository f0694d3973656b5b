/**
 * RefusalCounter adds up, by project, what was refused and which items beside events were not kept. It writes the
 * counts to the database every `flushMs`, so that owners see what rate limits and malformed events cost them. A crash
 * loses the counts since the last write, never an accepted event.
 */
import type { Behaviour } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import type { RefusalReason } from '../../schema/outcomes.ts'
import { tally, type TallyState } from '../behaviours/tally.ts'
import type { HourCount, RefusalCounterMessage } from './messages.ts'

export type RefusalCounterOptions = {
  write: (counts: HourCount[]) => Promise<void>
  /** The start of the current hour, in milliseconds since the epoch. */
  hour: () => number
  report: { refused: (reason: RefusalReason, count: number) => void }
  flushMs: number
  log: Log
}

export function refusalCounter({
  hour,
  report,
  ...rest
}: RefusalCounterOptions): Behaviour<RefusalCounterMessage, TallyState<HourCount>> {
  const { start, add, handle } = tally<HourCount, RefusalCounterMessage>({
    nameOf: ({ projectId, hour, outcome, reason }) => `${projectId} ${hour} ${outcome} ${reason}`,
    addTo: (known, { count }) => {
      known.count += count
    },
    what: 'counts of refused events',
    ...rest
  })
  return {
    init: start,
    handle: (state, message, self) => {
      switch (message.type) {
        case 'refused':
          for (const { reason, count } of message.refusals) report.refused(reason, count)
          return add(
            state,
            message.refusals.map(refusal => ({ ...refusal, outcome: 'refused', hour: hour() }))
          )
        case 'counted':
          return add(
            state,
            message.items.map(item => ({ ...item, hour: hour() }))
          )
        case 'flush':
        case 'flushed':
        case 'failed':
          return handle(state, message, self)
      }
    }
  }
}
