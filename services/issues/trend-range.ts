/**
 * The 24 buckets of a trend, all of the same length. Rollups count hours, so buckets are of whole hours, and of whole
 * days where that is hardly longer; minutes are known of the last day only. The last bucket ends with the range, or
 * with the hour in which the range ends; what the range has before the first bucket counts in the first.
 */

/** `unitMs` is what the buckets are made of; all in milliseconds. */
export type TrendRange = { to: number; bucketMs: number; unitMs: number }

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
export const trendBuckets = 24
const stretchMax = 1.25
const minutesMax = 12 * hourMs
const minutesKeptMs = dayMs

export function trendRangeOf({ from, to }: { from: number; to: number }, now: number): TrendRange {
  if (to - from <= minutesMax && from >= now - minutesKeptMs) return wholeBuckets(from, to, minuteMs)
  const byHours = wholeBuckets(from, to, hourMs)
  const byDays = wholeBuckets(from, to, dayMs)
  return byDays.bucketMs <= byHours.bucketMs * stretchMax ? byDays : byHours
}

function wholeBuckets(from: number, to: number, unitMs: number): TrendRange {
  return {
    to: Math.ceil(to / unitMs) * unitMs,
    bucketMs: Math.max(1, Math.ceil((to - from) / trendBuckets / unitMs)) * unitMs,
    unitMs
  }
}

/** When the buckets begin, oldest first. */
export function trendStarts({ to, bucketMs }: TrendRange): number[] {
  return Array.from({ length: trendBuckets }, (_, index) => to - (trendBuckets - index) * bucketMs)
}
