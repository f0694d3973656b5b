/**
 * A load on a node, and the question that every fault test asks in the end: is everything that was acknowledged stored
 * exactly once, is nothing else there, and does everything add up?
 */
import path from 'node:path'
import { startLoad, type LoadOptions, type LoadProgress, type LoadReport } from '../../../bench/load/load.ts'
import { auditProblems, checkEndState } from '../../../bench/support/check.ts'
import { createProject } from '../../../services/accounts/projects.ts'
import { connect } from '../../../services/database/sql.ts'
import { until, type NodeUnderTest } from './node.ts'

export const faultKeys = ['a', 'b', 'c'].map(digit => digit.repeat(32))

/** Projects for the load, without a rate limit. */
export async function addProjects(databaseUrl: string): Promise<void> {
  const sql = connect({ url: databaseUrl, max: 1 })
  try {
    for (const key of faultKeys) await createProject(sql, { name: `Faults ${key.charAt(0)}`, key })
    await sql`update projects set rate_limit_per_minute = null`
  } finally {
    await sql.end()
  }
}

export type FaultLoad = {
  progress: () => LoadProgress
  /** Resolves when this many more events have been acknowledged. */
  acknowledgedMore: (count: number) => Promise<void>
  stop: () => void
  report: Promise<LoadReport>
  journalPath: string
}

/**
 * At least 2,000 events/s from 64 connections that connect again whenever they are cut off, until it is stopped: a slow
 * machine takes long.
 */
export function loadOn(url: string, folder: string, options: Partial<LoadOptions> = {}): FaultLoad {
  let progress: LoadProgress = { sent: 0, acknowledged: 0, refused: 0, unanswered: 0, ratePerS: 0, connected: 0 }
  const journalPath = path.join(folder, `journal-${options.run ?? 1}.tsv`)
  const { report, stop } = startLoad(
    {
      url,
      keys: faultKeys,
      connections: 64,
      run: 1,
      journalPath,
      durationMs: 280_000,
      ratePerS: 2_200,
      reconnect: true,
      requestTimeoutMs: 15_000,
      ...options
    },
    {
      onProgress: next => {
        progress = next
      }
    }
  )

  return {
    progress: () => progress,
    acknowledgedMore: async count => {
      const goal = progress.acknowledged + count
      await until(() => progress.acknowledged >= goal)
    },
    stop,
    report,
    journalPath
  }
}

/** Resolves when nothing waits any more: not in the pipeline, not in the spool. */
export async function settled(node: NodeUnderTest): Promise<void> {
  await until(async () => {
    const { checks } = await node.ready().catch(() => ({ checks: [] }))
    return (
      checks.length > 0 &&
      checks.every(
        ({ name, detail }) =>
          ['disk', 'clock'].includes(name) || detail === 'the database takes events' || detail === 'nothing waits'
      )
    )
  })
}

/** All that is wrong with the end state; an empty list is what every fault test wants. */
export async function problemsOf(databaseUrl: string, ...loads: FaultLoad[]): Promise<string[]> {
  const reports = await Promise.all(loads.map(load => load.report))
  const balance = reports.flatMap(report => {
    const told = sum(report.outcomes) + sum(report.refusals) + report.unanswered
    return told === report.sent ? [] : [`${report.sent} events were sent, but ${told} have a fate`]
  })
  const { problems } = await checkEndState(
    databaseUrl,
    loads.map(load => load.journalPath)
  )
  return [...balance, ...problems, ...(await auditProblems(databaseUrl))]
}

/** Far above what any load of these tests needs, far below what a leak or a queue without a bound would come to. */
export const rssMbBound = 500

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}
