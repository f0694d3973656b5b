/**
 * What several nodes cost: processor time per stored event of Node.js and PostgreSQL together, of one node, of two
 * workers that share the port, and of two nodes where the one that gets all events routes a share of its batches to the
 * other. Everything runs on this machine in turn, on fresh databases, with the same load; a run counts only when its
 * end state is right row by row.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '../services/database/sql.ts'
import type { BenchOptions, BenchResult } from './support/bench.ts'
import { auditProblems } from './support/check.ts'
import { benchKeys, openDatabases, type Databases } from './support/databases.ts'
import { describeMachine, machineNow } from './support/machine.ts'
import { measure, type Measurement } from './support/measure.ts'
import { freePort, startServer, type Server } from './support/server.ts'
import { median, rounded } from './support/statistics.ts'
import { createProgress, tableOf, thousands, type Progress } from './support/text.ts'

type Side = {
  name: string
  start: (databaseUrl: string) => Promise<Server>
  audit: (databaseUrl: string) => Promise<string[]>
  barred: boolean
}

const bar = 1.2
const roundsDefault = 3
const secondsDefault = 10
const connectionsDefault = 256
/** The load is measured twice in this time, and batches are routed then. */
const warmupMs = 12_000
/** Of all batches, including the ones before the first measurement of the load. */
const routedMin = 0.2
const cookie = '0123456789abcdef'.repeat(2)

const sides: Side[] = [
  { name: 'one node', start: async url => await startNode(url, []), audit: auditProblems, barred: false },
  {
    name: 'two workers',
    start: async url => await startNode(url, ['--workers', '2']),
    audit: auditProblems,
    barred: true
  },
  { name: 'routed to the other', start: startPair, audit: auditRouted, barred: true }
]

export async function run({
  rounds = roundsDefault,
  seconds = secondsDefault,
  connections = connectionsDefault
}: BenchOptions): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'mesher-bench-'))
  const databases = await openDatabases()
  const progress = createProgress()
  const measured = new Map(sides.map(({ name }) => [name, [] as Measurement[]]))
  try {
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? sides : sides.toReversed()
      for (const [index, side] of order.entries()) {
        const run = round * sides.length + index + 1
        measured.get(side.name)?.push(
          await measureSide(databases, side, {
            run,
            folder,
            progress,
            seconds,
            connections,
            label: `round ${round + 1} of ${rounds}`
          })
        )
      }
    }
  } finally {
    await databases.close()
    await rm(folder, { recursive: true })
  }
  return resultOf(measured, { rounds, seconds, connections })
}

type Run = { run: number; folder: string; progress: Progress; seconds: number; connections: number; label: string }

async function measureSide(
  databases: Databases,
  { name, start, audit }: Side,
  { run, folder, progress, seconds, connections, label }: Run
): Promise<Measurement> {
  return await databases.withFresh(async databaseUrl => {
    const measured = await measure({
      name: `${label} · ${name}`,
      start: async () => await start(databaseUrl),
      audit,
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
      `${label} · ${name} · ${thousands(measured.ratePerS)} events/s · ` +
        (problems.length === 0 ? 'exact' : problems.join(', '))
    )
    return measured
  })
}

async function startNode(databaseUrl: string, more: string[], env: Record<string, string> = {}): Promise<Server> {
  const port = await freePort()
  const data = await mkdtemp(join(tmpdir(), 'mesher-bench-data-'))
  const server = await startServer({
    script: '../../bin/mesher',
    args: ['start', '--port', String(port), '--host', '127.0.0.1', '--data', data, ...more],
    env: { DATABASE_URL: databaseUrl, MESHER_LOG_LEVEL: 'warn', ...env },
    url: `http://127.0.0.1:${port}`,
    readyPath: '/readyz'
  })
  return {
    ...server,
    stop: async () => {
      await server.stop().finally(async () => {
        await rm(data, { recursive: true })
      })
    }
  }
}

/**
 * All events come to the first node, whose limit of load is 1 %; the second takes as many batches as make both equally
 * busy.
 */
async function startPair(databaseUrl: string): Promise<Server> {
  const second = await startNode(databaseUrl, ['--name', 'second', '--load-max', '100%'], { MESHER_COOKIE: cookie })
  const first = await startNode(databaseUrl, ['--name', 'first', '--load-max', '1%'], { MESHER_COOKIE: cookie })
  return {
    ...first,
    others: [second.pid],
    stop: async () => {
      await first.stop()
      await second.stop()
    }
  }
}

/** A run in which the other node took little says nothing about routing. */
async function auditRouted(databaseUrl: string): Promise<string[]> {
  const sql = connect({ url: databaseUrl, max: 1 })
  try {
    const [row] = await sql<
      { share: number }[]
    >`select (count(*) filter (where node = 'second'))::float8 / greatest(count(*), 1) as share from ledger`
    const share = row?.share ?? 0
    return [
      ...(await auditProblems(databaseUrl)),
      ...(share < routedMin ? [`only ${Math.round(share * 100)} % of the batches were routed`] : [])
    ]
  } finally {
    await sql.end()
  }
}

function resultOf(
  measured: ReadonlyMap<string, Measurement[]>,
  about: { rounds: number; seconds: number; connections: number }
): BenchResult {
  const costs = (name: string): number[] =>
    (measured.get(name) ?? []).map(({ cpuUsPerEvent: { server, postgres } }) => server + postgres)
  const alone = costs('one node')
  const rows = sides.map(({ name, barred }) => {
    const all = measured.get(name) ?? []
    return {
      name,
      barred,
      rate: Math.round(median(all.map(({ ratePerS }) => ratePerS))),
      nodeUs: rounded(median(all.map(({ cpuUsPerEvent }) => cpuUsPerEvent.server)), 1),
      postgresUs: rounded(median(all.map(({ cpuUsPerEvent }) => cpuUsPerEvent.postgres)), 1),
      p99Ms: rounded(median(all.map(({ report }) => report.window.latencyMs.p99)), 1),
      // Sides of one round ran under the same conditions.
      ratio: rounded(median(costs(name).map((cost, round) => cost / (alone[round] ?? NaN))), 2)
    }
  })
  const problems = [...measured.values()].flat().flatMap(({ endState }) => endState.problems)
  const machine = machineNow()
  return {
    figures: { ...about, bar, machine, exact: problems.length === 0, problems, sides: rows },
    text: [
      tableOf(
        ['', 'events/s', 'Node µs', 'PostgreSQL µs', 'p99 ms', 'µs × one node'],
        rows.map(({ name, rate, nodeUs, postgresUs, p99Ms, ratio }) => [
          name,
          thousands(rate),
          `${nodeUs}`,
          `${postgresUs}`,
          `${p99Ms}`,
          ratio.toFixed(2)
        ])
      ),
      ...rows
        .filter(({ barred }) => barred)
        .map(
          ({ name, ratio }) =>
            `${ratio <= bar ? '✔' : '✘'} ${name}: ${ratio.toFixed(2)} × one node, the bar is at most ${bar}`
        ),
      problems.length === 0 ? '✔ every acknowledged event is stored exactly once' : `✘ ${problems.join('; ')}`,
      describeMachine(machine)
    ].join('\n'),
    missed: [
      ...rows
        .filter(({ barred, ratio }) => barred && ratio > bar)
        .map(({ name, ratio }) => `${name}: ${ratio} × the processor time of one node, the bar is ${bar}`),
      ...problems.map(problem => `the end state of a run is wrong, its figures do not count: ${problem}`)
    ]
  }
}
