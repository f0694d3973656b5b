/** What a chart of volume draws: levels stacked from below, what is worst on the axis; ticks; names below it. */
import type { Level } from '../api/types.ts'
import { absoluteShort, date, dayOfYear, hourOfDay } from '../lib/time.ts'

export type VolumeBucket = { bucket: string; count: number; by_level?: Readonly<Record<Level, number>> }
export type VolumeUnit = 'events' | 'bytes'
export type Interval = 'hour' | 'day'

const levels: readonly Level[] = ['fatal', 'error', 'warning', 'info', 'debug']

export function presentLevels(buckets: readonly VolumeBucket[]): Level[] {
  return levels.filter(level => buckets.some(bucket => (bucket.by_level?.[level] ?? 0) > 0))
}

export type Bar = { index: number; level: Level | null; from: number; to: number }

/** Each part of each bar, from and to a number of what is counted. Without levels a bar is one part. */
export function barsOf(buckets: readonly VolumeBucket[], shown: readonly Level[]): Bar[] {
  return buckets.flatMap((bucket, index): Bar[] => {
    if (bucket.by_level === undefined) {
      return bucket.count === 0 ? [] : [{ index, level: null, from: 0, to: bucket.count }]
    }
    let from = 0
    return shown.flatMap(level => {
      const count = bucket.by_level?.[level] ?? 0
      if (count === 0) return []
      const bar = { index, level, from, to: from + count }
      from = bar.to
      return [bar]
    })
  })
}

const ticksWanted = 3

/** From 0 in whole steps of 1, 2 or 5 times a power of ten, until nothing is higher; bytes in their larger units. */
export function ticksOf(highest: number, unit: VolumeUnit = 'events'): number[] {
  if (unit === 'bytes') {
    const size = 1_024 ** Math.floor(Math.log(Math.max(1, highest)) / Math.log(1_024))
    return ticksOf(highest / size).map(tick => tick * size)
  }
  const rough = Math.max(1, highest) / ticksWanted
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = Math.max(1, ([1, 2, 5, 10].find(times => times * power >= rough) ?? 10) * power)
  return Array.from({ length: Math.ceil(Math.max(1, highest) / step) + 1 }, (_, index) => index * step)
}

const hoursShownMax = 48

export type AxisName = { index: number; text: string }

/** Short names below the axis, at most so many: hours of a day or two; of more, the days alone. */
export function axisNames(buckets: readonly VolumeBucket[], interval: Interval, namesMax: number): AxisName[] {
  const time = (index: number): string => buckets[index]?.bucket ?? ''
  const day = (index: number): string => dayOfYear(time(index))
  const hours = (Date.parse(time(buckets.length - 1)) - Date.parse(time(0))) / 3_600_000
  const isNewDay = (index: number): boolean => index > 0 && day(index) !== day(index - 1)
  const all = buckets.map((_, index) => index)
  const areDays = interval === 'day' || hours > hoursShownMax
  const named = areDays && interval === 'hour' ? all.filter(isNewDay) : all
  const every = Math.max(1, Math.ceil(named.length / Math.max(1, namesMax)))
  return named
    .filter((_, place) => place % every === 0)
    .map(index => ({ index, text: areDays || isNewDay(index) ? day(index) : hourOfDay(time(index)) }))
}

export function bucketName(bucket: string, interval: Interval): string {
  return interval === 'day' ? date(bucket) : absoluteShort(bucket)
}
