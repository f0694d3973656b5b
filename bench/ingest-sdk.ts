/**
 * What SDKs really send, through HTTP to the commit: events of 2 to 27 kB as envelopes, those of Python compressed. The
 * floor of the same run is the processor time without which nothing can be stored: to unpack and parse the same bytes,
 * and a COPY of the rows as they were stored. A round counts only when the end state is right.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { copyEvents, exportEvents } from './floors/copy.ts'
import { buildSdkMix, type SdkEvent } from './load/sdk-mix.ts'
import type { BenchOptions, BenchResult } from './support/bench.ts'
import { benchKeys, benchProjects, openDatabases, type Databases } from './support/databases.ts'
import { describeMachine, machineNow } from './support/machine.ts'
import { measure, type Measurement } from './support/measure.ts'
import { diskUse, walPosition, type DiskUse } from './support/disk-use.ts'
import { mesher } from './support/sides.ts'
import { median, rounded } from './support/statistics.ts'
import { createProgress, tableOf, thousands, verdict, type Progress } from './support/text.ts'

type Disk = DiskUse & { wal: number }
type Round = { mesher: Measurement; disk: Disk; parseUs: number; copyUs: number }
type Setting = { databases: Databases; folder: string; seconds: number; connections: number; progress: Progress }

const roundsDefault = 3
const secondsDefault = 20
const connectionsDefault = 64
const warmupMs = 4_000
const floorEvents = 400
const floorRepeats = 10
/** Of processor time in milliseconds an event, of the floor, and of the JSON as sent. */
const bars = { cpu_ms_per_event: 0.28, of_floor: 0.5, disk_ratio: 0.35 }

export async function runSdk({
  rounds = roundsDefault,
  seconds = secondsDefault,
  connections = connectionsDefault
}: BenchOptions): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'mesher-bench-'))
  const databases = await openDatabases()
  const setting = { databases, folder, seconds, connections, progress: createProgress() }
  const mix = buildSdkMix({ seed: 1, count: floorEvents, projects: benchKeys.length, nowMs: Date.now() })
  try {
    const done: Round[] = []
    while (done.length < rounds) done.push(await round(setting, done.length, mix))
    return resultOf(done, mix, { connections, seconds, postgres: databases.version })
  } finally {
    await databases.close()
    await rm(folder, { recursive: true })
  }
}

async function round(setting: Setting, index: number, mix: readonly SdkEvent[]): Promise<Round> {
  const { databases, folder, progress } = setting
  const rowsPath = join(folder, 'rows.bin')
  const { measured, disk } = await databases.withFresh(async url => await measuredOn(setting, url, index, rowsPath))
  const { cpuUsPerRow } = await databases.withFresh(
    async url => await copyEvents(url, rowsPath, databases.postmasterPid)
  )
  await rm(rowsPath)
  const problems = measured.endState.problems.join(', ')
  progress.done(`round ${index + 1} · ${thousands(measured.ratePerS)} events/s · ${problems || 'exact'}`)
  return { mesher: measured, disk, parseUs: parsingUs(mix), copyUs: cpuUsPerRow }
}

async function measuredOn(
  { databases, folder, seconds, connections, progress }: Setting,
  databaseUrl: string,
  index: number,
  rowsPath: string
): Promise<{ measured: Measurement; disk: Disk }> {
  const walBefore = await walPosition(databaseUrl)
  let disk: Disk | undefined
  const measured = await measure({
    name: `round ${index + 1}`,
    start: async () => await mesher.start(databaseUrl),
    audit: async url => {
      const { rows, ...bytes } = await diskUse(url)
      disk = { ...bytes, wal: ((await walPosition(url)) - walBefore) / rows }
      return await mesher.audit(url)
    },
    databaseUrl,
    postmasterPid: databases.postmasterPid,
    keys: benchKeys,
    connections,
    warmupMs,
    durationMs: seconds * 1_000,
    run: index + 1,
    folder,
    progress,
    load: { sdkMix: true, envelopesTo: benchProjects }
  })
  if (disk === undefined) throw new Error('the disk was not looked at')
  await exportEvents(databaseUrl, rowsPath)
  return { measured, disk }
}

/** Microseconds of one core to unpack and parse an event of the mix. */
function parsingUs(mix: readonly SdkEvent[]): number {
  const bodies = mix.map(({ kind, json }) => ({ isPacked: kind.startsWith('python'), bytes: Buffer.from(json) }))
  const sent = bodies.map(({ isPacked, bytes }) => ({
    isPacked,
    bytes: isPacked ? gzipSync(bytes, { level: 1 }) : bytes
  }))
  const parseAll = (): void => {
    for (const { isPacked, bytes } of sent) JSON.parse((isPacked ? gunzipSync(bytes) : bytes).toString())
  }
  parseAll()
  const before = process.cpuUsage()
  for (let repeat = 0; repeat < floorRepeats; repeat++) parseAll()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / floorRepeats / sent.length
}

type About = { connections: number; seconds: number; postgres: string }

