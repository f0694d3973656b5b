/** What a thread runs that reads requests: see actors/ingestion/large-body-processor.ts. */
import { parentPort } from 'node:worker_threads'
import { eventIdAt, receivedAtOf } from '../../events/event-ids.ts'
import { parseRequest } from '../../events/parse.ts'
import { prepareEvent } from '../../events/prepare.ts'
import { readRequest } from '../../events/read-request.ts'
import { limits } from '../../schema/limits.ts'
import type { RequestContent } from '../../schema/pipeline.ts'

const steps = {
  parse: parseRequest,
  prepare: prepareEvent,
  idAt: eventIdAt,
  receivedAtOf,
  quarantinedCharsMax: limits.quarantinedCharsMax
}

parentPort?.on('message', (request: RequestContent) => parentPort?.postMessage(readRequest(request, steps)))
