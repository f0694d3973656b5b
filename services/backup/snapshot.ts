/**
 * One moment of a database, for reading it table by table while it runs. One session holds the snapshot; every table is
 * read in a short transaction of another session that takes the same snapshot. So no table stays locked for longer than
 * it is read: partitions expire meanwhile, and nothing waits for the backup.
 */
import * as v from 'valibot'
import { sqlStateOf } from '../database/errors.ts'
import type { ReservedSql, Sql } from '../database/sql.ts'

export type Snapshot = {
  /** Sees the moment; for the catalogue and small tables. */
  sql: ReservedSql
  takenAt: Date
  /** Sees what has been committed since. */
  present: ReservedSql
  /** Runs `work` at that moment; null when the table that it reads was dropped since. */
  read: <Result>(work: (sql: ReservedSql) => Promise<Result>) => Promise<Result | null>
}

const snapshotRow = v.strictObject({ id: v.string(), taken_at: v.date() })

/** Both sessions are open for long, and idle in between. */
async function settle(session: ReservedSql): Promise<void> {
  await session.unsafe(`
    set idle_in_transaction_session_timeout = 0; set statement_timeout = 0; set lock_timeout = 0;
    set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set intervalstyle = 'postgres'; set extra_float_digits = 3;
    set bytea_output = 'hex'; set client_encoding = 'UTF8'; set row_security = off`)
  // Only newer servers have it.
  await session.unsafe(
    `select set_config('transaction_timeout', '0', false)
    where current_setting('transaction_timeout', true) is not null`
  )
}

/** `sql` is a pool of two connections at least, which no one else uses. */
export async function withSnapshot<Result>(sql: Sql, work: (snapshot: Snapshot) => Promise<Result>): Promise<Result> {
  const holder = await sql.reserve({ patient: true })
  try {
    await settle(holder)
    await holder.unsafe('begin isolation level repeatable read read only')
    const [row] = await holder.rows(snapshotRow)`select pg_export_snapshot() as id, now() as taken_at`
    if (row === undefined) throw new Error('the server gave no snapshot')
    const { id, taken_at: takenAt } = row
    const reader = await sql.reserve({ patient: true })
    try {
      await settle(reader)
      const result = await work({ sql: holder, takenAt, present: reader, read: work => readAt(reader, id, work) })
      await holder.unsafe('commit')
      return result
    } finally {
      reader.release()
    }
  } finally {
    holder.release()
  }
}

async function readAt<Result>(
  session: ReservedSql,
  id: string,
  work: (sql: ReservedSql) => Promise<Result>
): Promise<Result | null> {
  await session.unsafe(`begin isolation level repeatable read read only; set transaction snapshot '${id}'`)
  try {
    return await work(session)
  } catch (error) {
    if (sqlStateOf(error) === '42P01') return null
    throw error
  } finally {
    // Of a transaction that has only read, nothing is undone; a broken connection has its own error.
    await session.unsafe('rollback').catch(() => {})
  }
}
