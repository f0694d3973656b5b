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
 * discarded, or deleted since, which its sender need not know.
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
    return firstId === undefined || firstId === id
      ? { id, outcome: 'discarded' }
      : { id, outcome: 'duplicate', firstId }
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

/** Deletes batches committed more than `days` ago, at most `rowsMax`; returns how many. */
export async function forgetBatches(
  sql: Sql,
  { now, days, rowsMax }: { now: number; days: number; rowsMax: number }
): Promise<number> {
  const { count } = await sql`
    delete from ledger where batch_id in (
      select batch_id from ledger where committed_at < ${new Date(now)}::timestamptz - make_interval(days => ${days})
      order by committed_at limit ${rowsMax})`
  return count
}
