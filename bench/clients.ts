/**
 * What clients of PostgreSQL lose when their connections are ended: `pg` as Mesher uses it, and postgres.js, which was
 * the first choice (docs/decisions/0006). Each writes numbered rows from a process of its own into a fresh database,
 * whose backends are ended several times a second; then what was acknowledged is compared with what is stored. The bar
 * is that Mesher's client loses nothing. All waits are bounded; the run takes less than a minute.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { connect, type Sql } from '../services/database/sql.ts'
import { compare, type Comparison } from './clients/compare.ts'
import { faultsOf, figuresOf, tableOfOutcomes, verdictOn, type Outcome } from './clients/result.ts'
import {
  clientNames,
  ways,
  type ClientName,
  type FromWriter,
  type Way,
  type WriterOptions,
  type WriterReport
} from './clients/types.ts'
import type { BenchOptions, BenchResult } from './support/bench.ts'
import { openDatabases } from './support/databases.ts'
import { describeMachine, machineNow } from './support/machine.ts'
import { createProgress } from './support/text.ts'

const secondsDefault = 8
const pauseMs = 200
const settleMsMax = 5_000
/** Beside the time of writing and settling: for the start and the end of the process. */
const processMsMax = 8_000

export async function run({ seconds = secondsDefault }: Pick<BenchOptions, 'seconds'> = {}): Promise<BenchResult> {
  const progress = createProgress()
  progress.say('clients: starting PostgreSQL')
  const databases = await openDatabases()
  const outcomes: Outcome[] = []
  try {
    for (const client of clientNames) {
      progress.say(`clients: ${client} writes for ${seconds} s while its connections are ended`)
      outcomes.push(await databases.withFresh(url => outcomeOf(client, url, seconds * 1_000)))
    }
  } finally {
    await databases.close()
  }
  progress.done('clients: measured')

  const machine = machineNow()
  const [own, ...others] = outcomes.map(outcome => ({ outcome, faults: faultsOf(outcome) }))
  return {
    figures: { machine, seconds, postgresql: databases.version, clients: outcomes.map(figuresOf) },
    text: [
      tableOfOutcomes(outcomes),
      ...others.map(({ outcome, faults }) => verdictOn(outcome, faults)),
      describeMachine(machine)
    ].join('\n'),
    missed: own?.faults.map(fault => `${own.outcome.client}: ${fault}`) ?? []
  }
}

async function outcomeOf(client: ClientName, url: string, durationMs: number): Promise<Outcome> {
  const sql = connect({ url, max: 1, applicationName: 'mesher-bench' })
  try {
    await sql`create table numbered (way text not null, transaction int not null, number int not null)`
    const { report, ended } = await writtenBy({ client, url, durationMs, settleMsMax }, sql)
    const stored = await sql.rows(storedRow)`
      select way, transaction, count(*)::int as rows, count(distinct number)::int as numbers from numbered
      group by way, transaction`
    const rows = (way: Way): Comparison => compare(way, report.acknowledged[way], stored)
    return {
      client,
      version: await versionOf(client),
      ended,
      report,
      rows: { statements: rows('statements'), copy: rows('copy') }
    }
  } finally {
    await sql.end()
  }
}

const storedRow = v.strictObject({
  way: v.picklist(ways),
  transaction: v.number(),
  rows: v.number(),
  numbers: v.number()
})

/** Lets the process write, and ends its connections until it begins nothing more. */
async function writtenBy(options: WriterOptions, sql: Sql): Promise<{ report: WriterReport; ended: number }> {
  const child = fork(fileURLToPath(new URL(`./clients/writer${extname(import.meta.url)}`, import.meta.url)))
  const late = setTimeout(() => child.kill('SIGKILL'), options.durationMs + options.settleMsMax + processMsMax)
  try {
    child.send(options)
    const { report, written } = reportsOf(child, options.client)
    const [reported, ended] = await Promise.all([report, endConnections(sql, written)])
    return { report: reported, ended }
  } finally {
    clearTimeout(late)
    child.kill('SIGKILL')
  }
}

/** `written` is aborted when nothing more is begun, or when the process has ended. */
function reportsOf(child: ChildProcess, client: ClientName): { report: Promise<WriterReport>; written: AbortSignal } {
  const written = new AbortController()
  const report = new Promise<WriterReport>((resolve, reject) => {
    child.on('message', (message: FromWriter) => {
      if (message.type === 'report') resolve(message.report)
      written.abort()
    })
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      written.abort()
      reject(new Error(`the process of ${client} ended without a report (${signal ?? code})`))
    })
  })
  return { report, written: written.signal }
}

/** Ends every backend of this database but our own, and none of other databases. Returns how many were ended. */
async function endConnections(sql: Sql, until: AbortSignal): Promise<number> {
  let ended = 0
  while (!until.aborted) {
    const { count } = await sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`
    ended += count
    await sleep(pauseMs)
  }
  return ended
}

const packageFacts = v.object({ version: v.string() })

/** Of the package that is installed. Both packages have their entry one folder below their package.json. */
async function versionOf(client: ClientName): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.resolve(client)), 'utf8')
  return v.parse(v.pipe(v.string(), v.parseJson(), packageFacts), text).version
}
