/**
 * Where in a chart releases came up. What stands in its first bucket is left out: that may have come long before what
 * is kept.
 */
import type { Release } from '../api/types.ts'

export type ReleaseCame = Pick<Release, 'version' | 'first_seen'>

/** The bucket by its place, and the releases that came in it. */
export type ReleaseMark = { index: number; versions: string[] }

/** More marks than these would hide what they stand in: they are short ticks then. */
export const wholeMarksMax = 4
export const tickPx = 7

export function releaseMarks(
  buckets: readonly { bucket: string }[],
  bucketMs: number,
  releases: readonly ReleaseCame[]
): ReleaseMark[] {
  const versions = new Map<number, string[]>()
  const begins = buckets.map(({ bucket }) => Date.parse(bucket))
  for (const { version, first_seen: came } of releases) {
    const at = Date.parse(came)
    const index = begins.findLastIndex(begin => begin <= at && at < begin + bucketMs)
    if (index > 0) versions.set(index, [...(versions.get(index) ?? []), version])
  }
  return [...versions].map(([index, versions]) => ({ index, versions })).sort((a, b) => a.index - b.index)
}

/** "web@1.4.0", "web@1.4.0 and 2 more" */
export function namesOf({ versions: [first, ...others] }: ReleaseMark): string {
  return `${first ?? ''}${others.length === 0 ? '' : ` and ${others.length} more`}`
}
