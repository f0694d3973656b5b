/**
 * Memory of the server at full rate: 256 connections send as fast as they get responses, for ten minutes, and the
 * resident memory of the Node process is read every second. It must stay under 300 MB and grow by less than 1 MB a
 * minute; growth is the slope of the line through all samples after the first tenth. Events are thrown away every 30 s:
 * ten minutes of them would fill the disk, and the server's memory does not depend on what is stored.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runLoad, type LoadReport } from './load/load.ts'
import type { BenchOptions, BenchResult } from './support/bench.ts'
import { memoryOf } from './support/cpu.ts'
import { benchKeys, openDatabases } from './support/databases.ts'
import { describeMachine, machineNow } from './support/machine.ts'
import { openSql } from './support/postgres.ts'
import { mesher } from './support/sides.ts'
import { rounded, slopeOf } from './support/statistics.ts'
import { barChart, createProgress, thousands } from './support/text.ts'

type Sample = { minute: number; rssMb: number }

type Figures = {
  rate: number
  seconds: number
  peak_rss_mb: number
  growth_mb_per_minute: number
  bars: typeof bars
  refused: number
  unanswered: number
}

const bars = { peak_rss_mb: 300, growth_mb_per_minute: 1 }
const secondsDefault = 600
const connectionsDefault = 256
const sampleMs = 1_000
const truncateMs = 30_000
const chartRows = 12

export async function run({
  seconds = secondsDefault,
  connections = connectionsDefault
}: BenchOptions): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'mesher-bench-'))
  const databases = await openDatabases()
  try {
    return await databases.withFresh(async databaseUrl => {
      const samples: Sample[] = []
      const report = await watched(databaseUrl, folder, { seconds, connections }, samples)
      return resultOf(samples, report, seconds)
    })
  } finally {
    await databases.close()
    await rm(folder, { recursive: true })
  }
}

async function watched(
  databaseUrl: string,
  folder: string,
  { seconds, connections }: { seconds: number; connections: number },
  samples: Sample[]
): Promise<LoadReport> {
  const sql = openSql(databaseUrl, 1)
  const server = await mesher.start(databaseUrl)
  const progress = createProgress()
  const startedMs = Date.now()
  const sampling = setInterval(
    () => samples.push({ minute: (Date.now() - startedMs) / 60_000, rssMb: memoryOf(server.pid).rssMb }),
    sampleMs
  )
  const truncating = setInterval(() => {
    sql`truncate events, event_keys`.catch((error: Error) =>
      progress.done(`could not throw events away: ${error.message}`)
    )
  }, truncateMs)

  try {
    return await runLoad(
      {
        url: server.url,
        keys: benchKeys,
        connections,
        run: 1,
        journalPath: join(folder, 'journal.tsv'),
        durationMs: seconds * 1_000
      },
      {
        onProgress: ({ ratePerS }) =>
          progress.say(
            `memory · ${Math.round((Date.now() - startedMs) / 1_000)} of ${seconds} s · ` +
              `${ratePerS} events/s · ${Math.round(samples.at(-1)?.rssMb ?? 0)} MB`
          )
      }
    )
  } finally {
    clearInterval(sampling)
    clearInterval(truncating)
    await sql.end()
    await server.stop()
  }
}

function resultOf(samples: Sample[], report: LoadReport, seconds: number): BenchResult {
  const steady = samples.slice(Math.floor(samples.length / 10))
  const figures: Figures = {
    rate: report.window.ratePerS,
    seconds,
    peak_rss_mb: Math.round(Math.max(...samples.map(({ rssMb }) => rssMb))),
    growth_mb_per_minute: rounded(slopeOf(steady.map(({ minute, rssMb }) => ({ x: minute, y: rssMb }))), 2),
    bars,
    refused: Object.values(report.refusals).reduce((sum, each) => sum + each, 0),
    unanswered: report.unanswered
  }
  const missed = [
    ...(figures.peak_rss_mb >= bars.peak_rss_mb
      ? [`${figures.peak_rss_mb} MB at the peak, the bar is ${bars.peak_rss_mb}`]
      : []),
    ...(figures.growth_mb_per_minute >= bars.growth_mb_per_minute
      ? [`grew by ${figures.growth_mb_per_minute} MB a minute, the bar is ${bars.growth_mb_per_minute}`]
      : [])
  ]
  return { figures, text: textOf(samples, figures), missed }
}

function textOf(samples: Sample[], figures: Figures): string {
  const step = Math.max(1, Math.floor(samples.length / chartRows))
  const shown = samples.filter((_, index) => index % step === 0)
  return [
    `Memory of the server at ${thousands(figures.rate)} events/s over ${figures.seconds} s: ` +
      `peak ${figures.peak_rss_mb} MB (bar ${bars.peak_rss_mb}), ` +
      `growth ${figures.growth_mb_per_minute} MB a minute (bar ${bars.growth_mb_per_minute})`,
    describeMachine(machineNow()),
    `${figures.refused} refused, ${figures.unanswered} unanswered`,
    '',
    barChart(
      shown.map(({ minute, rssMb }) => ({
        label: `${minute.toFixed(1)} min`,
        value: rssMb,
        shown: `${Math.round(rssMb)} MB`
      }))
    )
  ].join('\n')
}
