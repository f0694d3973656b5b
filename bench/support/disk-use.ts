/** What events take on disk: the partitions of their table, and what was written to the log. */
import { openSql } from './postgres.ts'

/** Bytes of an event that is stored. */
export type DiskUse = { heap: number; toast: number; indexes: number }

/** Bytes of the log since the server was made; the difference of two is what was written between. */
export async function walPosition(url: string): Promise<number> {
  const sql = openSql(url, 1)
  try {
    const [row] = await sql<{ wal: number }[]>`select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 as wal`
    return row?.wal ?? 0
  } finally {
    await sql.end()
  }
}

/** Throws when no event is stored. */
export async function diskUse(url: string): Promise<DiskUse & { rows: number }> {
  const sql = openSql(url, 1)
  try {
    const [row] = await sql<{ heap: number; toast: number; indexes: number; rows: number }[]>`
      select sum(pg_relation_size(c.oid))::float8 as heap, sum(pg_indexes_size(c.oid))::float8 as indexes,
        sum(pg_table_size(c.oid) - pg_relation_size(c.oid))::float8 as toast,
        (select count(*)::float8 from events) as rows
      from pg_inherits join pg_class c on c.oid = inhrelid where inhparent = 'events'::regclass
        and pg_relation_size(c.oid) > 0`
    if (!row || row.rows === 0) throw new Error('no event was stored')
    const { heap, toast, indexes, rows } = row
    return { heap: heap / rows, toast: toast / rows, indexes: indexes / rows, rows }
  } finally {
    await sql.end()
  }
}
