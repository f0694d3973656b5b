/**
 * What the front half of Mesher costs: accepting, authenticating, limiting, parsing and validating into a counting
 * sink, against uWebSockets.js that only reads and replies; and, for information, with everything else that is done
 * before storing (normalising, scrubbing, fingerprint), and the same on `node:http`. The same load on the same two
 * cores, round by round in turn; medians count. The bar: at least 0.5 of the floor's rate. Since the load shares the
 * cores, the processor time an event costs is shown too.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runLoad } from './load/load.ts'
import type { BenchOptions, BenchResult } from './support/bench.ts'
import { cpuSecondsOf } from './support/cpu.ts'
import { benchKeys } from './support/databases.ts'
import { describeMachine, machineNow } from './support/machine.ts'
import { freePort, startServer, type Server } from './support/server.ts'
import { median, rounded } from './support/statistics.ts'
import { barChart, createProgress, tableOf, thousands, verdict } from './support/text.ts'

type Run = { ratePerS: number; serverUs: number; loadUs: number }
type SideName = 'floor' | 'validate' | 'prepare' | 'node'

const sides: readonly SideName[] = ['validate', 'floor', 'prepare', 'node']

const bar = 0.5
const warmupMs = 1_000

export async function run({
  rounds = 5,
  seconds = 5,
  connections = 256
}: Omit<BenchOptions, 'json'>): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'mesher-bench-'))
  const progress = createProgress()
  const runs: Record<SideName, Run[]> = { floor: [], validate: [], prepare: [], node: [] }
  let run = 0
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const side of sides) {
        progress.say(`edge · round ${round} of ${rounds} · ${side}`)
        const measured = await measureSide(side, { folder, seconds, connections, run: ++run })
        runs[side].push(measured)
        progress.done(`edge · round ${round} of ${rounds} · ${side} · ${thousands(measured.ratePerS)} requests/s`)
      }
    }
  } finally {
    await rm(folder, { recursive: true })
  }
  return resultOf(runs, rounds, connections)
}

async function measureSide(
  side: SideName,
  { folder, seconds, connections, run }: { folder: string; seconds: number; connections: number; run: number }
): Promise<Run> {
  const server = side === 'floor' ? await startFloor() : await startSink(side)
  const cpu: number[] = []
  try {
    const { window } = await runLoad(
      {
        url: server.url,
        keys: benchKeys,
        connections,
        run,
        journalPath: join(folder, `journal-${run}.tsv`),
        warmupMs,
        durationMs: warmupMs + seconds * 1_000
      },
      { onWindow: () => cpu.push(cpuSecondsOf(server.pid)) }
    )
    const [before = 0, after = 0] = cpu
    return {
      ratePerS: window.ratePerS,
      serverUs: ((after - before) * 1e6) / window.acknowledged,
      loadUs: window.cpuUsPerEvent
    }
  } finally {
    await server.stop()
  }
}

async function startFloor(): Promise<Server> {
  const port = await freePort()
  return await startServer({
    script: '../floors/uws-reply',
    args: [],
    env: { FLOOR_PORT: String(port) },
    url: `http://127.0.0.1:${port}`,
    readyPath: '/readyz'
  })
}

async function startSink(side: 'validate' | 'prepare' | 'node'): Promise<Server> {
  const [transport, work] = side === 'node' ? ['node', 'validate'] : ['uws', side]
  const port = await freePort()
  return await startServer({
    script: '../edge-sink',
    args: [],
    env: { SINK_PORT: String(port), SINK_KEYS: benchKeys.join(','), SINK_WORK: work, SINK_TRANSPORT: transport },
    url: `http://127.0.0.1:${port}`,
    readyPath: '/readyz'
  })
}

function resultOf(runs: Record<SideName, Run[]>, rounds: number, connections: number): BenchResult {
  const medians = (side: SideName): Run => ({
    ratePerS: median(runs[side].map(({ ratePerS }) => ratePerS)),
    serverUs: median(runs[side].map(({ serverUs }) => serverUs)),
    loadUs: median(runs[side].map(({ loadUs }) => loadUs))
  })
  const floor = medians('floor')
  const validate = medians('validate')
  const prepare = medians('prepare')
  const node = medians('node')
  const ofFloor = median(
    runs.validate.map(({ ratePerS }, round) => ratePerS / (runs.floor[round]?.ratePerS ?? Infinity))
  )
  const machine = machineNow()
  const rows: [string, Run][] = [
    ['uWS alone', floor],
    ['Mesher, validated', validate],
    ['Mesher, ready to store', prepare],
    ['Mesher on node:http, validated', node]
  ]
  return {
    figures: {
      machine,
      rounds,
      connections,
      rate: Math.round(validate.ratePerS),
      prepared: Math.round(prepare.ratePerS),
      node: Math.round(node.ratePerS),
      floor: Math.round(floor.ratePerS),
      of_floor: rounded(ofFloor, 3),
      server_us: rounded(validate.serverUs, 1),
      prepared_us: rounded(prepare.serverUs, 1),
      node_us: rounded(node.serverUs, 1),
      floor_us: rounded(floor.serverUs, 1),
      bars: { of_floor: bar }
    },
    text: [
      `Accepting events without storing them: ${connections} connections, ${rounds} rounds`,
      describeMachine(machine),
      barChart(
        rows.map(([label, { ratePerS }]) => ({ label, value: ratePerS, shown: `${thousands(ratePerS)} requests/s` }))
      ),
      tableOf(
        ['', 'requests/s', 'server µs', 'load µs'],
        rows.map(([label, { ratePerS, serverUs, loadUs }]) => [
          label,
          thousands(ratePerS),
          serverUs.toFixed(1),
          loadUs.toFixed(1)
        ])
      ),
      verdict('of uWS', ofFloor, bar)
    ].join('\n'),
    missed: ofFloor < bar ? [`${ofFloor.toFixed(2)} of uWS alone, the bar is ${bar}`] : []
  }
}
