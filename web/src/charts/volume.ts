/**
 * How finely a range of time is shown: hours, several of them in one bucket, or days, but never more than 120 buckets.
 */
import type { Level, Volume } from '../api/types.ts'

export const bucketsMax = 120
const [hourMs, dayMs] = [3_600_000, 86_400_000]
const hoursAsked = 336
const foldings = [1, 2, 4] as const

export type Resolution = {
  interval: 'hour' | 'day'
  /** So many hours or days are one bucket. */ fold: number
  bucketMs: number
}

export function resolutionOf(lengthMs: number): Resolution {
  const hours = Math.ceil(lengthMs / hourMs) + 1
  const fold = foldings.find(several => hours / several <= bucketsMax)
  return fold === undefined || hours > hoursAsked + 1
    ? { interval: 'day', fold: 1, bucketMs: dayMs }
    : { interval: 'hour', fold, bucketMs: fold * hourMs }
}

type Bucket = Volume['data'][number]

/** Several buckets as one, beginning at whole multiples of their length. */
export function folded(buckets: readonly Bucket[], { fold, bucketMs }: Resolution): Bucket[] {
  if (fold === 1) return [...buckets]
  const sums = new Map<number, Bucket>()
  for (const { bucket, count, by_level: levels } of buckets) {
    const begin = Math.floor(Date.parse(bucket) / bucketMs) * bucketMs
    const sum = sums.get(begin)
    sums.set(
      begin,
      sum === undefined
        ? { bucket: new Date(begin).toISOString(), count, by_level: { ...levels } }
        : { ...sum, count: sum.count + count, by_level: added(sum.by_level, levels) }
    )
  }
  return [...sums.values()]
}

type Levels = Record<Level, number>

function added(a: Levels, b: Levels): Levels {
  return {
    fatal: a.fatal + b.fatal,
    error: a.error + b.error,
    warning: a.warning + b.warning,
    info: a.info + b.info,
    debug: a.debug + b.debug
  }
}

/** Most severe first, without levels that do not occur. */
export function levelsOf(buckets: readonly Bucket[]): { value: Level; count: number }[] {
  const sum = buckets.reduce<Levels>((total, bucket) => added(total, bucket.by_level), {
    fatal: 0,
    error: 0,
    warning: 0,
    info: 0,
    debug: 0
  })
  const { fatal, error, warning, info, debug } = sum
  const all: { value: Level; count: number }[] = [
    { value: 'fatal', count: fatal },
    { value: 'error', count: error },
    { value: 'warning', count: warning },
    { value: 'info', count: info },
    { value: 'debug', count: debug }
  ]
  return all.filter(({ count }) => count > 0)
}
