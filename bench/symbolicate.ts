/**
 * What source maps cost: processor time of an event whose twenty frames are mapped, with its map in memory, against the
 * same event of a project without artifacts; the time until a map that is not in memory can be used, and how much of it
 * the event loop is busy; and what a project without artifacts pays for it, on the load of `ingest`: batches are read
 * with and without source maps in turn.
 */
import { performance } from 'node:perf_hooks'
import { processBatch, type BatchOptions } from '../actors/ingestion/read-batches.ts'
import { names } from '../actors/names.ts'
import { eventIdAt, mintEventId, receivedAtOf } from '../events/event-ids.ts'
import { parseRequest } from '../events/parse.ts'
import { prepareEvent } from '../events/prepare.ts'
import { startMesh } from '../mesh/index.ts'
import type { Mesh, Pid } from '../mesh/types.ts'
import { limits } from '../schema/limits.ts'
import type { Log } from '../schema/log.ts'
import type { IngestRequest, ProjectSettings, RepliesMessage } from '../schema/pipeline.ts'
import { mapThread } from '../services/symbolication/map-thread.ts'
import { symbolStore, type SymbolStore, type SymbolStoreOptions } from '../services/symbolication/symbol-store.ts'
import { buildMix } from './load/mix.ts'
import type { BenchOptions, BenchResult } from './support/bench.ts'
import { describeMachine, machineNow } from './support/machine.ts'
import { median, rounded } from './support/statistics.ts'
import { createProgress, tableOf, thousands } from './support/text.ts'
import { bodiesOf, bundle, type Bundle } from './symbolicate/bundle.ts'

const roundsDefault = 15
const eventsCount = 2_000
const coldCount = 10
const batchEvents = 200
/** Of what an event of a project without artifacts costs. */
const shareMax = 0.02
const release = 'shop@1.4.0'
const pairs = [
  ['with', 'without'],
  ['mapped', 'minified']
] as const
const kinds = pairs.flat()

const project: ProjectSettings = {
  projectId: 1,
  retentionDays: 30,
  sampleRate: 1,
  rateLimitPerMinute: null,
  scrub: { enabled: true, fields: [], safeFields: [], ip: 'keep' }
}

const steps = {
  parse: parseRequest,
  prepare: prepareEvent,
  idAt: eventIdAt,
  receivedAtOf,
  writer: names.storageWriter,
  router: names.eventRouter,
  rateLimiter: names.rateLimiter,
  refusalCounter: names.refusalCounter,
  quarantinedCharsMax: limits.quarantinedCharsMax
}

/** What goes wrong ends the benchmark elsewhere. */
const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: () => log }

export async function run({ rounds = roundsDefault }: BenchOptions): Promise<BenchResult> {
  const progress = createProgress()
  const built = await bundle()
  const thread = mapThread({ memoryMbMax: 1_024, jobMsMax: 60_000 })
  const symbols = storeOf(built, thread.decode)
  const mesh = startMesh({ name: 'bench' })
  progress.say('symbolicate: maps that are not in memory')
  const cold = await coldCost(symbols, built)
  progress.say('symbolicate: events')
  const costs = await eventCosts(mesh, symbols, built, rounds)
  thread.end()
  progress.done('symbolicate: measured')
  return resultOf(built, cold, costs)
}

/** Artifacts that are in memory: whatever is asked for is the map of the bundle. */
function storeOf({ sha1, map, debugId }: Bundle, decode: SymbolStoreOptions['decode']): SymbolStore {
  const artifact = { sha1, url: '~/assets/app.js.map', bytes: map.byteLength, debugId, mapUrl: '' }
  return symbolStore({
    artifacts: {
      byDebugId: async () => ({ script: null, map: artifact }),
      byUrl: async () => null,
      ofClasses: async () => null,
      content: async () => map
    },
    decode,
    cacheBytesMax: 1024 ** 3,
    mapBytesMax: map.byteLength,
    now: () => performance.now(),
    log
  })
}

type Cold = { ms: number; busyMs: number }

/** Medians; each map is that of another project, so that none is in memory. The first one only starts the thread. */
async function coldCost(symbols: SymbolStore, { debugId, url }: Bundle): Promise<Cold> {
  const costs: Cold[] = []
  const place = { debugId, url, release: '', dist: '' }
  for (let projectId = 1_000; projectId <= 1_000 + coldCount; projectId++) {
    const started = performance.now()
    const before = performance.eventLoopUtilization()
    await symbols.load({ projectId, revision: 1 }, [place], 60_000)
    const { active } = performance.eventLoopUtilization(before)
    costs.push({ ms: performance.now() - started, busyMs: active })
    if (symbols.find({ projectId, revision: 1 }, place).kind !== 'map') throw new Error('the map was not decoded')
  }
  const counted = costs.slice(1)
  return { ms: median(counted.map(({ ms }) => ms)), busyMs: median(counted.map(({ busyMs }) => busyMs)) }
}

