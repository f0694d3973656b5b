/**
 * The batches that were committed. A batch may come again: it is replayed from the spool, or sent once more because the
 * outcome of the first attempt is unknown. It is found here, and its outcomes are told from what the first commit
 * stored.
 */
import * as v from 'valibot'
import type { Sql } from '../database/sql.ts'
import type { CommittedOutcome, PreparedBatch, PreparedEvent } from '../../schema/pipeline.ts'
import { eventKey } from './plan.ts'
import { learnEventKeys } from './event-keys.ts'

const batchIdRow = v.strictObject({ batch_id: v.string() })

/** Those of these batches that are in the ledger. */
export async function committedBatches(sql: Sql, batchIds: readonly string[]): Promise<string[]> {
  const rows = await sql.rows(batchIdRow)`select batch_id from ledger where batch_id = any(${[...batchIds]}::uuid[])`
  return rows.map(row => row.batch_id)
}

/**
 * The outcomes of a batch that was committed earlier, told from the tables. An event that is in none of them was
 * discarded, or left out by sampling, or deleted since, which its sender need not know.
 */
export async function reconstructOutcomes(sql: Sql, batch: PreparedBatch): Promise<CommittedOutcome[]> {
  const [stored, quarantined, keys] = await Promise.all([
    storedIds(sql, batch.events),
    quarantinedIds(sql, batch),
    learnEventKeys(sql, batch.events)
  ])
  const sampledOut = batch.sampledOut.map(({ id }): CommittedOutcome => ({ id, outcome: 'sampled_out' }))
  const aside = batch.quarantined.map(({ id }): CommittedOutcome => ({ id, outcome: 'quarantined' }))
  const events = batch.events.map((event): CommittedOutcome => {
    const { id } = event
    if (stored.has(id)) return { id, outcome: 'stored' }
    if (quarantined.has(id)) return { id, outcome: 'quarantined' }
    const firstId = event.eventId === null ? undefined : keys.get(eventKey(event.projectId, event.eventId))
    if (firstId !== undefined && firstId !== id) return { id, outcome: 'duplicate', firstId }
    return { id, outcome: event.weights?.sampled === 0 ? 'sampled_out' : 'discarded' }
  })
  return [...events, ...sampledOut, ...aside]
}

const idRow = v.strictObject({ id: v.string() })

async function storedIds(sql: Sql, events: readonly PreparedEvent[]): Promise<Set<string>> {
  if (events.length === 0) return new Set()
  const keys = events.map(({ id, projectId, retentionDays, receivedAt }) => ({
    id,
    projectId,
    retentionDays,
    receivedAt: new Date(receivedAt).toISOString()
  }))
  const times = keys.map(key => key.receivedAt).sort()
  const rows = await sql.rows(idRow)`
    select e.id from json_to_recordset(${JSON.stringify(keys)}::text::json)
      as k (id uuid, "projectId" bigint, "retentionDays" smallint, "receivedAt" timestamptz)
    join events e on e.project_id = k."projectId" and e.received_at = k."receivedAt" and e.id = k.id
      and e.retention_days = k."retentionDays"
    where e.received_at between ${times[0] ?? ''} and ${times.at(-1) ?? ''}`
  return new Set(rows.map(row => row.id))
}

async function quarantinedIds(sql: Sql, { events }: PreparedBatch): Promise<Set<string>> {
  const projects = [...new Set(events.map(event => event.projectId))]
  const rows = await sql.rows(idRow)`
    select id from quarantined_events where project_id = any(${projects}::bigint[])
      and id = any(${events.map(event => event.id)}::uuid[])`
  return new Set(rows.map(row => row.id))
}

/** For so long a batch may be sent again without being in a spool: by routers, and by commits that are on their way. */
const margin = '1 hour'

/**
 * Deletes batches that cannot come again, at most `rowsMax`, and returns how many: those older than `days`, which no
 * spool waits to be replayed, and those of nodes that have said since that nothing of that time waits in any spool.
 */
export async function forgetBatches(
  sql: Sql,
  { now, days, rowsMax }: { now: number; days: number; rowsMax: number }
): Promise<number> {
  const { count } = await sql`
    delete from ledger where batch_id in (
      select batch_id from ledger where committed_at < ${new Date(now)}::timestamptz - make_interval(days => ${days})
      order by committed_at limit ${rowsMax})`
  return count === rowsMax ? count : count + (await forgetReplayed(sql, now, rowsMax - count))
}

async function forgetReplayed(sql: Sql, now: number, rowsMax: number): Promise<number> {
  // A file may hold batches of another node: spools of nodes that are gone are taken over.
  const { count } = await sql`
    delete from ledger where batch_id in (
      select l.batch_id from ledger l join spools s on s.node = l.node
      where l.committed_at < least(s.noted_at, ${new Date(now)}, (select min(oldest_at) from spools))
        - ${margin}::interval
      order by l.committed_at limit ${rowsMax})`
  return count
}

const sizeRow = v.strictObject({ batches: v.number() })

/**
 * Deletes the oldest batches beyond `batchesMax`, by the estimate of the last vacuum, `rowsMax` at a time. That is more
 * than can be replayed only when the spools of many nodes are unknown.
 */
export async function forgetExcess(
  sql: Sql,
  { now, batchesMax, rowsMax }: { now: number; batchesMax: number; rowsMax: number }
): Promise<number> {
  const [size] = await sql.rows(sizeRow)`
    select (reltuples - pg_stat_get_dead_tuples(oid))::float8 as batches from pg_class where oid = 'ledger'::regclass`
  const excess = Math.floor((size?.batches ?? 0) - batchesMax)
  let forgotten = 0
  while (forgotten < excess) {
    const { count } = await sql`
      delete from ledger where batch_id in (
        select batch_id from ledger where committed_at < ${new Date(now)}::timestamptz - ${margin}::interval
        order by committed_at limit ${Math.min(excess - forgotten, rowsMax)})`
    if (count === 0) break
    forgotten += count
  }
  return forgotten
}

/** Notes how long the oldest file of this node's spool has been waiting, or that none waits. */
export async function noteSpool(
  sql: Sql,
  { node, oldestMs }: { node: string; oldestMs: number | null }
): Promise<void> {
  await sql`
    insert into spools (node, oldest_at, noted_at)
    values (${node}, clock_timestamp() - ${oldestMs}::float8 * interval '1 ms', clock_timestamp())
    on conflict (node) do update set oldest_at = excluded.oldest_at, noted_at = excluded.noted_at`
}

/** What nodes that are gone for `days` said of their spools. */
export async function forgetSpools(sql: Sql, { now, days }: { now: number; days: number }): Promise<void> {
  await sql`delete from spools where noted_at < ${new Date(now)}::timestamptz - make_interval(days => ${days})`
}
