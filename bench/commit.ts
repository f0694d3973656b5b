/**
 * What committing costs without HTTP: batches of the usual mix through commitBatches by one writer, the fold beside it
 * as in the server, and as the floor COPY of such batches into the same table and nothing else. By turns and in several
 * sizes; the cheapest round counts, because other load on the machine only adds cost. Bytes are those of an event: of
 * the log with all that is written for it, and of the table with its indexes.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { audit } from '../services/commit/count-check.ts'
import { commitBatches } from '../services/commit/attempt.ts'
import { copyEvents, writeEventRows } from '../services/commit/binary-copy.ts'
import { wordSets } from '../services/commit/word-sets.ts'
import { foldRollups } from '../services/rollups/fold.ts'
import { connect, type Sql } from '../services/database/sql.ts'
import { closeWires, withWire } from '../services/database/wire/pool.ts'
import type { PreparedBatch } from '../schema/pipeline.ts'
import type { BenchOptions, BenchResult } from './support/bench.ts'
import { cpuSecondsOfTree } from './support/cpu.ts'
import { diskUse, walPosition } from './support/disk-use.ts'
import { openDatabases, type Databases } from './support/databases.ts'
import { preparedMix } from './support/prepared.ts'
import { createProgress, tableOf, thousands } from './support/text.ts'

type Mode = 'copy' | 'commit' | 'commit and fold'
type Cost = {
  mode: Mode
  size: number
  ratePerS: number
  postgresUs: number
  nodeUs: number
  logBytes: number
  rowBytes: number
  indexBytes: number
}

const modes: Mode[] = ['copy', 'commit', 'commit and fold']
const sizes = [100, 200, 500]
const roundsDefault = 3
const secondsDefault = 4
const warmupEvents = 10_000
const foldPauseMs = 500
const commitOptions = { node: 'bench', deadlineMs: 30_000 }

export async function run({ rounds = roundsDefault, seconds = secondsDefault }: BenchOptions): Promise<BenchResult> {
  const databases = await openDatabases()
  const progress = createProgress()
  const next = preparedMix()
  const costs: Cost[] = []
  const missed: string[] = []
  try {
    for (let round = 0; round < rounds; round++) {
      for (const size of sizes) {
        for (const mode of modes) {
          progress.say(`round ${round + 1} of ${rounds} · ${mode} · batches of ${size}`)
          const { cost, differences } = await measured(databases, mode, size, seconds, next)
          costs.push(cost)
          if (differences > 0) missed.push(`${mode}, batches of ${size}: ${differences} counts differ from the rows`)
        }
      }
    }
  } finally {
    await databases.close()
  }
  progress.done('')
  const best = sizes.flatMap(size =>
    modes.map(mode => cheapest(costs.filter(cost => cost.size === size && cost.mode === mode)))
  )
  return { figures: { costs: best, rounds, seconds, postgres: databases.version }, text: textOf(best), missed }
}

async function measured(
  databases: Databases,
  mode: Mode,
  size: number,
  seconds: number,
  next: (size: number) => PreparedBatch
): Promise<{ cost: Cost; differences: number }> {
  return await databases.withFresh(async url => {
    const sql = connect({ url, max: 4 })
    try {
      if (mode !== 'copy') await warmUp(sql, next)
      await sql`checkpoint`
      const cost = await load({ sql, url, postmasterPid: databases.postmasterPid }, mode, size, seconds, next)
      return { cost, differences: mode === 'copy' ? 0 : (await audit(sql)).length }
    } finally {
      closeWires(sql)
      await sql.end()
    }
  })
}

async function load(
  { sql, url, postmasterPid }: { sql: Sql; url: string; postmasterPid: number },
  mode: Mode,
  size: number,
  seconds: number,
  next: (size: number) => PreparedBatch
): Promise<Cost> {
  const folding = new AbortController()
  let events = 0
  let preparingUs = 0
  const logBefore = await walPosition(url)
  const startedMs = performance.now()
  const postgresS = cpuSecondsOfTree(postmasterPid)
  const node = process.cpuUsage()
  const fold = mode === 'commit and fold' ? foldUntil(sql, folding.signal) : Promise.resolve()

  while (performance.now() < startedMs + seconds * 1_000) {
    const before = process.cpuUsage()
    const batch = next(size)
    const { user, system } = process.cpuUsage(before)
    preparingUs += user + system
    await (mode === 'copy' ? copied(sql, batch) : commitBatches(sql, [batch], commitOptions))
    events += size
  }
  folding.abort()
  await fold

  const { user, system } = process.cpuUsage(node)
  const cpu = {
    ratePerS: (events / (performance.now() - startedMs)) * 1_000,
    postgresUs: ((cpuSecondsOfTree(postmasterPid) - postgresS) * 1e6) / events,
    nodeUs: (user + system - preparingUs) / events
  }
  const logBytes = ((await walPosition(url)) - logBefore) / events
  const { heap, toast, indexes } = await diskUse(url)
  return { mode, size, ...cpu, logBytes, rowBytes: heap + toast, indexBytes: indexes }
}

async function foldUntil(sql: Sql, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(foldPauseMs)
    await foldRollups(sql, { rowsMax: 1_000 })
  }
}

async function copied(sql: Sql, { events }: PreparedBatch): Promise<void> {
  await wordSets(sql).write(sql)
  const rows = events.map(event => ({
    event,
    issueId: `01900000-0000-7000-8000-${event.fingerprint.slice(0, 12)}`,
    rootId: `01900000-0000-7000-8000-${event.fingerprint.slice(0, 12)}`,
    bytes: 0,
    weight: 1
  }))
  await withWire(sql, wire =>
    wire.run(pipeline => {
      pipeline.copy(copyEvents, out => writeEventRows(out, rows, wordSets(sql)))
    }, commitOptions)
  )
}

async function warmUp(sql: Sql, next: (size: number) => PreparedBatch): Promise<void> {
  for (let events = 0; events < warmupEvents; events += 500) await commitBatches(sql, [next(500)], commitOptions)
  await foldRollups(sql, { rowsMax: 1_000 })
}

function cheapest(costs: readonly Cost[]): Cost {
  return costs.reduce((best, cost) => (cost.postgresUs + cost.nodeUs < best.postgresUs + best.nodeUs ? cost : best))
}

function textOf(costs: readonly Cost[]): string {
  const rows = costs.map(({ mode, size, ratePerS, postgresUs, nodeUs, logBytes, rowBytes, indexBytes }) => [
    mode,
    String(size),
    thousands(ratePerS),
    postgresUs.toFixed(1),
    nodeUs.toFixed(1),
    thousands(logBytes),
    thousands(rowBytes),
    thousands(indexBytes)
  ])
  return tableOf(
    ['one writer', 'batch', 'events/s', 'µs of PostgreSQL', 'µs of Node', 'log, bytes', 'row, bytes', 'indexes, bytes'],
    rows
  )
}
