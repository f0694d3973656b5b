/**
 * EventProcessor turns batches of raw requests into prepared events: decode, validate, normalise, scrub, sample and
 * fingerprint. Invalid events get their reply here; the others go to a StorageWriter under the id of the batch. It has
 * no state and the same batch always gives the same result, so a batch may be processed again after a crash. An event
 * whose processing throws is quarantined with its error and affects no other; so is a request whose parsing throws.
 * Large bodies go to LargeBodyProcessor.
 */
import type { ReadingSteps } from '../../events/read-request.ts'
import type { Behaviour } from '../../mesh/types.ts'
import type { EventProcessorMessage } from './messages.ts'
import { processBatch, type BatchReceivers } from './read-batches.ts'

export type EventProcessorOptions = ReadingSteps & BatchReceivers

export function eventProcessor(options: EventProcessorOptions): Behaviour<EventProcessorMessage, null> {
  return {
    init: () => null,
    handle: (state, { batch }, self) => {
      processBatch(batch, options, self)
      return state
    }
  }
}
