/**
 * The list of issues that one came from: where it is, and its rows in order, so that an issue knows the next one and
 * the way back.
 */
import { shallowRef } from 'vue'

export type IssueTrail = {
  project: string
  /** The list's address, filters included. */ address: string
  ids: readonly string[]
  /** Where the cursor was. */ cursor: string | null
}

export const issueTrail = shallowRef<IssueTrail | null>(null)

/** The issue that stands so many rows further in that list; null at its ends, and for an issue that is not in it. */
export function neighbourOf(trail: IssueTrail | null, issue: string, by: 1 | -1): string | null {
  const index = trail?.ids.indexOf(issue) ?? -1
  return index === -1 ? null : (trail?.ids[index + by] ?? null)
}
