/**
 * Partitions by UTC day, of events (one for each retention class) and of event keys. They are made ahead, outside the
 * writers' transactions, as separate tables that are then attached, which blocks no writer. Expired ones are detached
 * concurrently and dropped. Every lock is waited for briefly; the next tick does what could not be done.
 */
import * as v from 'valibot'
import { retentionClasses, type PreparedBatch, type RetentionDays } from '../../schema/pipeline.ts'
import type { Queryable, Sql } from './sql.ts'

const dayMs = 86_400_000
const lockTimeout = '2s'
/** Any number, as long as nothing else takes it. */
const lockKey = 0x70617274

/** Days of client event ids that are kept beside today's, whatever projects there are: 24 h after any commit. */
const eventKeyDaysMin = 1

type Partition = { parent: 'events' | 'event_keys'; name: string; day: number; retentionDays: RetentionDays | null }

/** Makes the missing partitions from yesterday to `daysAhead` days after `now`; returns their names. */
export async function ensurePartitions(
  sql: Sql,
  { now, daysAhead = 7 }: { now: number; daysAhead?: number }
): Promise<string[]> {
  const today = dayOf(now)
  const days = Array.from({ length: daysAhead + 2 }, (_, index) => today + (index - 1) * dayMs)
  return ensure(
    sql,
    days.flatMap(day => [
      eventKeysPartition(day),
      ...retentionClasses.map(retention => eventsPartition(retention, day))
    ])
  )
}

/** Makes the missing partitions that these batches need, however old their events are. */
export async function ensurePartitionsFor(
  sql: Sql,
  batches: readonly PreparedBatch[],
  { now }: { now: number }
): Promise<string[]> {
  const needed = new Map<string, Partition>()
  for (const { events } of batches) {
    for (const { receivedAt } of events) {
      // The retention may have changed since the events were prepared.
      for (const retentionDays of retentionClasses) {
        const partition = eventsPartition(retentionDays, dayOf(receivedAt))
        needed.set(partition.name, partition)
      }
    }
  }
  return ensure(sql, [eventKeysPartition(dayOf(now) - dayMs), eventKeysPartition(dayOf(now)), ...needed.values()])
}

/** Makes the missing partitions for events of this class from the day of `from` to that of `to`. */
export async function ensureEventPartitions(
  sql: Sql,
  { retentionDays, from, to }: { retentionDays: RetentionDays; from: number; to: number }
): Promise<string[]> {
  const days: number[] = []
  for (let day = dayOf(from); day <= to; day += dayMs) days.push(day)
  return ensure(
    sql,
    days.map(day => eventsPartition(retentionDays, day))
  )
}

/** Whether this is what a partition is called. A table of such a name that is none is left to be dropped. */
export function isPartitionName(name: string): boolean {
  return parsed(name) !== undefined
}

/** Makes the partition of this name in an open transaction, for a database that is filled from a backup. */
export async function makePartitionNamed(sql: Queryable, name: string): Promise<void> {
  const partition = parsed(name)
  if (partition === undefined || partition.name !== name) throw new RangeError(`${name} is no partition`)
  await make(sql, partition)
}

/**
 * Detaches and drops the partitions whose last moment has expired, one at a time; returns their names. First it
 * finishes what an earlier run left half detached, or detached and not dropped.
 */
export async function dropExpiredPartitions(sql: Sql, { now }: { now: number }): Promise<string[]> {
  const dropped: string[] = []
  const session = await sql.reserve()
  const drop = async (name: string): Promise<void> => {
    await session.unsafe(`drop table ${name}`)
    dropped.push(name)
  }
  try {
    await session.unsafe(`set lock_timeout = '${lockTimeout}'`)
    await finishDetaching(session)
    const keyDays = await eventKeyDays(session)
    const isOver = (partition: Partition): boolean => isExpired(partition, now, keyDays)
    for (const { name } of (await detached(session)).filter(isOver)) await drop(name)
    for (const { parent, name } of (await existing(session)).filter(isOver)) {
      await session.unsafe(`alter table ${parent} detach partition ${name} concurrently`)
      await drop(name)
    }
  } finally {
    session.release()
  }
  return dropped
}

/** The partitions of events that expire by `now`, oldest first. */
export async function expiredEventPartitions(sql: Queryable, { now }: { now: number }): Promise<string[]> {
  const partitions = await existing(sql)
  return partitions
    .filter(partition => partition.parent === 'events' && isExpired(partition, now, eventKeyDaysMin))
    .sort((a, b) => a.day - b.day)
    .map(({ name }) => name)
}

/** The start of the last day until `now` that has an event; null when there is none. */
export async function newestEventDay(sql: Queryable, { now }: { now: number }): Promise<number | null> {
  const partitions = (await existing(sql)).filter(({ parent, day }) => parent === 'events' && day <= now)
  for (const { name, day } of partitions.sort((a, b) => b.day - a.day)) {
    if ((await sql`select from ${sql(name)} limit 1`).length > 0) return day
  }
  return null
}

function isExpired({ day, retentionDays }: Partition, now: number, keyDays: number): boolean {
  return day + (1 + (retentionDays ?? keyDays)) * dayMs <= now
}

const keyDaysRow = v.strictObject({ days: v.number() })

