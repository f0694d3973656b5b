/**
 * What of a database belongs into a backup: every table of Mesher's schema and every partition, in an order in which no
 * row comes before one that it refers to, and the sequences. It is read from the catalogue, so tables of later versions
 * are in it too. Left out are the list of nodes, which belongs to the nodes that run, and partitions that expired and
 * wait to be dropped.
 */
import * as v from 'valibot'
import { isPartitionName } from '../database/partitions.ts'
import type { Queryable } from '../database/sql.ts'

export type Table = {
  name: string
  columns: string[]
  isPartition: boolean
  /** Columns whose sums are compared. */
  summed: string[]
  /** Of the table on disk, roughly. */
  bytes: number
}

export type SequenceState = { name: string; lastValue: string; isCalled: boolean }

/** Nodes write their row at their start, and would be taken for running after a restore. */
const leftOut = new Set(['nodes'])

const tableRow = v.strictObject({
  name: v.string(),
  is_partition: v.boolean(),
  bytes: v.number(),
  columns: v.array(v.string()),
  summed: v.array(v.string())
})
const referenceRow = v.strictObject({ from: v.string(), to: v.string() })

export async function tablesOf(sql: Queryable): Promise<Table[]> {
  const rows = await sql.rows(tableRow)`
    select c.relname as name, c.relispartition as is_partition,
      coalesce(pg_table_size(c.oid), 0) as bytes,
      array_agg(a.attname::text order by a.attnum) as columns,
      coalesce(array_agg(a.attname::text order by a.attnum)
        filter (where a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)), '{}') as summed
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relkind = 'r' and c.relnamespace = (select relnamespace from pg_class where oid = 'migrations'::regclass)
      and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
      and not exists (select from pg_inherits i where i.inhrelid = c.oid and i.inhdetachpending)
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
    group by c.oid order by c.relname`
  const tables = rows
    .filter(({ name, is_partition: isPartition }) => !leftOut.has(name) && (isPartition || !isPartitionName(name)))
    .map(({ is_partition: isPartition, summed, ...table }) => ({
      ...table,
      isPartition,
      summed: isPartition ? [] : summed
    }))
  return inOrder(tables, await referencesOf(sql))
}

async function referencesOf(sql: Queryable): Promise<v.InferOutput<typeof referenceRow>[]> {
  return await sql.rows(referenceRow)`
    select f.relname as "from", t.relname as "to" from pg_constraint k
    join pg_class f on f.oid = k.conrelid join pg_class t on t.oid = k.confrelid
    where k.contype = 'f' and k.conrelid <> k.confrelid
      and f.relnamespace = (select relnamespace from pg_class where oid = 'migrations'::regclass)`
}

/** Those that others refer to come first. Foreign keys in a circle have no order, and a test keeps them away. */
function inOrder(tables: readonly Table[], references: readonly { from: string; to: string }[]): Table[] {
  const done = new Set<string>()
  const ordered: Table[] = []
  let waiting = [...tables]
  while (waiting.length > 0) {
    const names = new Set(waiting.map(({ name }) => name))
    const ready = waiting.filter(({ name }) => !references.some(({ from, to }) => from === name && names.has(to)))
    if (ready.length === 0) throw new Error(`foreign keys in a circle: ${[...names].join(', ')}`)
    for (const table of ready) {
      done.add(table.name)
      ordered.push(table)
    }
    waiting = waiting.filter(({ name }) => !done.has(name))
  }
  return ordered
}

const sequenceNameRow = v.strictObject({ name: v.string() })
const sequenceRow = v.strictObject({ last_value: v.string(), is_called: v.boolean() })

/** Read after the snapshot of the rows, so no number that is in a row is given out again. */
export async function sequencesOf(sql: Queryable): Promise<SequenceState[]> {
  const names = await sql.rows(sequenceNameRow)`
    select relname as name from pg_class
    where relkind = 'S' and relnamespace = (select relnamespace from pg_class where oid = 'migrations'::regclass)
    order by relname`
  const states: SequenceState[] = []
  for (const { name } of names) {
    const [state] = await sql.rows(sequenceRow)`select last_value::text, is_called from ${sql(name)}`
    if (state !== undefined) states.push({ name, lastValue: state.last_value, isCalled: state.is_called })
  }
  return states
}

/** How many rows a table has, and the sums of these columns. */
export async function sumsOf(
  sql: Queryable,
  table: string,
  columns: readonly string[]
): Promise<{ rows: number; sums: Record<string, string> }> {
  const text = columns.map(column => `, coalesce(sum("${column}"), 0)::text as "${column}"`).join('')
  const [row] = await sql.unsafe(`select count(*)::text as "row count"${text} from "${table}"`)
  const { 'row count': rows, ...sums } = v.parse(v.record(v.string(), v.string()), row)
  return { rows: Number(rows), sums }
}
