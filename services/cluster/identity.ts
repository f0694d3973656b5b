/**
 * Which database this is. The id is a row that all its nodes read, so it may change while they run. A copy of the
 * database has the same row: the first start on a copy notices that the server or the oid is another, and makes a new
 * id. It cannot notice a copy of all files (a base backup, a data folder), nor any copy where the role may not read
 * what server it is on.
 */
import * as v from 'valibot'
import type { Queryable } from '../database/sql.ts'

const idRow = v.strictObject({ id: v.string() })
const mayReadRow = v.strictObject({ may_read: v.nullable(v.boolean()) })

export async function readIdentity(sql: Queryable): Promise<string> {
  const [row] = await sql.rows(idRow)`select id from database_identity`
  if (row === undefined) throw new Error('the row of database_identity is gone: insert one ("default values")')
  return row.id
}

/** For a start: gives a copy an id of its own. Nodes that start at once agree, for the second one finds it done. */
export async function settleIdentity(sql: Queryable): Promise<void> {
  // A row without a place may have been copied before its first start.
  // Some services that speak PostgreSQL's protocol lack the function or keep it to themselves.
  const [row] = await sql.rows(mayReadRow)`
    select has_function_privilege(to_regprocedure('pg_control_system()'), 'execute') as may_read`
  if (row?.may_read !== true) return
  await sql`
    update database_identity i set id = gen_random_uuid(), system_identifier = here.system_identifier,
      database_oid = here.oid
    from (select system_identifier, (select oid::bigint from pg_database where datname = current_database()) as oid
      from pg_control_system()) here
    where (i.system_identifier, i.database_oid) is distinct from (here.system_identifier, here.oid)`
}
