/**
 * GuestProcessor is an EventProcessor that works for another node. The router there holds the batches; they are stored
 * here, by the writer of this node. It ends when a process behind it ends, because that may have lost a batch: the
 * router then processes again the batches that have no outcome. It also ends with that router.
 */
import * as v from 'valibot'
import { pipeToSelf } from '../../mesh/index.ts'
import type { Behaviour, Pid, ProcessName } from '../../mesh/types.ts'
import type { EventProcessorOptions } from './event-processor.ts'
import { unpackBatch } from './guest-batches.ts'
import type { EventRouterMessage, GuestProcessorMessage } from './messages.ts'
import { processBatch } from './read-batches.ts'

export type GuestProcessorOptions = Omit<EventProcessorOptions, 'router'> & {
  /** Processes whose death may have lost a batch. */
  watch: readonly ProcessName<never>[]
}

const argsSchema = v.object({ router: v.object({ node: v.string(), incarnation: v.number(), serial: v.number() }) })

/** The arguments that the other node gives. */
export type GuestArgs = { router: Pid<EventRouterMessage> }

/** Throws when the arguments are not valid: they come from another node. */
export function guestProcessor(options: GuestProcessorOptions, args: unknown): Behaviour<GuestProcessorMessage, null> {
  const { router } = v.parse(argsSchema, args)
  return {
    handle: (state, { batch, hasWaited }, self) => {
      const loaded = processBatch(unpackBatch(batch), { ...options, router }, self, hasWaited === true)
      if (loaded !== null) {
        const again = () => ({ type: 'process_packed' as const, batch, hasWaited: true as const })
        pipeToSelf(self, loaded, again, again)
      }
      return state
    },
    init: self => {
      for (const name of options.watch) self.monitor(name)
      self.monitor(router)
      return null
    },
    info: (state, signal, self) => {
      if (signal.type === 'down') self.exit(self.pid, 'shutdown')
      return state
    }
  }
}
