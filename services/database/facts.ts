/**
 * What `mesher doctor` shows of a database: the facts, whatever state its schema is in, and how far partitions are
 * made.
 */
import * as v from 'valibot'
import { retentionClasses } from '../../schema/pipeline.ts'
import { measureSkew, type ClockSkew } from './clock.ts'
import type { Sql } from './sql.ts'

export type DatabaseFacts = {
  version: string
  encoding: string
  bytes: number
  skew: ClockSkew
}

const rowSchema = v.strictObject({ version: v.string(), encoding: v.string(), bytes: v.number() })

export async function databaseFacts(sql: Sql): Promise<DatabaseFacts> {
  // The first statement on a connection includes connecting; the second measures the round trip alone.
  await sql`select 1`
  const skew = await measureSkew(sql)
  const [row] = await sql.rows(rowSchema)`
    select current_setting('server_version') as version, current_setting('server_encoding') as encoding,
      pg_database_size(current_database()) as bytes`
  if (row === undefined) throw new Error('the database answered without a row')
  return { ...row, skew }
}

const dayMs = 24 * 60 * 60 * 1_000

const nameRow = v.strictObject({ name: v.string() })

/** The end of the last day that has all its partitions, from today on without a gap; null when today lacks one. */
export async function partitionedUntil(sql: Sql, { now }: { now: number }): Promise<number | null> {
  const rows = await sql.rows(nameRow)`
    select relname as name from pg_inherits join pg_class on pg_class.oid = inhrelid
    where inhparent in ('events'::regclass, 'event_keys'::regclass) and not inhdetachpending`
  const names = new Set(rows.map(({ name }) => name))

  const today = Math.floor(now / dayMs) * dayMs
  let day = today
  while (partitionsOf(day).every(name => names.has(name))) day += dayMs
  return day === today ? null : day
}

function partitionsOf(day: number): string[] {
  const date = new Date(day).toISOString().slice(0, 10).replaceAll('-', '')
  return [`event_keys_${date}`, ...retentionClasses.map(days => `events_${days}_${date}`)]
}
