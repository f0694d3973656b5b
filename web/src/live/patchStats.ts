/**
 * What the stream says of events, put into numbers that are shown: until the server is asked again, they move by what
 * has come.
 */
import type { Health, Level, Volume } from '../api/types.ts'

export type Arrived = Readonly<Record<Level, number>>

const lengthMs = { hour: 3_600_000, day: 86_400_000 } as const

export function countOf(arrived: Arrived): number {
  return Object.values(arrived).reduce((sum, count) => sum + count, 0)
}

/** The last bucket grows; when its time is over, the next one begins. Days are those of the server's answer. */
export function volumeWith(volume: Volume, arrived: Arrived, nowMs: number): Volume {
  const count = countOf(arrived)
  const last = volume.data.at(-1)
  if (count === 0 || last === undefined) return volume
  const length = lengthMs[volume.interval]
  const passed = Math.floor((nowMs - Date.parse(last.bucket)) / length)
  // A clock that is behind the server's counts into the last one, too.
  if (passed <= 0) {
    const { fatal, error, warning, info, debug } = last.by_level
    const byLevel = {
      fatal: fatal + arrived.fatal,
      error: error + arrived.error,
      warning: warning + arrived.warning,
      info: info + arrived.info,
      debug: debug + arrived.debug
    }
    return { ...volume, data: [...volume.data.slice(0, -1), { ...last, count: last.count + count, by_level: byLevel }] }
  }
  return {
    ...volume,
    data: [
      ...volume.data,
      { bucket: new Date(Date.parse(last.bucket) + passed * length).toISOString(), count, by_level: { ...arrived } }
    ]
  }
}

/** `inRange` of the events are in the range and the environments of the page. */
export function healthWith(health: Health, count: number, inRange: number): Health {
  if (count === 0) return health
  const { range } = health
  return {
    ...health,
    events_24h: health.events_24h + count,
    range: { ...range, events: range.events + inRange }
  }
}
