/**
 * SpikeDetector looks for archived issues that have become frequent, or whose date or number is reached: they are
 * unresolved again, and each project's are reported. It searches every `tickMs`; a search that fails is repeated at the
 * next tick.
 */
import type { Behaviour } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import { periodic, type PeriodicState } from '../behaviours/periodic.ts'
import type { Escalated, SpikeDetectorMessage } from './messages.ts'

export type SpikeDetectorOptions = {
  /** Makes issues unresolved and returns them. */
  detect: () => Promise<Escalated[]>
  onEscalated: (escalated: Escalated) => void
  tickMs: number
  log: Log
}

export function spikeDetector({
  detect,
  onEscalated,
  tickMs,
  log
}: SpikeDetectorOptions): Behaviour<SpikeDetectorMessage, PeriodicState<null>> {
  const { start, handle } = periodic<null, Escalated[]>({
    work: detect,
    done: (own, escalated) => {
      escalated.forEach(onEscalated)
      return own
    },
    tickMs,
    failing: 'archived issues cannot be searched for spikes; trying again at every tick',
    working: 'archived issues are searched for spikes again',
    log
  })
  return { init: self => start(null, self), handle }
}
