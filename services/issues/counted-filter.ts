/**
 * What the numbers of a list of issues go by: the range of time, and the environments and releases asked for by name.
 * Whatever else a search says chooses issues, and does not change their numbers.
 */
import type { ExactRange } from '../counts/exact-range.ts'

/** Empty lists mean all; `''` means events without the field. With `isOpen` the range ends now. */
export type CountedFilter = {
  range: ExactRange
  isOpen: boolean
  environments: readonly string[]
  releases: readonly string[]
}

/** An issue and all that was merged into it, over its whole life. Times are in milliseconds. */
export type IssueLife = { id: string; events: number; users: number; firstSeen: number; lastSeen: number }

/** Whether the numbers of an issue are those of its whole life. */
export function isWhole({ range, isOpen, environments, releases }: CountedFilter, { firstSeen }: IssueLife): boolean {
  return isOpen && environments.length === 0 && releases.length === 0 && firstSeen >= range.from
}
