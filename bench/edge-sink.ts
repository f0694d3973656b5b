/**
 * The server of `bench/edge`: the real listener, rate limiter, router and processor, with a StorageWriter's place taken
 * by a process that counts events and says "stored" at once. Environment: SINK_PORT, SINK_KEYS (comma separated),
 * SINK_TRANSPORT (`uws` or `node`),
 * SINK_WORK: `validate` stops after validation, `prepare` does everything that is done before storing.
 */
import { eventProcessor, type EventProcessorOptions } from '../actors/ingestion/event-processor.ts'
import { eventRouter } from '../actors/ingestion/event-router.ts'
import { keyCache } from '../actors/ingestion/key-cache.ts'
import { names } from '../actors/names.ts'
import { rateLimiter } from '../actors/ingestion/rate-limiter.ts'
import { refusalCounter } from '../actors/ingestion/refusal-counter.ts'
import { answerOutcomes } from '../actors/storage/awaited.ts'
import { edgeListener } from '../edge/listener.ts'
import { chooseTransport } from '../edge/transport/choose.ts'
import { eventIdAt, mintEventId, receivedAtOf } from '../events/event-ids.ts'
import { parseRequest } from '../events/parse.ts'
import { prepareEvent } from '../events/prepare.ts'
import { eventErrors, isEvent } from '../events/validate.ts'
import { startMesh, startSupervisor, worker } from '../mesh/index.ts'
import type { Behaviour } from '../mesh/types.ts'
import type { Log } from '../schema/log.ts'
import type { CommittedOutcome, IngestKey } from '../schema/pipeline.ts'
import { blankEvent } from './support/blank-event.ts'
import type { StorageWriterMessage } from '../actors/storage/messages.ts'

const now = () => performance.now()
const silent = () => {}
const log: Log = { debug: silent, info: silent, warn: silent, error: silent, child: () => log }
const keys = (process.env.SINK_KEYS ?? '').split(',').map((publicKey, index): IngestKey => ({
  keyId: publicKey,
  publicKey,
  rateLimitPerMinute: null,
  // A limit that is never reached; the buckets are still counted.
  project: {
    projectId: index + 1,
    retentionDays: 30,
    sampleRate: 1,
    rateLimitPerMinute: 1_000_000_000,
    scrub: { enabled: true, fields: [], safeFields: [], ip: 'keep' }
  }
}))

const validated: EventProcessorOptions['prepare'] = (value, { id, receivedAt, project: { projectId }, text = '' }) =>
  isEvent(value)
    ? { kind: 'prepared', event: { ...blankEvent, id, projectId, receivedAt, payload: text } }
    : { kind: 'invalid', errors: eventErrors(value) }

const { transport } = await chooseTransport(process.env.SINK_TRANSPORT === 'node' ? 'node' : 'uws')
const mesh = startMesh({ name: 'bench' })
startSupervisor(mesh, {
  id: 'edge-sink',
  strategy: 'one_for_one',
  children: [
    { id: 'sink', name: 'sink', start: () => worker(sink()) },
    {
      id: 'refusals',
      name: names.refusalCounter,
      start: () =>
        worker(
          refusalCounter({ write: async () => {}, hour: () => 0, report: { refused: silent }, flushMs: 5_000, log })
        )
    },
    {
      id: 'keys',
      name: names.keyCache,
      start: () =>
        worker(
          keyCache({
            load: async () => keys,
            subscriber: names.edge,
            pollMs: 2_000,
            refreshMs: 200,
            staleMs: Infinity,
            now,
            log
          })
        )
    },
    {
      id: 'processor',
      name: names.eventProcessor,
      start: () =>
        worker(
          eventProcessor({
            parse: parseRequest,
            prepare: process.env.SINK_WORK === 'validate' ? validated : prepareEvent,
            idAt: eventIdAt,
            receivedAtOf,
            writer: 'sink',
            router: names.eventRouter,
            rateLimiter: names.rateLimiter,
            refusalCounter: names.refusalCounter,
            quarantinedCharsMax: 1_000
          })
        )
    },
    {
      id: 'router',
      name: names.eventRouter,
      start: () =>
        worker(
          eventRouter({
            next: names.eventProcessor,
            nextLarge: names.eventProcessor,
            watch: [names.eventProcessor],
            refusalCounter: names.refusalCounter,
            batchId: mintEventId,
            now,
            heldBytesMax: 1e9
          })
        )
    },
    {
      id: 'limiter',
      name: names.rateLimiter,
      start: () =>
        worker(
          rateLimiter({
            next: names.eventRouter,
            refusalCounter: names.refusalCounter,
            keyUsage: names.keyUsage,
            holdsNoEvent: () => false,
            now
          })
        )
    },
    { id: 'edge', name: names.edge, start: () => worker(listener()) }
  ]
})
process.once('SIGTERM', () => process.exit(0))

function listener() {
  return edgeListener({
    transport,
    host: '127.0.0.1',
    port: Number(process.env.SINK_PORT),
    basePath: '',
    next: names.rateLimiter,
    keyCache: names.keyCache,
    refusalCounter: names.refusalCounter,
    openConnection: () => Promise.reject(new Error('no sockets here')),
    stream: {
      authenticate: () => Promise.reject(new Error('no stream here')),
      openDashboard: () => Promise.reject(new Error('no stream here'))
    },
    uploads: {
      begin: async () => ({ status: 404 }),
      store: async () => ({ status: 404 }),
      mappings: async () => ({ status: 404 })
    },
    api: { operations: [], call: () => Promise.reject(new Error('no operations here')), trustedProxies: [] },
    readiness: async () => ({ ready: true, checks: [] }),
    metrics: async () => ({ text: '', contentType: 'text/plain' }),
    metricsToken: null,
    dashboard: null,
    now,
    wallNow: Date.now,
    connectionsMax: Infinity,
    replyDeadlineMs: 10_000,
    bodyGraceMs: 30_000,
    bodyTimeoutMs: 300_000,
    waitingBytesMax: 1e9,
    projectWaitingBytesMax: 1e9,
    log
  })
}

function sink(): Behaviour<StorageWriterMessage, number> {
  return {
    init: () => 0,
    handle: (count, message, self) => {
      if (message.type !== 'store') return count
      const outcomes = new Map<string, CommittedOutcome>(
        message.batch.events.map(({ id }) => [id, { id, outcome: 'stored' }])
      )
      answerOutcomes(self, [message], outcomes)
      self.cast(names.eventRouter, { type: 'settled', batchIds: [message.batch.id] })
      return count + message.batch.events.length
    }
  }
}
