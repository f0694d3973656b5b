/**
 * Events per second as envelopes of Sentry's protocol, against the same events on the native endpoint: both in turn on
 * fresh databases, every event with an id of its own as SDKs give it. The median of the rounds' ratios counts; a round
 * counts only when the end state is right.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BenchOptions, BenchResult } from './support/bench.ts'
import { benchKeys, benchProjects, openDatabases, type Databases } from './support/databases.ts'
import { describeMachine, machineNow } from './support/machine.ts'
import { measure, type Measurement } from './support/measure.ts'
import { mesher } from './support/sides.ts'
import { median, rounded } from './support/statistics.ts'
import { barChart, createProgress, tableOf, thousands, verdict, type Progress } from './support/text.ts'

type Round = { native: Measurement; envelopes: Measurement }

const roundsDefault = 3
const secondsDefault = 10
const connectionsDefault = 256
const warmupMs = 4_000
const bars = { of_native: 0.8 }

export async function runEnvelopes({
  rounds = roundsDefault,
  seconds = secondsDefault,
  connections = connectionsDefault
}: BenchOptions): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'mesher-bench-'))
  const databases = await openDatabases()
  const progress = createProgress()
  const side = async (kind: 'native' | 'envelopes', index: number): Promise<Measurement> =>
    await measureSide({ databases, folder, progress, seconds, connections }, kind, index)
  try {
    const done: Round[] = []
    while (done.length < rounds) {
      const index = done.length
      const first = index % 2 === 0 ? undefined : await side('envelopes', index)
      const native = await side('native', index)
      done.push({ native, envelopes: first ?? (await side('envelopes', index)) })
    }
    return resultOf(done, { connections, seconds, postgres: databases.version })
  } finally {
    await databases.close()
    await rm(folder, { recursive: true })
  }
}

type Setting = { databases: Databases; folder: string; progress: Progress; seconds: number; connections: number }

async function measureSide(
  { databases, folder, progress, seconds, connections }: Setting,
  kind: 'native' | 'envelopes',
  index: number
): Promise<Measurement> {
  return await databases.withFresh(async databaseUrl => {
    const measured = await measure({
      name: kind,
      start: async () => await mesher.start(databaseUrl),
      audit: mesher.audit,
      databaseUrl,
      postmasterPid: databases.postmasterPid,
      keys: benchKeys,
      connections,
      warmupMs,
      durationMs: seconds * 1_000,
      run: 2 * index + (kind === 'native' ? 1 : 2),
      folder,
      progress,
      load: kind === 'native' ? { asSdks: true } : { asSdks: true, envelopesTo: benchProjects }
    })
    progress.done(
      `${kind} · ${thousands(measured.ratePerS)} events/s · ${measured.endState.problems.join(', ') || 'exact'}`
    )
    return measured
  })
}

function resultOf(rounds: Round[], about: { connections: number; seconds: number; postgres: string }): BenchResult {
  const medianOf = (value: (round: Round) => number, digits = 0): number => rounded(median(rounds.map(value)), digits)
  const problems = rounds.flatMap(({ native, envelopes }) => [
    ...native.endState.problems,
    ...envelopes.endState.problems
  ])
  const sideOf = (kind: keyof Round) => ({
    rate: medianOf(round => round[kind].ratePerS),
    ack_p99_ms: medianOf(round => round[kind].report.window.latencyMs.p99, 2),
    server_us: medianOf(round => round[kind].cpuUsPerEvent.server, 1),
    postgres_us: medianOf(round => round[kind].cpuUsPerEvent.postgres, 1),
    load_us: medianOf(round => round[kind].cpuUsPerEvent.load, 1)
  })
  const figures = {
    of_native: medianOf(({ native, envelopes }) => envelopes.ratePerS / native.ratePerS, 3),
    envelopes: sideOf('envelopes'),
    native: sideOf('native'),
    exact: problems.length === 0,
    problems,
    bars,
    rounds: rounds.map(({ native, envelopes }) => ({ native: native.ratePerS, envelopes: envelopes.ratePerS })),
    elsewhere_share: medianOf(({ envelopes }) => envelopes.elsewhereShare, 2),
    machine: machineNow(),
    ...about
  }
  const missed = [
    ...(figures.of_native < bars.of_native
      ? [`${figures.of_native} of the native endpoint, the bar is ${bars.of_native}`]
      : []),
    ...problems.map(problem => `the end state of a run is wrong, its figures do not count: ${problem}`)
  ]
  return { figures, text: textOf(figures), missed }
}

type SideFigures = { rate: number; ack_p99_ms: number; server_us: number; postgres_us: number; load_us: number }
type Figures = {
  of_native: number
  envelopes: SideFigures
  native: SideFigures
  exact: boolean
  problems: string[]
  machine: ReturnType<typeof machineNow>
  connections: number
  seconds: number
  postgres: string
}

function textOf({
  of_native: ofNative,
  envelopes,
  native,
  exact,
  problems,
  machine,
  connections,
  seconds,
  postgres
}: Figures): string {
  const row = (name: string, side: SideFigures): string[] => [
    name,
    thousands(side.rate),
    ...[side.ack_p99_ms, side.server_us, side.postgres_us, side.load_us].map(String)
  ]
  return [
    `Events as envelopes, acknowledged after the commit: ${connections} connections, ${seconds} s a side`,
    `${describeMachine(machine)}, PostgreSQL ${postgres}`,
    '',
    barChart([
      { label: 'native', value: native.rate, shown: `${thousands(native.rate)} events/s` },
      { label: 'envelopes', value: envelopes.rate, shown: `${thousands(envelopes.rate)} events/s` }
    ]),
    '',
    tableOf(
      ['', 'events/s', 'p99 ms', 'Node µs', 'PostgreSQL µs', 'load µs'],
      [row('native', native), row('envelopes', envelopes)]
    ),
    'µs: processor time per event.',
    '',
    verdict('of the native endpoint', ofNative, bars.of_native),
    exact
      ? '✔ every acknowledged event is stored exactly once, and the counts of all issues add up'
      : `✘ ${problems.join('; ')}`
  ].join('\n')
}
