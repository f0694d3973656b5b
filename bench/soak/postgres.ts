/** What the PostgreSQL in a data folder takes: memory of its processes, its log, and rows that are dead. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { childrenOf } from '../support/cpu.ts'
import { openSql } from '../support/postgres.ts'

export type Postgres = {
  now: () => Promise<{ postgresMb: number; backends: number; walMb: number; deadShare: number; databaseMb: number }>
  close: () => Promise<void>
}

const rowSchema = v.object({ wal_mb: v.number(), dead_share: v.number(), database_mb: v.number() })

export async function openPostgres(folder: string): Promise<Postgres> {
  const lines = readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n')
  const [pid, socketFolder] = [Number(lines[0]), lines[4] ?? '']
  const sql = openSql(`postgres://mesher@localhost/mesher?host=${encodeURIComponent(socketFolder)}`, 1)
  const now = async () => {
    const processes = [pid, ...childrenOf(pid)]
    const [row] = await sql`
      select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 / 1048576 as wal_mb,
        coalesce(sum(n_dead_tup)::float8 / nullif(sum(n_live_tup + n_dead_tup), 0), 0) as dead_share,
        pg_database_size(current_database())::float8 / 1048576 as database_mb
      from pg_stat_user_tables`
    const { wal_mb: walMb, dead_share: deadShare, database_mb: databaseMb } = v.parse(rowSchema, row)
    const postgresMb = processes.reduce((sum, each) => sum + ownMb(each), 0)
    return { postgresMb, backends: processes.length, walMb, deadShare, databaseMb }
  }
  await now()
  return { now, close: async () => await sql.end() }
}

/** Without what it shares with others; 0 for a process that has ended meanwhile. */
function ownMb(pid: number): number {
  try {
    return Number(/RssAnon:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return 0
    throw error
  }
}
