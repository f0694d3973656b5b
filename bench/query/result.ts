/**
 * The result of `bench/query`: a row for each request with both sizes, their ratio and the cold time; which bars were
 * missed; the plans.
 */
import type { BenchResult } from '../support/bench.ts'
import { describeMachine, machineNow } from '../support/machine.ts'
import { rounded } from '../support/statistics.ts'
import { tableOf, thousands } from '../support/text.ts'
import type { Size } from './dataset.ts'
import type { Times } from './measure.ts'
import type { Plan } from './plans.ts'

export type Measured = { operation: string; name: string; small: Times; large: Times }
export type Explained = { operation: string; name: string; plan: Plan }

export type QueryOutcome = {
  small: Size
  large: Size
  rounds: number
  coldRounds: number
  measured: readonly Measured[]
  /** In the order of `measured`. */
  cold: readonly number[]
  explained: readonly Explained[]
  postgres: string
}

const bars = { ratio: 3, p95_ms: 50 }
const explainedMax = 3

/** The ones with the greatest p95 on the large size. */
export function slowestOf(measured: readonly Measured[]): Measured[] {
  return [...measured].sort((a, b) => b.large.p95 - a.large.p95).slice(0, explainedMax)
}

export function resultOf(outcome: QueryOutcome): BenchResult {
  const { measured, cold, explained, rounds } = outcome
  const rows = measured.map((each, index) => ({
    ...each,
    ratio: each.large.p95 / each.small.p95,
    cold: cold[index] ?? 0
  }))
  const machine = machineNow()
  return {
    figures: {
      machine,
      rounds,
      events: [outcome.small.events, outcome.large.events],
      issues: [outcome.small.issues, outcome.large.issues],
      postgres: outcome.postgres,
      bars,
      worst_ratio: rounded(Math.max(...rows.map(({ ratio }) => ratio)), 2),
      worst_p95_ms: rounded(Math.max(...rows.map(({ large }) => large.p95)), 1),
      requests: rows.map(({ operation, name, small, large, ratio, cold }) => ({
        operation,
        name,
        p95_small_ms: rounded(small.p95, 2),
        p50_ms: rounded(large.p50, 2),
        p95_ms: rounded(large.p95, 2),
        ratio: rounded(ratio, 2),
        cold_ms: rounded(cold, 1)
      })),
      explained
    },
    text: textOf(outcome, rows, describeMachine(machine)),
    missed: [
      ...rows
        .filter(({ ratio }) => ratio > bars.ratio)
        .map(
          row =>
            `${labelOf(row)}: p95 is ${row.ratio.toFixed(1)} times that of ${outcome.small.name}, ` +
            `the bar is ${bars.ratio}`
        ),
      ...rows
        .filter(({ large }) => large.p95 > bars.p95_ms)
        .map(row => `${labelOf(row)}: p95 is ${row.large.p95.toFixed(0)} ms, the bar is ${bars.p95_ms}`)
    ]
  }
}

type Row = Measured & { ratio: number; cold: number }

function textOf(
  { small, large, rounds, coldRounds, explained, postgres }: QueryOutcome,
  rows: readonly Row[],
  machine: string
): string {
  return [
    `${rows.length} requests, each ${rounds} times on ${describe(small)} and on ${describe(large)}, by turns; ` +
      `milliseconds; cold is the longest of ${coldRounds} on the large size`,
    `${machine}, PostgreSQL ${postgres}`,
    tableOf(
      ['', `${small.name} p50`, 'p95', `${large.name} p50`, 'p95', 'ratio', 'cold'],
      rows.map(row => [
        labelOf(row),
        row.small.p50.toFixed(1),
        row.small.p95.toFixed(1),
        row.large.p50.toFixed(1),
        row.large.p95.toFixed(1),
        row.ratio.toFixed(2),
        row.cold.toFixed(0)
      ])
    ),
    ...explained.flatMap(({ plan, ...request }) => [
      '',
      `${labelOf(request)}: the slowest statement, ${plan.ms.toFixed(1)} ms`,
      plan.text
    ])
  ].join('\n')
}

function describe({ events, issues }: Size): string {
  return `${thousands(events)} events of ${thousands(issues)} issues`
}

function labelOf({ operation, name }: { operation: string; name: string }): string {
  return `${operation} · ${name}`
}
