/**
 * The processes between a request and the writer, the last one first. They find each other by name, so a restart
 * affects no other: one_for_one.
 */
import { holdsNoEvent } from '../events/sentry/beside-events.ts'
import { eventProcessor, type EventProcessorOptions } from '../actors/ingestion/event-processor.ts'
import { eventRouter } from '../actors/ingestion/event-router.ts'
import { keyUsage } from '../actors/ingestion/key-usage.ts'
import { keyCache } from '../actors/ingestion/key-cache.ts'
import { rateLimiter } from '../actors/ingestion/rate-limiter.ts'
import { refusalCounter } from '../actors/ingestion/refusal-counter.ts'
import { largeBodyProcessor } from '../actors/ingestion/large-body-processor.ts'
import { names, rooms } from '../actors/names.ts'
import { eventIdAt, mintEventId, receivedAtOf } from '../events/event-ids.ts'
import { parseRequest } from '../events/parse.ts'
import { prepareEvent } from '../events/prepare.ts'
import { worker } from '../mesh/index.ts'
import type { ListSpec } from '../mesh/types.ts'
import { limits } from '../schema/limits.ts'
import { loadKeys, type KnownRules } from '../services/accounts/keys.ts'
import { addKeyUses } from '../services/accounts/key-uses.ts'
import { addOutcomes } from '../services/commit/counters.ts'
import { memoryBudgets } from '../services/machine/memory-budgets.ts'
import { openRequestReader } from '../services/machine/request-reader.ts'
import type { NodeFigures } from './figures.ts'
import { guestStarter } from './guest-starter.ts'
import type { NodeParts } from './node-parts.ts'
import type { SymbolicationDeps } from './symbolication.ts'

const hourMs = 60 * 60 * 1000
const dayMs = 24 * hourMs
/** Well below the time after which a client that waits for its reply gets a 503. */
const symbolsDeadlineMs = 3_000

export type IngestionDeps = Pick<NodeParts, 'sql' | 'cluster' | 'now' | 'wallNow' | 'log'> &
  SymbolicationDeps & {
    prepare: EventProcessorOptions['prepare']
    report: NodeFigures['report']
  }

export function ingestionDeps(
  { sql, cluster, now, wallNow, log }: NodeParts,
  { report, symbols }: Pick<NodeFigures, 'report'> & SymbolicationDeps
): IngestionDeps {
  return { sql, cluster, now, wallNow, log, report, symbols, prepare: prepareEvent }
}

/** For the processor of this node, and for those that work here for other nodes. */
export function processorOptions({
  prepare,
  symbols
}: Pick<IngestionDeps, 'prepare' | 'symbols'>): Omit<EventProcessorOptions, 'router'> {
  return {
    parse: parseRequest,
    prepare,
    symbols: { find: symbols.find, load: symbols.load, deadlineMs: symbolsDeadlineMs },
    idAt: eventIdAt,
    receivedAtOf,
    writer: names.storageWriter,
    rateLimiter: names.rateLimiter,
    refusalCounter: names.refusalCounter,
    quarantinedCharsMax: limits.quarantinedCharsMax
  }
}

export function ingestion(deps: IngestionDeps): ListSpec {
  const { sql, log, now, wallNow, report, cluster } = deps
  const thisHour = () => Math.floor(wallNow() / hourMs) * hourMs
  const isLinked = cluster.settings !== null
  const knownRules: KnownRules = new Map()
  return {
    id: 'ingestion',
    strategy: 'one_for_one',
    maxRestarts: 10,
    withinMs: 10_000,
    children: [
      {
        id: 'refusal-counter',
        name: names.refusalCounter,
        start: () =>
          worker(
            refusalCounter({ write: counts => addOutcomes(sql, counts), hour: thisHour, report, flushMs: 5_000, log })
          )
      },
      {
        id: 'key-usage',
        name: names.keyUsage,
        start: () => worker(keyUsage({ write: uses => addKeyUses(sql, uses), now: wallNow, flushMs: 5_000, log }))
      },
      {
        id: 'key-cache',
        name: names.keyCache,
        start: () =>
          worker(
            keyCache({
              load: () => loadKeys(sql, knownRules),
              subscriber: names.edge,
              pollMs: 2_000,
              refreshMs: 200,
              staleMs: dayMs,
              now,
              log
            })
          )
      },
      {
        id: 'event-processor',
        name: names.eventProcessor,
        start: () => worker(eventProcessor({ ...processorOptions(deps), router: names.eventRouter }))
      },
      {
        id: 'large-body-processor',
        name: names.largeBodyProcessor,
        start: () =>
          worker(
            largeBodyProcessor({
              ...processorOptions(deps),
              router: names.eventRouter,
              openReader: () => openRequestReader(log)
            })
          )
      },
      {
        id: 'event-router',
        name: names.eventRouter,
        start: () =>
          worker(
            eventRouter({
              next: names.eventProcessor,
              nextLarge: names.largeBodyProcessor,
              watch: [names.eventProcessor, names.largeBodyProcessor, names.storageWriter, names.spoolReplayer],
              refusalCounter: names.refusalCounter,
              batchId: mintEventId,
              now,
              heldBytesMax: memoryBudgets().held,
              log,
              ...(isLinked && { startGuest: guestStarter(deps) })
            })
          )
      },
      {
        id: 'rate-limiter',
        name: names.rateLimiter,
        start: () =>
          worker(
            rateLimiter({
              holdsNoEvent,
              next: names.eventRouter,
              refusalCounter: names.refusalCounter,
              keyUsage: names.keyUsage,
              now,
              ...(isLinked && {
                tell: (message, from) => {
                  cluster.node()?.rooms.publish(rooms.rates, message, { except: from })
                }
              })
            })
          )
      }
    ]
  }
}
