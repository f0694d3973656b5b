/** Whether the database takes writes: one that answers may be a standby, or set read-only by an operator. */
import * as v from 'valibot'
import { ConnectionError } from './errors.ts'
import type { Sql } from './sql.ts'

const stateRow = v.strictObject({ read_only: v.boolean() })

/** Throws unless the database answers and takes writes. */
export async function requireWritable(sql: Sql): Promise<void> {
  const [row] = await sql.rows(stateRow)`select current_setting('transaction_read_only')::boolean as read_only`
  if (row?.read_only !== false) {
    throw new ConnectionError('READ_ONLY', 'the database is read-only: a standby, or set so by an operator')
  }
}
