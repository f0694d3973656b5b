/**
 * The buckets of a chart: hours of UTC, or days of a time zone. Rollups know whole hours of UTC, so where midnight is
 * not on one of them (India, Newfoundland), a day begins with the first whole hour after midnight. Days have 23 or 25
 * hours where clocks are changed, and a day that a zone leaves out has no bucket.
 */
import { LRUCache } from 'lru-cache'
import type { Span } from '../rollups/summed-hours.ts'

export type Interval = 'hour' | 'day'
export const intervalMs = { hour: 3_600_000, day: 86_400_000 } as const

/** When the buckets of a range begin, oldest first, in milliseconds. `zone` is a name that the runtime knows. */
export function bucketStarts({ from, to }: Span, interval: Interval, zone: string): number[] {
  const starts: number[] = []
  if (interval === 'hour' || zone === 'UTC') {
    const ms = intervalMs[interval]
    for (let at = Math.floor(from / ms) * ms; at < to; at += ms) starts.push(at)
    return starts
  }
  const clock = clockOf(zone)
  // One more before: the day that the range begins in may begin an hour late.
  for (let day = dayAt(clock, from) - 1; ; day++) {
    const start = firstHourOf(clock, day)
    if (start >= to) return starts
    if (start <= from) starts.length = 0
    if (start !== starts.at(-1)) starts.push(start)
  }
}

type Clock = Intl.DateTimeFormat

const clocks = new LRUCache<string, Clock>({ max: 100 })

function clockOf(zone: string): Clock {
  const known = clocks.get(zone)
  if (known !== undefined) return known
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric'
  })
  clocks.set(zone, clock)
  return clock
}

/** The minute that clocks show, as if they showed UTC. */
function shownAt(clock: Clock, ms: number): number {
  const [month = 1, day = 1, year = 1970, hour = 0, minute = 0] = clock.format(ms).match(/\d+/g)?.map(Number) ?? []
  return Date.UTC(year, month - 1, day, hour, minute)
}

/** Days since 1970, by the calendar of the zone. */
function dayAt(clock: Clock, ms: number): number {
  return Math.floor(shownAt(clock, ms) / intervalMs.day)
}

/** The first whole hour of UTC within a day of the zone, or after it if the zone has no such day. */
function firstHourOf(clock: Clock, day: number): number {
  const midnight = day * intervalMs.day
  const about = midnight - (shownAt(clock, midnight) - midnight)
  let hour = Math.floor(about / intervalMs.hour) * intervalMs.hour
  while (dayAt(clock, hour) >= day) hour -= intervalMs.hour
  while (dayAt(clock, hour) < day) hour += intervalMs.hour
  return hour
}
