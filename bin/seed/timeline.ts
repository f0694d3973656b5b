/**
 * When events come: more by day than by night, fewer at weekends, slowly growing over the weeks, with noise from hour
 * to hour. Every event has its hour before the first one is made, so the number of events is exactly the one that was
 * asked for.
 */
import type { Random } from './random.ts'

/** `events` come in these milliseconds, evenly. */
export type Stretch = { from: number; to: number; events: number }

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** By the hour of the day, UTC: the users of this project live in Europe, and some in America. */
const byHour = [4, 3, 2, 2, 2, 3, 5, 9, 14, 17, 18, 18, 16, 17, 18, 18, 17, 16, 15, 14, 13, 11, 8, 6]
/** From Sunday on. */
const byWeekday = [0.45, 1, 1.1, 1.1, 1.05, 0.95, 0.5]
const growth = 0.6

/** Hours from `from` to `to`, oldest first, with `events` spread over them. */
export function stretchesOf({ from, to, events }: Stretch, random: Random): Stretch[] {
  const starts: number[] = []
  for (let start = Math.floor(from / hourMs) * hourMs; start < to; start += hourMs) starts.push(start)
  const hours = starts.map(start => ({ from: Math.max(start, from), to: Math.min(start + hourMs, to) }))
  const weights = hours.map(
    hour => weightOf(hour.from, (hour.from - from) / (to - from), random) * (hour.to - hour.from)
  )
  const total = weights.reduce((sum, weight) => sum + weight, 0)

  let weighed = 0
  let given = 0
  return hours.map((hour, index) => {
    weighed += weights[index] ?? 0
    const until = index === hours.length - 1 ? events : Math.round((events * weighed) / total)
    const stretch = { ...hour, events: until - given }
    given = until
    return stretch
  })
}

function weightOf(time: number, age: number, random: Random): number {
  const date = new Date(time)
  const hour = byHour[date.getUTCHours()] ?? 0
  const weekday = byWeekday[date.getUTCDay()] ?? 0
  return hour * weekday * (1 + growth * age) * (0.8 + 0.4 * random.unit())
}

/** The time of event `index` of the stretch; later ones are never earlier. */
export function timeIn({ from, to, events }: Stretch, index: number, random: Random): number {
  return Math.floor(from + ((index + random.unit()) / events) * (to - from))
}

export function dayOf(time: number): number {
  return Math.floor(time / dayMs) * dayMs
}
