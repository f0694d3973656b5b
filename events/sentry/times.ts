/**
 * Times of SDKs: text in many forms, seconds or milliseconds since the epoch. A clock that is wrong by most of an hour
 * is told by when the envelope says it was sent: then all times of the event are moved. Whether a time is possible at
 * all is decided with all events'.
 */
import { isoTimeMs } from '../../schema/iso-time.ts'
import { note } from '../notes.ts'
import { dropped, type Coercion } from './values.ts'

const driftMsMin = 55 * 60 * 1000
/** Numbers above this many seconds are milliseconds. */
const secondsMax = 1e11

/** How much later the sender's clock would have to be, 0 when it is right enough or nothing is known of it. */
export function clockShiftMs(sentAt: unknown, receivedAt: number): number {
  const sentMs = typeof sentAt === 'string' || typeof sentAt === 'number' ? timeMs(sentAt) : null
  if (sentMs === null) return 0
  const shiftMs = receivedAt - sentMs
  return Math.abs(shiftMs) > driftMsMin ? shiftMs : 0
}

/** The value itself where it is a time that events may have. */
export function toTimestamp(value: unknown, path: string, { notes, shiftMs }: Coercion): unknown {
  if (value == null) return value
  if (typeof value !== 'string' && typeof value !== 'number') return dropped(value, path, notes)
  const atMs = timeMs(value)
  if (atMs === null) {
    note(notes, path, 'dropped: is no time')
    return undefined
  }
  if (shiftMs !== 0) return (atMs + shiftMs) / 1000
  return isPlain(value) ? value : atMs / 1000
}

/** True for what needs no reading: ISO text, or seconds. */
function isPlain(value: string | number): boolean {
  return typeof value === 'number' ? Math.abs(value) <= secondsMax : isoTimeMs(value) !== null
}

function timeMs(value: string | number): number | null {
  if (typeof value === 'string') {
    const text = value.trim()
    return isoTimeMs(text) ?? (/^-?\d{1,16}(?:\.\d{1,12})?$/.test(text) ? timeMs(Number(text)) : null)
  }
  if (!Number.isFinite(value)) return null
  const ms = Math.abs(value) > secondsMax ? value : value * 1000
  // What no date can hold is no time.
  return Math.abs(ms) <= 8.64e15 ? ms : null
}
