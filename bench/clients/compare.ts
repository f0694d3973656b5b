/**
 * Compares what was acknowledged with what is stored, and counts rows that are missing or doubled and transactions that
 * are stored in part.
 */
import { rowsOf, type Way } from './types.ts'

/** Of one transaction; `numbers` are the different ones among its rows. */
export type StoredTransaction = { way: Way; transaction: number; rows: number; numbers: number }

export type Comparison = {
  /** Rows that were acknowledged and are not there. */
  lost: number
  /** Rows beyond the first of each number. */
  doubled: number
  /** Transactions without an acknowledgement that are stored in part. */
  torn: number
  /** Transactions without an acknowledgement that are stored whole, which is allowed. */
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
