/**
 * GuestProcessor is an EventProcessor that works for another node, on batches that the router there holds: they are
 * stored here, by this node's writer. It ends when one of those behind it ends, who may have taken a batch along: the
 * router then processes again what it has not heard of. It ends with that router too.
 */
import * as v from 'valibot'
import type { Behaviour, Pid, ProcessName } from '../../mesh/types.ts'
import { processBatch, type EventProcessorOptions } from './event-processor.ts'
import { unpackBatch } from './guest-batches.ts'
import type { EventRouterMessage, GuestProcessorMessage } from './messages.ts'

export type GuestProcessorOptions = Omit<EventProcessorOptions, 'router'> & {
  /** Those whose death may have taken a batch with it. */
  watch: readonly ProcessName<never>[]
}

const argsSchema = v.object({ router: v.object({ node: v.string(), incarnation: v.number(), serial: v.number() }) })

/** What the other node gives. */
export type GuestArgs = { router: Pid<EventRouterMessage> }

/** Throws when this is not what the other node should have given. */
export function guestProcessor(options: GuestProcessorOptions, args: unknown): Behaviour<GuestProcessorMessage, null> {
  const { router } = v.parse(argsSchema, args)
  return {
    handle: (state, { batch }, self) => {
      processBatch(unpackBatch(batch), { ...options, router }, self)
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