function resultOf(rounds: Round[], mix: readonly SdkEvent[], about: About): BenchResult {
  const medianOf = (value: (round: Round) => number, digits = 0): number => rounded(median(rounds.map(value)), digits)
  const problems = rounds.flatMap(({ mesher }) => mesher.endState.problems)
  const sentBytes = mix.reduce((sum, { json }) => sum + Buffer.byteLength(json), 0) / mix.length
  const ownUs = ({ mesher: { cpuUsPerEvent } }: Round): number => cpuUsPerEvent.server + cpuUsPerEvent.postgres
  const stored = ({ disk: { heap, toast, indexes } }: Round): number => heap + toast + indexes
  const sdk = {
    rate: medianOf(({ mesher }) => mesher.ratePerS),
    cpu_ms_per_event: medianOf(round => ownUs(round) / 1_000, 3),
    of_floor: medianOf(round => (round.parseUs + round.copyUs) / ownUs(round), 3),
    disk_ratio: medianOf(round => stored(round) / sentBytes, 3),
    exact: problems.length === 0,
    bars,
    problems,
    cpu_us: {
      node: medianOf(({ mesher }) => mesher.cpuUsPerEvent.server, 1),
      postgres: medianOf(({ mesher }) => mesher.cpuUsPerEvent.postgres, 1),
      load: medianOf(({ mesher }) => mesher.cpuUsPerEvent.load, 1),
      floor_parse: medianOf(({ parseUs }) => parseUs, 1),
      floor_copy: medianOf(({ copyUs }) => copyUs, 1)
    },
    ack_p50_ms: medianOf(({ mesher }) => mesher.report.window.latencyMs.p50, 2),
    ack_p99_ms: medianOf(({ mesher }) => mesher.report.window.latencyMs.p99, 2),
    bytes_per_event: {
      sent: Math.round(sentBytes),
      heap: medianOf(round => round.disk.heap),
      toast: medianOf(round => round.disk.toast),
      indexes: medianOf(round => round.disk.indexes),
      wal: medianOf(round => round.disk.wal)
    },
    peak_rss_mb: Math.round(Math.max(...rounds.map(({ mesher }) => mesher.peakRssMb))),
    elsewhere_share: medianOf(({ mesher }) => mesher.elsewhereShare, 2),
    machine: machineNow(),
    ...about
  }
  const missed = [
    ...(sdk.cpu_ms_per_event > bars.cpu_ms_per_event
      ? [`${sdk.cpu_ms_per_event} ms an event, the bar is ${bars.cpu_ms_per_event}`]
      : []),
    ...(sdk.of_floor < bars.of_floor ? [`${sdk.of_floor} of the floor, the bar is ${bars.of_floor}`] : []),
    ...(sdk.disk_ratio > bars.disk_ratio
      ? [`${sdk.disk_ratio} of the JSON on disk, the bar is ${bars.disk_ratio}`]
      : []),
    ...problems.map(problem => `the end state of a run is wrong, its figures do not count: ${problem}`)
  ]
  return { figures: { sdk }, text: textOf(sdk), missed }
}

type Figures = {
  rate: number
  cpu_ms_per_event: number
  of_floor: number
  disk_ratio: number
  exact: boolean
  problems: string[]
  cpu_us: Record<'node' | 'postgres' | 'load' | 'floor_parse' | 'floor_copy', number>
  ack_p50_ms: number
  ack_p99_ms: number
  bytes_per_event: Record<'sent' | 'heap' | 'toast' | 'indexes' | 'wal', number>
  peak_rss_mb: number
  machine: ReturnType<typeof machineNow>
} & About

function textOf(sdk: Figures): string {
  const { cpu_us: us, bytes_per_event: bytes } = sdk
  return [
    `What SDKs send, acknowledged after the commit: ${sdk.connections} connections, ${sdk.seconds} s a round`,
    `${describeMachine(sdk.machine)}, PostgreSQL ${sdk.postgres}; peak memory of the server ${sdk.peak_rss_mb} MB`,
    '',
    tableOf(
      ['', 'events/s', 'p50 ms', 'p99 ms', 'Node µs', 'PostgreSQL µs', 'load µs'],
      [
        ['Mesher', thousands(sdk.rate), ...[sdk.ack_p50_ms, sdk.ack_p99_ms, us.node, us.postgres, us.load].map(String)],
        ['unpack and parse, COPY', '', '', '', `${us.floor_parse}`, `${us.floor_copy}`, '']
      ]
    ),
    tableOf(
      ['bytes an event', 'as sent', 'heap', 'TOAST', 'indexes', 'WAL'],
      [['', ...[bytes.sent, bytes.heap, bytes.toast, bytes.indexes, bytes.wal].map(thousands)]]
    ),
    '',
    `${sdk.cpu_ms_per_event} ms of processor time an event (bar ${bars.cpu_ms_per_event}), ` +
      `${sdk.disk_ratio} of the JSON on disk (bar ${bars.disk_ratio})`,
    verdict('of the floor', sdk.of_floor, bars.of_floor),
    sdk.exact
      ? '✔ every acknowledged event is stored exactly once, and the counts of all issues add up'
      : `✘ ${sdk.problems.join('; ')}`
  ].join('\n')
}
