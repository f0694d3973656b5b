/**
 * Where the server's processor time goes at full rate: Node's own sampling profiler over a short run of ingestion, as
 * microseconds per event by function and by file. Sampling costs a few percent: read shares here, rates in `ingest`.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runLoad } from './load/load.ts'
import type { BenchOptions, BenchResult } from './support/bench.ts'
import { benchKeys, openDatabases } from './support/databases.ts'
import { rounded } from './support/statistics.ts'
import { startMesher } from './support/sides.ts'
import { createProgress, tableOf, thousands } from './support/text.ts'

/** The parts of a .cpuprofile that are read: nodes are functions, samples name one every few hundred microseconds. */
type CpuProfile = {
  nodes: Array<{ id: number; callFrame: { functionName: string; url: string; lineNumber: number } }>
  samples: number[]
  timeDeltas: number[]
}

type Cost = { place: string; us: number }

const secondsDefault = 15
const connectionsDefault = 256
const functionsShown = 40
const filesShown = 25
const intervalUs = 500

export async function run({
  seconds = secondsDefault,
  connections = connectionsDefault
}: BenchOptions): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'mesher-bench-'))
  const databases = await openDatabases()
  const progress = createProgress()
  try {
    return await databases.withFresh(async databaseUrl => {
      const server = await startMesher(databaseUrl, [
        '--cpu-prof',
        `--cpu-prof-dir=${folder}`,
        `--cpu-prof-interval=${intervalUs}`
      ])
      const report = await runLoad(
        {
          url: server.url,
          keys: benchKeys,
          connections,
          run: 1,
          journalPath: join(folder, 'journal.tsv'),
          durationMs: seconds * 1_000
        },
        {
          onProgress: ({ ratePerS }) => progress.say(`profile · ${ratePerS} events/s`)
        }
      )
      await server.stop()
      return resultOf(await profilesIn(folder), report.acknowledged, report.window.ratePerS)
    })
  } finally {
    await databases.close()
    await rm(folder, { recursive: true })
  }
}

/** One profile a thread. */
async function profilesIn(folder: string): Promise<CpuProfile[]> {
  const names = (await readdir(folder)).filter(name => name.endsWith('.cpuprofile'))
  return await Promise.all(names.map(async name => JSON.parse(await readFile(join(folder, name), 'utf8'))))
}

function resultOf(profiles: CpuProfile[], events: number, rate: number): BenchResult {
  const functions = costs(
    profiles,
    ({ functionName, url, lineNumber }) =>
      `${functionName || '(anonymous)'} ${shortened(url)}${url ? `:${lineNumber + 1}` : ''}`,
    events
  )
  const files = costs(profiles, ({ functionName, url }) => (url ? shortened(url) : functionName), events)
  const rows = (list: Cost[], shown: number): string[][] =>
    list.slice(0, shown).map(({ place, us }) => [place, us.toFixed(2)])
  const text = [
    `${thousands(rate)} events/s while profiled; microseconds of the server per event, without the time it waited`,
    tableOf(['function', 'µs'], rows(functions, functionsShown)),
    tableOf(['file', 'µs'], rows(files, filesShown))
  ].join('\n')
  return {
    figures: { rate, functions: functions.slice(0, functionsShown), files: files.slice(0, filesShown) },
    text,
    missed: []
  }
}

/** Time by place, dearest first; what a thread waited for is left out. */
function costs(
  profiles: CpuProfile[],
  placeOf: (frame: CpuProfile['nodes'][number]['callFrame']) => string,
  events: number
): Cost[] {
  const spent = new Map<string, number>()
  for (const { nodes, samples, timeDeltas } of profiles) {
    const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]))
    samples.forEach((id, index) => {
      const place = places.get(id) ?? '(unknown)'
      spent.set(place, (spent.get(place) ?? 0) + (timeDeltas[index] ?? 0))
    })
  }
  return [...spent]
    .filter(([place]) => !place.startsWith('(idle)'))
    .map(([place, us]) => ({ place, us: rounded(us / events, 3) }))
    .sort((a, b) => b.us - a.us)
}

/** Paths from the project's folder on. */
function shortened(url: string): string {
  return url.replace(/^.*\/(?:dist\/|(?=node_modules\/))/, '')
}
