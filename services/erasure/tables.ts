/**
 * Which tables hold what is to be erased: every table that has a `project_id`, as the catalogue of the database says,
 * so that none can be forgotten. Rows that refer to others by a foreign key come before those.
 */
import * as v from 'valibot'
import type { ErasureRequest } from '../deletions/requests.ts'
import type { Queryable } from '../database/sql.ts'

/** `position` is the order; an erasure remembers by it how far it got. */
export type ErasureTable = { name: string; position: string; /** A partition of `events`. */ isEvents: boolean }

/** The list of erasures must outlive what it lists. */
const kept = ['erasures']
/** Events that the rollups of a project still count, whatever becomes of their issue. */
const uncounted = 'erased_events'

export async function erasureTables(
  sql: Queryable,
  { kind, received_before: before }: { kind: ErasureRequest['kind']; received_before: Date | null }
): Promise<ErasureTable[]> {
  const tables = await tablesOfProjects(sql)
  switch (kind) {
    case 'issue':
      return tables.filter(table => table.has_issue_id && table.name !== uncounted).map(shown)
    case 'event':
    case 'person':
      return []
    case 'older_than':
      return tables.map(shown).filter(({ name, isEvents }) => isEvents && isBefore(name, before))
    case 'project':
    case 'organization':
      return tables.map(shown)
  }
}

const tableRow = v.strictObject({ name: v.string(), position: v.string(), has_issue_id: v.boolean() })
type TableRow = v.InferOutput<typeof tableRow>

async function tablesOfProjects(sql: Queryable): Promise<TableRow[]> {
  return await sql.rows(tableRow)`
    with recursive tables as (
      select c.oid, c.relname::text as name,
        exists (select from pg_attribute i where i.attrelid = c.oid and i.attname = 'issue_id'
          and not i.attisdropped) as has_issue_id
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'project_id' and not a.attisdropped
      where c.relkind = 'r' and c.relname <> all (${kept})
        and c.relnamespace = (select relnamespace from pg_class where oid = 'projects'::regclass)
    ), ranked as (
      select oid, 0 as rank from tables
      union
      select r.confrelid, ranked.rank + 1 from ranked join pg_constraint r on r.contype = 'f'
        and r.conrelid = ranked.oid and r.confrelid <> r.conrelid
      where ranked.rank < 20
    )
    select name, lpad(max(rank)::text, 2, '0') || ' ' || name as position, has_issue_id
    from tables join ranked using (oid) group by name, has_issue_id order by max(rank), name collate "C"`
}

function shown({ name, position }: TableRow): ErasureTable {
  return { name, position, isEvents: dayOf(name) !== null }
}

function isBefore(name: string, before: Date | null): boolean {
  const day = dayOf(name)
  return day !== null && before !== null && day < before.getTime()
}

/** The day whose events a partition holds, from its name (services/database/partitions.ts). */
function dayOf(name: string): number | null {
  const [, year, month, date] = /^events_\d{2}_(\d{4})(\d{2})(\d{2})$/.exec(name) ?? []
  return year === undefined ? null : Date.UTC(Number(year), Number(month) - 1, Number(date))
}
