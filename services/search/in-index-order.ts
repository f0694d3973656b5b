/** Statements of a transaction that look for the newest events of many issues, each within its own bounds. */
import type { Sql, TransactionSql } from '../database/sql.ts'

/**
 * Keeps the planner from sorting. Bounds that come from rows say nothing of how many events they hold: it expects a
 * handful, and reads and sorts all events of a frequent issue, over 100 s for one page of a project with ten million,
 * where the index, read from its end, is through with the first hundreds.
 */
export async function inIndexOrder<Result>(sql: Sql, work: (sql: TransactionSql) => Promise<Result>): Promise<Result> {
  return await sql.begin(async sql => {
    await sql`select set_config('enable_sort', 'off', true), set_config('jit', 'off', true)`
    return await work(sql)
  })
}
