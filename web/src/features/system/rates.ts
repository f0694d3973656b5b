/** Rates from readings of figures that only grow. */
import type { PipelineFigures } from '../../api/types.ts'

export type Rates = {
  /** A second. */
  committed: number
  stored: number
  refused: number
  transactions: number
  /** Events in one transaction, and milliseconds that it took; null when there was none. */
  eventsEach: number | null
  msEach: number | null
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0)

/** null when they tell nothing: no time has passed between them, or the node has started anew. */
export function ratesBetween(before: PipelineFigures, after: PipelineFigures): Rates | null {
  const seconds = (Date.parse(after.at) - Date.parse(before.at)) / 1_000
  const transactions = after.commits.transactions - before.commits.transactions
  const committed = sum(after.committed) - sum(before.committed)
  if (seconds <= 0 || transactions < 0 || committed < 0) return null
  return {
    committed: committed / seconds,
    stored: ((after.committed.stored ?? 0) - (before.committed.stored ?? 0)) / seconds,
    refused: (sum(after.refused) - sum(before.refused)) / seconds,
    transactions: transactions / seconds,
    eventsEach: transactions === 0 ? null : (after.commits.events - before.commits.events) / transactions,
    msEach: transactions === 0 ? null : ((after.commits.seconds - before.commits.seconds) * 1_000) / transactions
  }
}
