/** Threads that read requests with large bodies: one less than there are cores, and at least one. */
import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import type { ReadRequest } from '../../events/read-request.ts'
import type { RequestContent } from '../../schema/pipeline.ts'
import { threadPool } from './thread-pool.ts'

const threadsMax = 4
const idleMs = 30_000
/** The worst body of 20 MB takes less than half of this. */
const heapMbMax = 256

export function openRequestReader(): { read: (request: RequestContent) => Promise<ReadRequest>; close: () => void } {
  const { run, close } = threadPool<RequestContent, ReadRequest>({
    entry: new URL(`./reading-thread${extname(import.meta.url)}`, import.meta.url),
    threadsMax: Math.min(threadsMax, Math.max(1, availableParallelism() - 1)),
    idleMs,
    heapMbMax
  })
  return { read: run, close }
}
