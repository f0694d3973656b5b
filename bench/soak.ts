/**
 * Whether Mesher stays as it is: 400 events a second of what SDKs send, for an hour, on its own database, beside a
 * dashboard that follows them and reads its pages. Every ten seconds the resident memory of the server is read, and the
 * memory that each process of PostgreSQL has for itself; growth is the slope of the line through the samples after the
 * first ten minutes (of a short run: the first sixth). Bars: at most 0.2 MB a minute of either side, and no event
 * refused or unanswered. Beside them stand PostgreSQL's log, its dead rows, and how long acknowledgements, pages and
 * /livez took. A page that is not answered, or a sample that cannot be taken, fails the run.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDashboard, type Dashboard } from './soak/dashboard.ts'
import { openPostgres, type Postgres } from './soak/postgres.ts'
import { runLoad, type LoadReport } from './load/load.ts'
import type { BenchOptions, BenchResult } from './support/bench.ts'
import { memoryOf } from './support/cpu.ts'
import { describeMachine, machineNow } from './support/machine.ts'
import { rounded, slopeOf } from './support/statistics.ts'
import { createProgress, tableOf, thousands } from './support/text.ts'
import { install, type Installation } from './web/installation.ts'

type Sample = {
  minute: number
  nodeMb: number
  postgresMb: number
  backends: number
  walMb: number
  deadShare: number
  databaseMb: number
}

const rate = 400
const minutesDefault = 60
const connectionsDefault = 16
const sampleMs = 10_000
const settlingMinutes = 10
/** MB a minute, of either side. */
const bars = { slope_mb_per_minute: 0.2 }
const rowsShown = 12

export async function run({
  minutes = minutesDefault,
  connections = connectionsDefault
}: BenchOptions): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'mesher-bench-'))
  const mesher = await install({ events: 1_000, issues: 50 })
  try {
    const postgres = await openPostgres(mesher.postgres)
    const dashboard = await startDashboard(mesher)
    const samples: Sample[] = []
    try {
      const report = await watched(mesher, postgres, folder, { minutes, connections }, samples)
      return resultOf(samples, report, dashboard, minutes)
    } finally {
      await dashboard.stop()
      await postgres.close()
    }
  } finally {
    await mesher.stop()
    await rm(folder, { recursive: true })
  }
}

async function watched(
  { url, pid, key }: Installation,
  postgres: Postgres,
  folder: string,
  { minutes, connections }: { minutes: number; connections: number },
  samples: Sample[]
): Promise<LoadReport> {
  const progress = createProgress()
  const startedMs = Date.now()
  let failed: unknown
  const sample = async (): Promise<void> => {
    samples.push({
      minute: (Date.now() - startedMs) / 60_000,
      nodeMb: memoryOf(pid).rssMb,
      ...(await postgres.now())
    })
  }
  const sampling = setInterval(() => {
    sample().catch((error: unknown) => {
      failed = error
    })
  }, sampleMs)
  try {
    const report = await runLoad(
      {
        url,
        keys: [key],
        envelopesTo: [1],
        sdkMix: true,
        connections,
        ratePerS: rate,
        run: 1,
        journalPath: join(folder, 'journal.tsv'),
        durationMs: minutes * 60_000
      },
      {
        onProgress: ({ ratePerS }) => {
          const { nodeMb = 0, postgresMb = 0 } = samples.at(-1) ?? {}
          progress.say(
            `soak · ${((Date.now() - startedMs) / 60_000).toFixed(1)} of ${minutes} min · ${ratePerS} events/s · ` +
              `Node ${Math.round(nodeMb)} MB, PostgreSQL ${Math.round(postgresMb)} MB`
          )
        }
      }
    )
    if (failed !== undefined) throw failed
    return report
  } finally {
    clearInterval(sampling)
  }
}

function resultOf(
  samples: readonly Sample[],
  { window, outcomes, refusals, unanswered }: LoadReport,
  { delays }: Dashboard,
  minutes: number
): BenchResult {
  const settled = samples.filter(({ minute }) => minute >= Math.min(settlingMinutes, minutes / 6))
  const slopes = { node: slopeBy(settled, 'nodeMb'), postgres: slopeBy(settled, 'postgresMb') }
  const [first, last] = [settled[0], settled.at(-1)]
  const figures = {
    rate: rounded(window.ratePerS, 1),
    minutes,
    stored: outcomes.stored ?? 0,
    refused: Object.values(refusals).reduce((sum, each) => sum + each, 0),
    unanswered,
    ack_ms: { p50: window.latencyMs.p50, p99: window.latencyMs.p99 },
    ...delays(),
    slope_mb_per_minute: slopes,
    wal_bytes_per_event: first && last ? walOf(first, last) : 0,
    bars
  }
  const missed = [
    ...Object.entries(slopes)
      .filter(([, slope]) => slope > bars.slope_mb_per_minute)
      .map(([name, slope]) => `${name} grew by ${slope} MB a minute, the bar is ${bars.slope_mb_per_minute}`),
    ...(figures.refused + unanswered > 0 ? [`${figures.refused} refused, ${unanswered} unanswered`] : [])
  ]
  return { figures, text: textOf(samples, figures), missed }
}

/** Bytes an event, all that is written beside it included. */
function walOf(first: Sample, last: Sample): number {
  return Math.round(((last.walMb - first.walMb) * 2 ** 20) / ((last.minute - first.minute) * 60 * rate))
}

function slopeBy(samples: readonly Sample[], member: 'nodeMb' | 'postgresMb'): number {
  return rounded(slopeOf(samples.map(sample => ({ x: sample.minute, y: sample[member] }))), 3)
}

type Figures = {
  rate: number
  minutes: number
  stored: number
  refused: number
  unanswered: number
  ack_ms: { p50: number; p99: number }
  page_ms: { p50: number; p99: number }
  health_ms: { p50: number; p99: number }
  live_events: number
  slope_mb_per_minute: { node: number; postgres: number }
  wal_bytes_per_event: number
}

function textOf(samples: readonly Sample[], figures: Figures): string {
  const step = Math.max(1, Math.floor(samples.length / rowsShown))
  const shown = samples.filter((_, index) => (index + 1) % step === 0)
  const { ack_ms: ack, page_ms: page, health_ms: health, slope_mb_per_minute: slope } = figures
  return [
    `${thousands(figures.rate)} events/s of what SDKs send over ${figures.minutes} minutes, beside a dashboard`,
    describeMachine(machineNow()),
    '',
    tableOf(
      ['minute', 'Node MB', 'PostgreSQL MB', 'its processes', 'WAL MB', 'dead rows', 'database MB'],
      shown.map(sample => [
        sample.minute.toFixed(1),
        String(Math.round(sample.nodeMb)),
        String(Math.round(sample.postgresMb)),
        String(sample.backends),
        thousands(sample.walMb),
        `${(sample.deadShare * 100).toFixed(1)} %`,
        thousands(sample.databaseMb)
      ])
    ),
    `Growth: Node ${slope.node}, PostgreSQL ${slope.postgres} MB a minute (bar ${bars.slope_mb_per_minute})`,
    `WAL: ${thousands(figures.wal_bytes_per_event)} bytes an event`,
    `Acknowledged after ${ack.p50} ms, p99 ${ack.p99}; pages read in ${page.p50} ms, p99 ${page.p99}; ` +
      `/livez in ${health.p50} ms, p99 ${health.p99}`,
    `${thousands(figures.stored)} stored, ${figures.refused} refused, ${figures.unanswered} unanswered; ` +
      `${thousands(figures.live_events)} seen live`
  ].join('\n')
}
