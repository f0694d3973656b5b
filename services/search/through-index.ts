/** Statements of a transaction that are to use the index of words. */
import type { TransactionSql } from '../database/sql.ts'

/** Forces the index of words, whose cost alone is bounded by the number of matches. */
export async function throughIndex<Result>(sql: TransactionSql, work: () => Promise<Result>): Promise<Result> {
  const set = async (value: 'on' | 'off'): Promise<void> => {
    await sql`
      select set_config('jit', 'off', true), set_config('enable_seqscan', ${value}, true),
        set_config('enable_indexscan', ${value}, true), set_config('enable_indexonlyscan', ${value}, true)`
  }
  await set('off')
  const result = await work()
  await set('on')
  return result
}
