/**
 * What committing costs without HTTP: drives commitBatches with events of the usual mix, in batches of 100, 200 and 500,
 * the fold running beside it, and next to it the floor: COPY of the same rows into the same table, nothing else.
 * Prints per row of the table events/s, and microseconds of PostgreSQL and of Node an event. Needs an empty database of
 * its own: `DATABASE_URL=… node dist/bench/commit.js [seconds] [batch sizes] [writers]`; its tables are emptied.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import type { Level, PreparedBatch, PreparedEvent } from '../schema/pipeline.ts'
import { copyEvents, writeEventRows } from '../services/binary-copy.ts'
import { commitBatches } from '../services/batches.ts'
import { migrate } from '../services/migrations.ts'
import { ensurePartitions } from '../services/partitions.ts'
import { foldRollups } from '../services/rollups.ts'
import { connect, type Sql } from '../services/sql.ts'
import { closeWires, withWire } from '../services/wire/pool.ts'
import { buildMix, slots, type MixEvent } from './load/mix.ts'

const [seconds = '5', sizes = '100,200,500', writers = '1', modes = 'copy,commit,commit+fold'] = process.argv.slice(2)
const ticksPerSecond = 100

type Cost = { rate: number, postgresUs: number, nodeUs: number, events: number }

async function main (): Promise<void> {
  const sql = connect({ url: process.env['DATABASE_URL'] ?? '', max: 4, statementTimeoutMs: 0, lockTimeoutMs: 0 })
  await migrate(sql)
  await ensurePartitions(sql, { now: Date.now(), daysAhead: 1 })
  const mix = buildMix({ seed: 7, count: 20_000, projects: 5, nowMs: Date.now() }).map(templateOf)
  const postmaster = await postmasterPid(sql)

  for (const mode of modes.split(',')) {
    for (const size of sizes.split(',').map(Number)) {
      await emptied(sql)
      if (mode !== 'copy') await warmUp(sql, mix)
      const cost = await measured(sql, postmaster, mode, () => batchOf(mix, size), size)
      console.log(`${mode.padEnd(12)} batch ${String(size).padStart(4)}: ${Math.round(cost.rate)} events/s, PostgreSQL ${cost.postgresUs.toFixed(1)} µs, Node ${cost.nodeUs.toFixed(1)} µs an event`)
    }
  }
  closeWires(sql)
  await sql.end()
}

async function measured (sql: Sql, postmaster: number, mode: string, next: () => PreparedBatch, size: number): Promise<Cost> {
  const end = Date.now() + Number(seconds) * 1_000
  let preparing = 0
  let events = 0
  const folding = new AbortController()
  if (mode !== 'commit+fold') folding.abort()
  const prepared = (): PreparedBatch => {
    const start = process.cpuUsage()
    const batch = next()
    const used = process.cpuUsage(start)
    preparing += used.user + used.system
    return batch
  }
  const postgresBefore = cpuSeconds(postmaster)
  const nodeBefore = process.cpuUsage()
  const started = performance.now()

  const fold = (async () => {
    while (!folding.signal.aborted) {
      await new Promise(resolve => setTimeout(resolve, 500))
      await foldRollups(sql, { rowsMax: 1_000 })
    }
  })()
  await Promise.all(Array.from({ length: Number(writers) }, async () => {
    while (Date.now() < end) {
      const batch = prepared()
      if (mode === 'copy') await copied(sql, batch)
      else await commitBatches(sql, [batch], { node: 'bench', deadlineMs: 10_000 })
      events += size
    }
  }))
  folding.abort()
  await fold

  const elapsed = (performance.now() - started) / 1_000
  const node = process.cpuUsage(nodeBefore)
  return {
    events,
    rate: events / elapsed,
    postgresUs: (cpuSeconds(postmaster) - postgresBefore) / events * 1e6,
    nodeUs: (node.user + node.system - preparing) / events
  }
}

async function copied (sql: Sql, { events }: PreparedBatch): Promise<void> {
  const rows = events.map(event => ({ event, issueId: '01900000-0000-7000-8000-' + event.fingerprint.slice(0, 12), bytes: 0 }))
  await withWire(sql, wire => wire.run(pipeline => { pipeline.copy(copyEvents, out => writeEventRows(out, rows)) }, { deadlineMs: 10_000 }))
}

async function warmUp (sql: Sql, mix: Template[]): Promise<void> {
  for (let index = 0; index < 10; index++) {
    await commitBatches(sql, [batchOf(mix, 500)], { node: 'bench', deadlineMs: 10_000 })
  }
  await foldRollups(sql, { rowsMax: 1_000 })
}

async function emptied (sql: Sql): Promise<void> {
  await sql`truncate events, event_keys, issues, issue_groupings, issue_numbers, ledger, transitions, rollup_deltas, issue_minutes,
    issue_hours, project_hours, tag_days, issue_releases, issue_users, project_users, outcome_hours`
  await sql`checkpoint`
}

type Template = { event: PreparedEvent, json: string, hasEventId: boolean }

export function templateOf ({ project, issue, json }: MixEvent): Template {
  const body = JSON.parse(json)
  const [exception] = body.exception.values
  const level: Level = body.level
  const components = body.exception.values[0].stacktrace.frames.flatMap((frame: { filename: string, function: string }) => [frame.filename, frame.function])
  const event: PreparedEvent = {
    id: '',
    projectId: project + 1,
    retentionDays: 30,
    receivedAt: 0,
    occurredAt: Date.parse(body.timestamp),
    eventId: null,
    level,
    environment: body.environment,
    release: body.release,
    platform: body.platform,
    serverName: body.server_name,
    transaction: body.transaction,
    logger: body.logger,
    message: `${exception.type}: ${exception.value}`,
    title: `${exception.type}: ${exception.value}`,
    culprit: body.transaction,
    userHash: '',
    user: '',
    tags: body.tags,
    fingerprint: createHash('sha256').update(String(issue)).digest('hex'),
    grouping: { rule: 'exception', version: 'mesher:1', components },
    payload: ''
  }
  return { event, json, hasEventId: 'event_id' in body }
}

let sequence = 0

export function batchOf (mix: Template[], size: number): PreparedBatch {
  const events = Array.from({ length: size }, () => {
    const template = mix[(sequence * 7919) % mix.length]
    if (!template) throw new RangeError('empty mix')
    const { event, json } = template
    const user = String(Math.floor(Math.random() * 10_000)).padStart(5, '0')
    const number = String(sequence++ % 100_000).padStart(5, '0')
    const id = uuidv7()
    const eventId = uuidv7().replaceAll('-', '').split('').reverse().join('')
    return {
      ...event,
      id,
      receivedAt: parseInt(id.slice(0, 8) + id.slice(9, 13), 16),
      eventId: template.hasEventId ? eventId : null,
      user: `u-${user}`,
      userHash: `00000000000${user}`,
      message: event.message.replace(slots.number, number),
      payload: json.replaceAll(slots.user, user).replaceAll(slots.number, number).replace(slots.eventId, eventId).replace(slots.marker, id.slice(0, 16))
    }
  })
  return { id: uuidv7(), events, sampledOut: [], quarantined: [] }
}

export async function postmasterPid (sql: Sql): Promise<number> {
  const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`
  return Number(readFileSync(`/proc/${row?.pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1])
}

/** User and system time of the postmaster and its children, living and dead. */
export function cpuSeconds (postmaster: number): number {
  let ticks = 0
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const [, rest = ''] = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')
      const fields = rest.split(' ')
      if (Number(name) === postmaster) ticks += Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14])
      else if (Number(fields[1]) === postmaster) ticks += Number(fields[11]) + Number(fields[12])
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))) throw error
    }
  }
  return ticks / ticksPerSecond
}

if (process.argv[1]?.includes('commit')) await main()
