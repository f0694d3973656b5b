/** The result of `bench/ingest`: the figures that --json prints, the table for people, the bars that were missed. */
import { copiedBy } from './floors/copy.ts'
import type { Latency, Round } from './ingest-round.ts'
import type { BenchResult } from './support/bench.ts'
import { describeMachine, machineNow } from './support/machine.ts'
import type { Measurement } from './support/measure.ts'
import { median, rounded } from './support/statistics.ts'
import { barChart, tableOf, thousands, verdict } from './support/text.ts'

type About = { connections: number; seconds: number; postgres: string }

type Figures = ReturnType<typeof figuresOf>

type Cost = { server: number; postgres: number; load: number }

const bars = { of_copy: 0.33, of_peer: 8 }

export function resultOf(rounds: Round[], latency: Latency, about: About): BenchResult {
  const figures = figuresOf(rounds, latency, about)
  const missed = [
    ...(figures.of_copy < bars.of_copy ? [`${figures.of_copy} of COPY, the bar is ${bars.of_copy}`] : []),
    ...(figures.of_peer < bars.of_peer ? [`${figures.of_peer} × the peer, the bar is ${bars.of_peer}`] : []),
    ...figures.problems.map(problem => `the end state of a run is wrong, its figures do not count: ${problem}`)
  ]
  return { figures, text: textOf(figures), missed }
}

/** Ratios are medians of the rounds' own ratios: the sides of one round ran under the same conditions. */
function figuresOf(rounds: Round[], latency: Latency, about: About) {
  const medianOf = (value: (round: Round) => number, digits = 0): number => rounded(median(rounds.map(value)), digits)
  const problems = [...rounds.flatMap(({ mesher, peer }) => [mesher, peer]), latency.mesher].flatMap(
    ({ endState }) => endState.problems
  )
  const few = latency.mesher.report.window.latencyMs
  return {
    rate: medianOf(({ mesher }) => mesher.ratePerS),
    of_copy: medianOf(({ mesher, floor }) => mesher.ratePerS / floor.ratePerS, 3),
    of_peer: medianOf(({ mesher, peer }) => mesher.ratePerS / peer.ratePerS, 2),
    ack_p50_ms: medianOf(({ mesher }) => mesher.report.window.latencyMs.p50, 2),
    ack_p99_ms: medianOf(({ mesher }) => mesher.report.window.latencyMs.p99, 2),
    exact: problems.length === 0,
    bars,
    problems,
    copy_rate: medianOf(({ floor }) => floor.ratePerS),
    copied_by: copiedBy,
    peer_rate: medianOf(({ peer }) => peer.ratePerS),
    peer_ack_p99_ms: medianOf(({ peer }) => peer.report.window.latencyMs.p99, 2),
    cpu_us_per_event: {
      mesher: costOf(rounds.map(({ mesher }) => mesher)),
      peer: costOf(rounds.map(({ peer }) => peer)),
      copy: { postgres: medianOf(({ floor }) => floor.cpuUsPerRow, 1) }
    },
    at_64: {
      rate: latency.mesher.ratePerS,
      ack_p50_ms: few.p50,
      ack_p99_ms: few.p99,
      cpu_us_per_event: costOf([latency.mesher])
    },
    single_row_commit_ms: { p50: latency.singleRow.p50, p99: latency.singleRow.p99 },
    peak_rss_mb: Math.round(Math.max(...rounds.map(({ mesher }) => mesher.peakRssMb))),
    busy_share: medianOf(({ mesher }) => mesher.busyShare, 2),
    elsewhere_share: medianOf(({ mesher }) => mesher.elsewhereShare, 2),
    rounds: rounds.map(({ mesher, peer, floor }) => ({
      mesher: mesher.ratePerS,
      peer: peer.ratePerS,
      copy: Math.round(floor.ratePerS)
    })),
    event_bytes: rounds[0]?.mesher.report.bodyBytesMean ?? 0,
    machine: machineNow(),
    ...about
  }
}

function costOf(measurements: Measurement[]): Cost {
  const of = (part: keyof Cost): number =>
    rounded(median(measurements.map(({ cpuUsPerEvent }) => cpuUsPerEvent[part])), 1)
  return { server: of('server'), postgres: of('postgres'), load: of('load') }
}

function textOf(figures: Figures): string {
  const { cpu_us_per_event: cpu, at_64: few, single_row_commit_ms: single } = figures
  return [
    `Ingestion, acknowledged after the commit: ${figures.connections} connections, ` +
      `${figures.rounds.length} × ${figures.seconds} s, events of ${figures.event_bytes} bytes`,
    `${describeMachine(figures.machine)}, PostgreSQL ${figures.postgres}; ` +
      `${percent(figures.busy_share)} of the cores busy, ${percent(figures.elsewhere_share)} by others`,
    '',
    barChart([
      { label: figures.copied_by, value: figures.copy_rate, shown: `${thousands(figures.copy_rate)} rows/s` },
      { label: 'Mesher', value: figures.rate, shown: `${thousands(figures.rate)} events/s` },
      { label: 'naive peer', value: figures.peer_rate, shown: `${thousands(figures.peer_rate)} events/s` }
    ]),
    '',
    tableOf(
      ['', 'events/s', 'p50 ms', 'p99 ms', 'Node µs', 'PostgreSQL µs', 'load µs'],
      [
        row('Mesher', figures.rate, figures.ack_p50_ms, figures.ack_p99_ms, cpu.mesher),
        ['naive peer', thousands(figures.peer_rate), '', `${figures.peer_ack_p99_ms}`, ...costs(cpu.peer)],
        [figures.copied_by, thousands(figures.copy_rate), '', '', '', `${cpu.copy.postgres}`, ''],
        row('Mesher, 64 connections', few.rate, few.ack_p50_ms, few.ack_p99_ms, few.cpu_us_per_event),
        ['commits of one row', '', `${single.p50}`, `${single.p99}`, '', '', '']
      ]
    ),
    'µs: processor time per event. Peak memory of the server: ' + `${figures.peak_rss_mb} MB.`,
    '',
    verdict('of COPY', figures.of_copy, bars.of_copy),
    verdict('× the peer', figures.of_peer, bars.of_peer),
    figures.exact
      ? '✔ every acknowledged event is stored exactly once, and the counts of all issues add up'
      : `✘ ${figures.problems.join('; ')}`
  ].join('\n')
}

function row(name: string, rate: number, p50: number, p99: number, cost: Cost): string[] {
  return [name, thousands(rate), `${p50}`, `${p99}`, ...costs(cost)]
}

function costs({ server, postgres, load }: Cost): string[] {
  return [`${server}`, `${postgres}`, `${load}`]
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
