/** How a number of events compares with the one of the time before, which was as long. */

/** Events between two times in milliseconds. */
export type CountedSpan = { count: number; from: number; to: number }

/**
 * Events an hour now, of those before: 0.25 is a quarter more. By the hour, for the hour that has just begun is short.
 * Null where there was nothing before.
 */
export function changeOf(present: CountedSpan, before: CountedSpan): number | null {
  if (before.count === 0 || present.to <= present.from) return null
  return rateOf(present) / rateOf(before) - 1
}

/** "+25%", "−8%", "±0%", "×12" from ten times as many on; of more than a hundred times no number says anything. */
export function changeText(change: number): string {
  if (change >= 99) return '×99+'
  if (change >= 9) return `×${Math.round(change + 1)}`
  const percent = Math.round(change * 100)
  return percent === 0 ? '±0%' : `${percent > 0 ? '+' : '−'}${Math.abs(percent)}%`
}

function rateOf({ count, from, to }: CountedSpan): number {
  return count / (to - from)
}