type Read = { bodies: readonly Uint8Array[]; options: BatchOptions; project: ProjectSettings }
type Kind = 'mapped' | 'minified' | 'with' | 'without'
/** `share`: what `with` takes more than `without`, in their best rounds. */
type Costs = Record<Kind | 'share', number>

/** Processor time in µs an event, the medians of the rounds, in which both of a pair take turns. */
async function eventCosts(mesh: Mesh, symbols: SymbolStore, built: Bundle, rounds: number): Promise<Costs> {
  const place = { debugId: built.debugId, url: built.url, release, dist: '' }
  await symbols.load({ projectId: project.projectId, revision: 1 }, [place], 60_000)
  const options = { ...steps, symbols: { ...symbols, deadlineMs: 3_000 } }
  const bodies = bodiesOf(built, release, eventsCount)
  const load = buildMix({ seed: 1, count: eventsCount, projects: 5, nowMs: Date.now() })
  const plain = load.map(({ json }) => Buffer.from(json))
  const reads: Record<Kind, Read> = {
    mapped: { bodies, options, project: { ...project, artifactRevision: 1 } },
    minified: { bodies, options, project },
    with: { bodies: plain, options, project },
    without: { bodies: plain, options: steps, project }
  }
  const replyTo = mesh.spawn<RepliesMessage, null>({ init: () => null, handle: state => state })
  const measured: Record<Kind, number[]> = { mapped: [], minified: [], with: [], without: [] }
  // Mapping leaves garbage that the next would have to collect. Who comes first changes, for the same reason.
  for (const pair of pairs) {
    for (let round = -1; round < rounds; round++) {
      for (const name of round % 2 === 0 ? pair : pair.toReversed()) {
        const us = timed(mesh, replyTo, reads[name])
        if (round >= 0) measured[name].push(us)
      }
    }
  }
  const of = (name: Kind): number => median(measured[name])
  // What else runs on the machine only adds to either.
  const share = Math.min(...measured.with) / Math.min(...measured.without) - 1
  return {
    share,
    mapped: of('mapped'),
    minified: of('minified'),
    with: of('with'),
    without: of('without')
  }
}

/** In batches, as in the server. */
function timed(mesh: Mesh, replyTo: Pid<RepliesMessage>, { bodies, options, project }: Read): number {
  const key = { keyId: '1', publicKey: '', rateLimitPerMinute: null, project }
  const requests = bodies.map((body, request): IngestRequest => ({
    request,
    replyTo,
    seed: mintEventId(),
    key,
    format: 'event',
    encoding: '',
    body
  }))
  const before = process.cpuUsage()
  for (let start = 0; start < requests.length; start += batchEvents) {
    const batch = { id: mintEventId(), requests: requests.slice(start, start + batchEvents) }
    if (processBatch(batch, options, mesh) !== null) throw new Error('a map is not in memory')
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / requests.length
}

function resultOf({ map }: Bundle, cold: Cold, costs: Costs): BenchResult {
  const machine = machineNow()
  const us = Object.fromEntries(kinds.map(kind => [kind, rounded(costs[kind], 1)]))
  const mapping = costs.mapped - costs.minified
  const { share } = costs
  const text = [
    tableOf(
      ['an event', 'µs', 'events/s'],
      [
        ['with 20 frames, mapped', costs.mapped],
        ['the same without artifacts', costs.minified],
        ['of the load, maps looked for', costs.with],
        ['of the load, maps unknown', costs.without]
      ].map(([name, value]) => [String(name), Number(value).toFixed(1), thousands(1e6 / Number(value))])
    ),
    `Mapping takes ${rounded(mapping, 1)} µs an event, a project without artifacts pays ${rounded(100 * share, 2)} %.`,
    `A map of ${thousands(map.byteLength)} bytes is ready after ${rounded(cold.ms, 1)} ms, ` +
      `${rounded(cold.busyMs, 1)} ms of them in the event loop.`,
    describeMachine(machine)
  ].join('\n')
  return {
    figures: {
      machine,
      map_bytes: map.byteLength,
      us,
      mapping_us: rounded(mapping, 1),
      share: rounded(share, 4),
      cold
    },
    text,
    missed: share <= shareMax ? [] : [`projects without artifacts pay ${rounded(100 * share, 2)} %, at most 2 wanted`]
  }
}
