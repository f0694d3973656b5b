/**
 * What floods of packed bodies do to everybody else. Sixteen connections send one kind of bomb as fast as they get
 * answers; beside them /healthz is asked every 10 ms, and an application of another project sends an event every 50 ms.
 * Bar: /healthz stays under 50 ms at the 99th percentile, and no event of the other project is refused.
 */
import { Worker } from 'node:worker_threads'
import type { BenchOptions, BenchResult } from './support/bench.ts'
import { benchKeys, benchProjects, openDatabases } from './support/databases.ts'
import { createHistogram, record, summaryMs, type LatencySummary } from './load/histogram.ts'
import { floodKinds, type Flood } from './load/bombs.ts'
import { describeMachine, machineNow } from './support/machine.ts'
import { mesher } from './support/sides.ts'
import { createProgress, tableOf, thousands } from './support/text.ts'

type Measured = {
  kind: string
  bytes: number
  answers: Record<string, number>
  healthz: LatencySummary
  events: LatencySummary
  lost: number
}

const barMs = 50
const connectionsDefault = 16
const secondsDefault = 8
const probeEveryMs = 10
const eventEveryMs = 50

export async function run({
  seconds = secondsDefault,
  connections = connectionsDefault
}: BenchOptions): Promise<BenchResult> {
  const databases = await openDatabases()
  const progress = createProgress()
  try {
    const measured = await databases.withFresh(async databaseUrl => {
      const server = await mesher.start(databaseUrl)
      const all: Measured[] = []
      try {
        for (const kind of Object.keys(floodKinds)) {
          progress.say(`floods · ${kind}`)
          all.push(await measure(server.url, kind, connections, seconds * 1_000))
        }
      } finally {
        await server.stop()
      }
      return all
    })
    return resultOf(measured)
  } finally {
    await databases.close()
  }
}

async function measure(url: string, kind: string, connections: number, durationMs: number): Promise<Measured> {
  const flood: Flood = { url, kind, connections, key: benchKeys[0] ?? '', projectId: benchProjects[0] ?? 0 }
  const worker = new Worker(new URL('./load/bombs.js', import.meta.url), { workerData: flood })
  const [healthz, events] = [createHistogram(), createHistogram()]
  let lost = 0
  const headers = { 'x-mesher-key': benchKeys[1] ?? '', 'content-type': 'application/json' }
  const untilMs = performance.now() + durationMs
  await Promise.all([
    probe(untilMs, probeEveryMs, healthz, () => fetch(`${url}/healthz`)),
    probe(untilMs, eventEveryMs, events, async () => {
      const response = await fetch(`${url}/api/v1/events`, { method: 'POST', headers, body: '{"message":"honest"}' })
      if (response.status !== 202) lost += 1
      return response
    })
  ])
  const answered = await endOf(worker)
  return { kind, ...answered, healthz: summaryMs(healthz), events: summaryMs(events), lost }
}

/** One request at a time; what is late is not made up for. */
async function probe(
  untilMs: number,
  everyMs: number,
  histogram: ReturnType<typeof createHistogram>,
  ask: () => Promise<Response>
): Promise<void> {
  while (performance.now() < untilMs) {
    const startedMs = performance.now()
    await (await ask()).arrayBuffer()
    const tookMs = performance.now() - startedMs
    record(histogram, tookMs * 1_000)
    await new Promise(resolve => setTimeout(resolve, Math.max(0, everyMs - tookMs)))
  }
}

async function endOf(worker: Worker): Promise<Pick<Measured, 'answers' | 'bytes'>> {
  const told = new Promise<Pick<Measured, 'answers' | 'bytes'>>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  worker.postMessage('end')
  const answered = await told
  await worker.terminate()
  return answered
}

function resultOf(measured: Measured[]): BenchResult {
  const rows = measured.map(({ kind, bytes, answers, healthz, events }) => [
    kind,
    thousands(bytes),
    Object.entries(answers)
      .map(([status, count]) => `${status} × ${thousands(count)}`)
      .join(', '),
    String(healthz.p50),
    String(healthz.p99),
    String(events.p99)
  ])
  const head = ['flood', 'bytes', 'answers', '/healthz p50, ms', '/healthz p99, ms', 'events of others p99, ms']
  const missed = measured.flatMap(({ kind, healthz, lost }) => [
    ...(healthz.p99 > barMs ? [`${kind}: /healthz p99 is ${healthz.p99} ms, more than ${barMs}`] : []),
    ...(lost > 0 ? [`${kind}: ${lost} events of another project were refused`] : [])
  ])
  return {
    figures: { floods: measured, machine: machineNow() },
    text: `${tableOf(head, rows)}\n${describeMachine(machineNow())}`,
    missed
  }
}