/** As long as any project keeps events, so that an event is found by the id that its client gave. */
async function eventKeyDays(sql: Queryable): Promise<number> {
  const [row] = await sql.rows(keyDaysRow)`
    select coalesce(max(days), ${eventKeyDaysMin})::int as days from projects cross join unnest(retention_classes) days`
  return row?.days ?? eventKeyDaysMin
}

const pagesRow = v.strictObject({ pages: v.number() })

/**
 * Sorts the pending list of the search indexes of past days into the indexes: no more events are written there, and
 * every search over those days would read the list. Returns how many pages it took; a run without work costs almost
 * nothing.
 */
export async function settlePastDays(sql: Sql, { now }: { now: number }): Promise<number> {
  let pages = 0
  for (const { parent, name, day } of await existing(sql)) {
    if (parent !== 'events' || day >= dayOf(now)) continue
    const [row] = await sql.rows(pagesRow)`
      select coalesce(sum(gin_clean_pending_list(indexrelid)), 0)::int as pages
      from pg_index join pg_class on pg_class.oid = indexrelid join pg_am on pg_am.oid = relam
      where indrelid = ${name}::regclass and amname = 'gin'`
    pages += row?.pages ?? 0
  }
  return pages
}

const partitionRow = v.strictObject({ parent: v.string(), name: v.string() })

/** An interrupted detach leaves the partition half detached and blocks every later one. */
async function finishDetaching(sql: Queryable): Promise<void> {
  const pending = await sql.rows(partitionRow)`
    select inhparent::regclass::text as parent, inhrelid::regclass::text as name from pg_inherits
    where inhdetachpending and inhparent in ('events'::regclass, 'event_keys'::regclass)`
  for (const { parent, name } of pending) {
    await sql.unsafe(`alter table ${parent} detach partition ${name} finalize`)
  }
}

/** Only one node at a time makes partitions; the others find them made. */
async function ensure(sql: Sql, wanted: readonly Partition[]): Promise<string[]> {
  if (missing(wanted, await existing(sql)).length === 0) return []
  return await sql.begin(async sql => {
    await sql`select pg_advisory_xact_lock(${lockKey})`
    await sql.unsafe(`set local lock_timeout = '${lockTimeout}'`)
    const partitions = missing(wanted, await existing(sql))
    for (const partition of partitions) await make(sql, partition)
    return partitions.map(partition => partition.name)
  })
}

function missing(wanted: readonly Partition[], present: readonly Partition[]): Partition[] {
  const names = new Set(present.map(partition => partition.name))
  return wanted.filter(partition => !names.has(partition.name))
}

/** A table that an earlier attempt made and could not attach is made again. */
async function make(sql: Queryable, { parent, name, day, retentionDays }: Partition): Promise<void> {
  const [from, to] = [day, day + dayMs].map(
    time => `'${new Date(time).toISOString().slice(0, 10)}${retentionDays === null ? '' : 'T00:00:00Z'}'`
  )
  const bounds =
    retentionDays === null
      ? `from (${from}) to (${to})`
      : `from (${retentionDays}, ${from}) to (${retentionDays}, ${to})`
  const storage = parent === 'events' ? 'with (toast_tuple_target = 8160)' : ''
  await sql.unsafe(`drop table if exists ${name}`)
  await sql.unsafe(`create table ${name} (like ${parent} including all) ${storage}`)
  await sql.unsafe(`alter table ${parent} attach partition ${name} for values ${bounds}`)
}

const nameRow = v.strictObject({ name: v.string() })

async function existing(sql: Queryable): Promise<Partition[]> {
  const rows = await sql.rows(nameRow)`
    select relname as name from pg_inherits join pg_class on pg_class.oid = inhrelid
    where inhparent in ('events'::regclass, 'event_keys'::regclass) order by relname`
  return rows.flatMap(({ name }) => parsed(name) ?? [])
}

/** Tables that were partitions once; nothing else has such names. */
async function detached(sql: Queryable): Promise<Partition[]> {
  const rows = await sql.rows(nameRow)`
    select relname as name from pg_class
    where relkind = 'r' and not relispartition
      and relnamespace = (select relnamespace from pg_class where oid = 'events'::regclass)
      and relname ~ '^(events_\\d{2}|event_keys)_\\d{8}$' order by relname`
  return rows.flatMap(({ name }) => parsed(name) ?? [])
}

function parsed(name: string): Partition | undefined {
  const [, parent, retention, year, month, date] =
    /^(events|event_keys)_(?:(\d{2})_)?(\d{4})(\d{2})(\d{2})$/.exec(name) ?? []
  const day = Date.UTC(Number(year), Number(month) - 1, Number(date))
  if (parent === 'event_keys') return eventKeysPartition(day)
  const retentionDays = retentionClasses.find(days => days === Number(retention))
  return retentionDays && eventsPartition(retentionDays, day)
}

function eventsPartition(retentionDays: RetentionDays, day: number): Partition {
  return { parent: 'events', name: `events_${retentionDays}_${digits(day)}`, day, retentionDays }
}

function eventKeysPartition(day: number): Partition {
  return { parent: 'event_keys', name: `event_keys_${digits(day)}`, day, retentionDays: null }
}

function digits(day: number): string {
  return new Date(day).toISOString().slice(0, 10).replaceAll('-', '')
}

function dayOf(time: number): number {
  return Math.floor(time / dayMs) * dayMs
}
