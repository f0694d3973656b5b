/**
 * Threads that read requests with large or packed bodies: one less than there are cores, and at least one. Projects and
 * senders take turns by the time that their bodies have taken, so a flood of bodies that expand a lot delays its own
 * sender. Beyond `waitingMax` those with most waiting are refused with 429. What no thread can be started for is
 * refused with 503: its sender has it still.
 */
import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import type { ReadRequest } from '../../events/read-request.ts'
import type { Log } from '../../schema/log.ts'
import type { Refusal } from '../../schema/outcomes.ts'
import type { RequestContent } from '../../schema/pipeline.ts'
import type { Owner } from './fair-queue.ts'
import { JobNotBegun, threadPool } from './thread-pool.ts'

const threadsMax = 4
const waitingMax = 512
const idleMs = 30_000
/** The worst body of 20 MB takes less than half of this. */
const heapMbMax = 256

const crowded: Refusal = {
  status: 429,
  reason: 'rate_limited',
  retryAfterS: 5,
  detail: 'Too many large or packed bodies of this project and sender wait to be read. Send this again later.'
}
const noThread: Refusal = {
  status: 503,
  reason: 'overloaded',
  retryAfterS: 5,
  detail: 'There is no thread to read this body in at the moment. Send this again later.'
}

export type Reader = { read: (request: RequestContent) => Promise<ReadRequest>; close: () => void }

export function openRequestReader(log: Pick<Log, 'error'>): Reader {
  const { run, close } = threadPool<RequestContent, ReadRequest>({
    entry: new URL(`./reading-thread${extname(import.meta.url)}`, import.meta.url),
    threadsMax: Math.min(threadsMax, Math.max(1, availableParallelism() - 1)),
    waitingMax,
    idleMs,
    heapMbMax
  })

  async function read(request: RequestContent): Promise<ReadRequest> {
    try {
      return await run(request, ownerOf(request))
    } catch (error) {
      if (!(error instanceof JobNotBegun)) throw error
      if (!error.isCrowded) log.error({ err: error.cause }, 'no thread can be started: large bodies are refused')
      return { kind: 'refused', refusal: error.isCrowded ? crowded : noThread }
    }
  }

  return { read, close }
}

function ownerOf({ key, sentry }: RequestContent): Owner {
  return { project: String(key.project.projectId), sender: sentry?.address ?? '' }
}
