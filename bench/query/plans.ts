/**
 * What PostgreSQL does for a request: `auto_explain` writes the plan of every statement of Mesher's sessions into the
 * server's log, as EXPLAIN (ANALYZE, BUFFERS) would show it; the slowest statement of a request is read back from
 * there. It is on only while plans are read, because it costs time.
 */
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from '../../services/database/sql.ts'
import type { Dataset } from './dataset.ts'

export type Plan = { ms: number; text: string }

const settings: Readonly<Record<string, string>> = {
  session_preload_libraries: 'auto_explain',
  'auto_explain.log_min_duration': '0',
  'auto_explain.log_analyze': 'on',
  'auto_explain.log_buffers': 'on',
  'auto_explain.log_level': 'warning'
}
const entryStart = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/
const planStart = /duration: ([\d.]+) ms {2}plan:$/

/** For sessions that begin after it: the server must be started anew. */
export async function explainAll({ postgres }: Dataset, isOn: boolean): Promise<void> {
  const sql = connect({ url: postgres.url, max: 1 })
  try {
    // The parameters of the library can be set only after it is loaded.
    await sql`load 'auto_explain'`
    for (const [name, value] of Object.entries(settings)) {
      await sql.unsafe(`alter database mesher ${isOn ? `set ${name} = '${value}'` : `reset ${name}`}`)
    }
  } finally {
    await sql.end()
  }
}

/** The slowest statement that `work` makes Mesher send; null when it sends none. */
export async function slowestPlan(
  { postgres: { cluster } }: Dataset,
  work: () => Promise<unknown>
): Promise<Plan | null> {
  const path = await newestLog(cluster)
  const { size } = await stat(path)
  await work()
  const plans = plansIn(await textFrom(path, size))
  return plans.reduce<Plan | null>((slowest, plan) => (slowest === null || plan.ms > slowest.ms ? plan : slowest), null)
}

async function newestLog(cluster: string): Promise<string> {
  const folder = join(cluster, 'log')
  const name = (await readdir(folder)).sort().at(-1)
  if (name === undefined) throw new Error(`PostgreSQL has written no log in ${folder}`)
  return join(folder, name)
}

async function textFrom(path: string, start: number): Promise<string> {
  const file = await open(path)
  try {
    return (await file.readFile()).subarray(start).toString()
  } finally {
    await file.close()
  }
}

function plansIn(log: string): Plan[] {
  const entries: string[][] = []
  for (const line of log.split('\n')) {
    if (entryStart.test(line)) entries.push([line])
    else entries.at(-1)?.push(line)
  }
  return entries.flatMap(([first = '', ...lines]) => {
    const ms = planStart.exec(first)?.[1]
    // The log indents what belongs to an entry.
    return ms === undefined
      ? []
      : [
          {
            ms: Number(ms),
            text: lines
              .map(line => line.replace(/^\t/, ''))
              .join('\n')
              .trimEnd()
          }
        ]
  })
}
