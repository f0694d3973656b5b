/** What was acknowledged against what is stored: rows that are missing, doubled, or of a transaction cut in two. */
import { rowsOf, type Way } from './types.ts'

/** Of one transaction; `numbers` are the different ones among its rows. */
export type StoredTransaction = { way: Way; transaction: number; rows: number; numbers: number }

export type Comparison = {
  /** Rows that were acknowledged and are not there. */
  lost: number
  /** Rows that are there once more than they were written. */
  doubled: number
  /** Transactions without an acknowledgement of which some rows are there and others not. */
  torn: number
  /** Transactions without an acknowledgement that are there: their clients could not know. */
  unknown: number
}

export function compare(way: Way, acknowledged: readonly number[], stored: readonly StoredTransaction[]): Comparison {
  const result = { lost: 0, doubled: 0, torn: 0, unknown: 0 }
  const missing = new Set(acknowledged)
  for (const { way: storedBy, transaction, rows, numbers } of stored) {
    if (storedBy !== way) continue
    result.doubled += rows - numbers
    const isWhole = numbers === rowsOf[way]
    if (missing.delete(transaction)) result.lost += rowsOf[way] - numbers
    else if (isWhole) result.unknown += 1
    else result.torn += 1
  }
  result.lost += missing.size * rowsOf[way]
  return result
}
