/**
 * How many bytes of bodies and prepared events this process holds at most. A budget is an eighth of what the heap may
 * grow to, and at most 64 MB: a small machine refuses (503) where it would run out of memory. Node sizes the heap by
 * the memory of the machine or container, or by `--max-old-space-size`.
 */
import { getHeapStatistics } from 'node:v8'
import { limits } from '../../schema/limits.ts'

const mb = 1024 * 1024
const budgetMax = 64 * mb
const share = 1 / 8

/** In bytes; `eventChars` in characters. A single body of the largest size always has room. */
export type MemoryBudgets = {
  /** Bodies that are arriving: all, and those of one project. */
  bodies: number
  bodiesOfProject: number
  /** Bodies whose events have no outcome yet. */
  held: number
  /** Payloads that wait for a commit. */
  eventChars: number
}

export function memoryBudgets(heapBytesMax: number = getHeapStatistics().heap_size_limit): MemoryBudgets {
  const budget = Math.max(limits.envelopeBytesMax, Math.min(budgetMax, Math.floor(heapBytesMax * share)))
  return {
    bodies: budget,
    bodiesOfProject: Math.max(limits.envelopeBytesMax, budget / 2),
    held: budget,
    eventChars: budget
  }
}
