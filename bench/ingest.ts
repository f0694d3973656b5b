/**
 * Events per second from HTTP to the commit: Mesher and the naive peer in turn, each on a fresh database of the same
 * PostgreSQL, then the floor: a COPY of the rows that Mesher stored. Medians over the rounds, so that a noisy moment
 * does not decide. A round counts only when the end state is right row by row.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { copyEvents, exportEvents } from './floors/copy.ts'
import { singleRowCommits } from './floors/single-row.ts'
import { runEnvelopes } from './ingest-envelopes.ts'
import { runSdk } from './ingest-sdk.ts'
import { resultOf } from './ingest-result.ts'
import type { Latency, Round } from './ingest-round.ts'
import type { LatencySummary } from './load/histogram.ts'
import type { BenchOptions, BenchResult } from './support/bench.ts'
import { benchKeys, openDatabases, type Databases } from './support/databases.ts'
import { measure, type Measurement } from './support/measure.ts'
import type { Server } from './support/server.ts'
import { mesher, peer, type Side } from './support/sides.ts'
import { createProgress, thousands, type Progress } from './support/text.ts'

type Setting = { databases: Databases; folder: string; seconds: number; progress: Progress }

const roundsDefault = 5
const secondsDefault = 20
const connectionsDefault = 256
const connectionsFew = 64
/** Long enough for the optimising compiler of both sides to have seen the way of an event. */
const warmupMs = 4_000

export async function run(options: BenchOptions): Promise<BenchResult> {
  if (options.sdk === true) return await runSdk(options)
  if (options.envelope === true) return await runEnvelopes(options)
  const { rounds = roundsDefault, seconds = secondsDefault, connections = connectionsDefault } = options
  const folder = await mkdtemp(join(tmpdir(), 'mesher-bench-'))
  const databases = await openDatabases()
  const setting = { databases, folder, seconds, progress: createProgress() }
  try {
    const done: Round[] = []
    while (done.length < rounds) {
      done.push(await round(setting, done.length, connections, `round ${done.length + 1} of ${rounds}`))
    }
    return resultOf(done, await latency(setting, rounds), { connections, seconds, postgres: databases.version })
  } finally {
    await databases.close()
    await rm(folder, { recursive: true })
  }
}

/** Mesher first in even rounds, the peer first in odd ones: neither always gets the colder machine. */
async function round(setting: Setting, index: number, connections: number, label: string): Promise<Round> {
  const { databases, progress } = setting
  const rowsPath = join(setting.folder, 'rows.bin')
  const measureMesher = async (): Promise<Measurement> =>
    await measureSide(setting, mesher, {
      run: 2 * index + 1,
      connections,
      label,
      then: async url => await exportEvents(url, rowsPath)
    })
  const measurePeer = async (): Promise<Measurement> =>
    await measureSide(setting, peer, { run: 2 * index + 2, connections, label })

  const firstPeer = index % 2 === 1 ? await measurePeer() : undefined
  const measured = await measureMesher()
  progress.say(`${label} · floor · COPY`)
  const floor = await databases.withFresh(async url => await copyEvents(url, rowsPath, databases.postmasterPid))
  await rm(rowsPath)
  progress.done(`${label} · floor · ${thousands(floor.ratePerS)} rows/s`)
  return { mesher: measured, peer: firstPeer ?? (await measurePeer()), floor }
}

type SideRun = { run: number; connections: number; label: string; then?: (url: string) => Promise<void> }

async function measureSide(
  { databases, folder, seconds, progress }: Setting,
  side: Side,
  { run, connections, label, then }: SideRun
): Promise<Measurement> {
  return await databases.withFresh(async databaseUrl => {
    const name = `${label} · ${side.name}`
    const start = async (): Promise<Server> => await side.start(databaseUrl)
    const measured = await measure({
      name,
      start,
      audit: side.audit,
      databaseUrl,
      postmasterPid: databases.postmasterPid,
      keys: benchKeys,
      connections,
      warmupMs,
      durationMs: seconds * 1_000,
      run,
      folder,
      progress
    })
    const { problems } = measured.endState
    progress.done(
      `${name} · ${thousands(measured.ratePerS)} events/s · ${problems.length === 0 ? 'exact' : problems.join(', ')}`
    )
    await then?.(databaseUrl)
    return measured
  })
}

async function latency(setting: Setting, rounds: number): Promise<Latency> {
  const label = 'acknowledgement'
  let singleRow: LatencySummary | undefined
  const then = async (url: string): Promise<void> => {
    setting.progress.say(`${label} · commits of one row`)
    singleRow = await singleRowCommits(url)
  }
  const measured = await measureSide(setting, mesher, { run: 2 * rounds + 1, connections: connectionsFew, label, then })
  if (!singleRow) throw new Error('the commits of one row were not measured')
  return { mesher: measured, singleRow }
}
