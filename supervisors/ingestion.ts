/** What stands between a request and the writer, sink first. Children meet by name, so a restart needs no rewiring: one_for_one. */
import { names } from '../actors/names.ts'
import { eventProcessor } from '../actors/event-processor.ts'
import { eventRouter } from '../actors/event-router.ts'
import { keyCache } from '../actors/key-cache.ts'
import { rateLimiter } from '../actors/rate-limiter.ts'
import { refusalCounter } from '../actors/refusal-counter.ts'
import { eventIdAt, mintEventId, receivedAtOf } from '../events/event-ids.ts'
import { parseRequest } from '../events/parse.ts'
import { worker } from '../mesh/index.ts'
import type { ListSpec } from '../mesh/types.ts'
import { addOutcomes } from '../services/counters.ts'
import { loadKeys } from '../services/keys.ts'
import type { TreeDeps } from './deps.ts'

const hourMs = 60 * 60 * 1000
const dayMs = 24 * hourMs

/** The start of the present UTC hour, in milliseconds since the epoch. */
const thisHour = () => Math.floor(Date.now() / hourMs) * hourMs

export function ingestion ({ sql, log, now, prepare, report }: TreeDeps): ListSpec {
  return {
    id: 'ingestion',
    strategy: 'one_for_one',
    maxRestarts: 10,
    withinMs: 10_000,
    children: [
      {
        id: 'refusal-counter',
        name: names.refusalCounter,
        start: () => worker(refusalCounter({ write: counts => addOutcomes(sql, counts), hour: thisHour, report, flushMs: 5_000, log }))
      },
      {
        id: 'key-cache',
        name: names.keyCache,
        start: () => worker(keyCache({
          load: () => loadKeys(sql), subscriber: names.edge, pollMs: 2_000, refreshMs: 200, staleMs: dayMs, now, log
        }))
      },
      {
        id: 'event-processor',
        name: names.eventProcessor,
        start: () => worker(eventProcessor({
          parse: parseRequest,
          prepare,
          idAt: eventIdAt,
          receivedAtOf,
          writer: names.storageWriter,
          router: names.eventRouter,
          rateLimiter: names.rateLimiter,
          refusalCounter: names.refusalCounter,
          quarantinedCharsMax: 100_000
        }))
      },
      {
        id: 'event-router',
        name: names.eventRouter,
        start: () => worker(eventRouter({
          next: names.eventProcessor,
          watch: [names.eventProcessor, names.storageWriter, names.spoolReplayer],
          refusalCounter: names.refusalCounter,
          batchId: mintEventId,
          now,
          heldBytesMax: 64 * 1024 * 1024
        }))
      },
      {
        id: 'rate-limiter',
        name: names.rateLimiter,
        start: () => worker(rateLimiter({ next: names.eventRouter, refusalCounter: names.refusalCounter, now }))
      }
    ]
  }
}
