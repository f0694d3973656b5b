/**
 * EventProcessor turns batches of raw requests into prepared events: decode, validate, normalise, scrub, sample and
 * fingerprint. Invalid events get their reply here; the others go to a StorageWriter under the id of the batch. It has
 * no state and the same batch always gives the same result, so a batch may be processed again after a crash. A batch
 * that needs source maps which are not in memory is put aside until they are, or until a deadline. An event whose
 * processing throws is quarantined with its error and affects no other; so is a request whose parsing throws. Large
 * bodies go to LargeBodyProcessor.
 */
import { pipeToSelf } from '../../mesh/index.ts'
import type { Behaviour } from '../../mesh/types.ts'
import type { EventProcessorMessage } from './messages.ts'
import { processBatch, type BatchOptions } from './read-batches.ts'

export type EventProcessorOptions = BatchOptions

export function eventProcessor(options: EventProcessorOptions): Behaviour<EventProcessorMessage, null> {
  return {
    init: () => null,
    handle: (state, { batch, hasWaited }, self) => {
      const loaded = processBatch(batch, options, self, hasWaited === true)
      if (loaded !== null) {
        const again = () => ({ type: 'process' as const, batch, hasWaited: true as const })
        pipeToSelf(self, loaded, again, again)
      }
      return state
    }
  }
}
