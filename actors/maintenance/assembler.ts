/**
 * Assembler makes bundles of what build tools have uploaded, one after the other. It looks for work every `tickMs`, and
 * goes on at once while there is some. What fails for another reason than the upload is logged and tried again.
 */
import type { Behaviour } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import type { Assembled } from '../../services/artifacts/assemble.ts'
import { periodic, type PeriodicState } from '../behaviours/periodic.ts'
import type { AssemblerMessage } from './messages.ts'

export type AssemblerOptions = { assemble: () => Promise<Assembled>; tickMs: number; retryMs: number; log: Log }

export function assembler({
  assemble,
  tickMs,
  retryMs,
  log
}: AssemblerOptions): Behaviour<AssemblerMessage, PeriodicState<null>> {
  const { start, handle } = periodic<null, Assembled>({
    work: () => assemble(),
    done: (own, assembled, self) => {
      if (assembled.state === 'error') {
        log.warn({ project: assembled.projectId }, `an upload of artifacts was refused: ${assembled.detail}`)
      }
      if (assembled.state !== 'none') self.cast(self.pid, { type: 'tick' })
      return own
    },
    tickMs,
    retryMs,
    failing: 'uploads of artifacts cannot be assembled now; trying again',
    working: 'uploads of artifacts are assembled again',
    log
  })
  return { init: self => start(null, self), handle }
}
