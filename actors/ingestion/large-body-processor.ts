/**
 * LargeBodyProcessor does what EventProcessor does for batches with large bodies, which are read in other threads: an
 * event of a megabyte takes a tenth of a second, and nothing else would go on meanwhile. Batches are handed on in the
 * order in which they are read. How many wait, the router bounds: it holds each. When a thread dies of a request, that
 * request is quarantined with the error. When this process dies, its threads end, and the router sends its batches
 * again.
 */
import { thrown, type ReadingSteps, type ReadRequest } from '../../events/read-request.ts'
import { pipeToSelf } from '../../mesh/index.ts'
import type { Behaviour } from '../../mesh/types.ts'
import type { IngestBatch, RequestContent } from '../../schema/pipeline.ts'
import type { LargeBodyProcessorMessage } from './messages.ts'
import { handOnBatch, type BatchReceivers } from './read-batches.ts'

/** Reads requests elsewhere. */
export type RequestReader = {
  /** Rejects when the thread that reads it dies. */
  read: (request: RequestContent) => Promise<ReadRequest>
  close: () => void
}

export type LargeBodyProcessorOptions = BatchReceivers &
  Pick<ReadingSteps, 'idAt' | 'quarantinedCharsMax'> & { openReader: () => RequestReader }

export function largeBodyProcessor(
  options: LargeBodyProcessorOptions
): Behaviour<LargeBodyProcessorMessage, RequestReader> {
  return {
    init: self => {
      const reader = options.openReader()
      self.signal.addEventListener('abort', () => reader.close())
      return reader
    },
    handle: (reader, message, self) => {
      switch (message.type) {
        case 'process': {
          const { batch } = message
          const reading = Promise.all(batch.requests.map(request => readElsewhere(reader, request, options)))
          pipeToSelf(
            self,
            reading,
            read => ({ type: 'read', batch, read }),
            error => ({ type: 'unread', error })
          )
          return reader
        }
        // Nothing of a request makes this happen: what it is, the restart of this process shows.
        case 'unread':
          throw message.error
        case 'read':
          handOnBatch(message.batch, message.read, options, self)
          return reader
      }
    }
  }
}

async function readElsewhere(
  reader: RequestReader,
  { request: _request, replyTo: _replyTo, ...content }: IngestBatch['requests'][number],
  options: LargeBodyProcessorOptions
): Promise<ReadRequest> {
  return await reader.read(content).catch((error: unknown) => thrown(content, error, options))
}
