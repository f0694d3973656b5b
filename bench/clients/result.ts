/**
 * The outcomes of both clients as a table, as figures for programs, and as a list of faults. A client passes when it
 * has none: what it acknowledged is stored once, every promise was settled, and no error came outside a promise.
 */
import colors from 'picocolors'
import { tableOf, thousands } from '../support/text.ts'
import type { Comparison } from './compare.ts'
import { ways, type ClientName, type Way, type WriterReport } from './types.ts'

export type Outcome = {
  client: ClientName
  version: string
  /** Connections that were ended meanwhile. */
  ended: number
  report: WriterReport
  rows: Record<Way, Comparison>
}

const waysShown: Readonly<Record<Way, string>> = { statements: 'by statements', copy: 'by COPY' }

/** Empty when the client passes. */
export function faultsOf({ report, rows }: Outcome): string[] {
  const counts: [count: number, what: string][] = [
    ...ways.flatMap((way): [number, string][] => [
      [rows[way].lost, `acknowledged rows are lost ${waysShown[way]}`],
      [rows[way].doubled, `rows are stored twice ${waysShown[way]}`],
      [rows[way].torn, `transactions are stored in part ${waysShown[way]}`],
      [report.hanging[way], `promises never settled ${waysShown[way]}`]
    ]),
    [report.uncaught.length, 'uncaught errors, each of which would have ended the process'],
    [report.unhandled.length, 'unhandled rejections']
  ]
  return counts.filter(([count]) => count > 0).map(([count, what]) => `${thousands(count)} ${what}`)
}

export function figuresOf({ client, version, ended, report, rows }: Outcome): Record<string, unknown> {
  const of = (way: Way): Record<string, number> => ({
    acknowledged: report.acknowledged[way].length,
    rejected: report.rejected[way],
    hanging: report.hanging[way],
    ...rows[way]
  })
  return {
    client,
    version,
    connectionsEnded: ended,
    statements: of('statements'),
    copy: of('copy'),
    uncaught: messagesOf(report.uncaught),
    unhandled: messagesOf(report.unhandled)
  }
}

export function tableOfOutcomes(outcomes: readonly Outcome[]): string {
  const row = (name: string, count: (outcome: Outcome) => number): string[] => [
    name,
    ...outcomes.map(outcome => thousands(count(outcome)))
  ]
  return tableOf(
    ['', ...outcomes.map(({ client, version }) => `${client} ${version}`)],
    [
      row('connections ended', ({ ended }) => ended),
      ...ways.flatMap(way => [
        row(`transactions ${waysShown[way]}: acknowledged`, ({ report }) => report.acknowledged[way].length),
        row('  rejected', ({ report }) => report.rejected[way]),
        row('  stored without acknowledgement', ({ rows }) => rows[way].unknown),
        row('  never settled', ({ report }) => report.hanging[way]),
        row('  rows lost', ({ rows }) => rows[way].lost),
        row('  rows doubled', ({ rows }) => rows[way].doubled),
        row('  stored in part', ({ rows }) => rows[way].torn)
      ]),
      row('uncaught errors', ({ report }) => report.uncaught.length),
      row('unhandled rejections', ({ report }) => report.unhandled.length)
    ]
  )
}

/** For a client that Mesher does not use: whether Mesher could use it. */
export function verdictOn(outcome: Outcome, faults: readonly string[]): string {
  const name = `${outcome.client} ${outcome.version}`
  if (faults.length === 0) return colors.green(`✔ ${name} passes: Mesher can switch to it (docs/decisions/0006)`)
  const { uncaught, unhandled } = outcome.report
  const messages = Object.keys(messagesOf([...uncaught, ...unhandled])).slice(0, 5)
  return [
    colors.yellow(`✘ ${name} does not pass: ${faults.join('; ')}`),
    ...messages.map(message => `  ${message}`)
  ].join('\n')
}

/** How often each message came. */
function messagesOf(messages: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const message of messages) counts[message] = (counts[message] ?? 0) + 1
  return counts
}
