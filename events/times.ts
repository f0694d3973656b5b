/**
 * When an event happened. A client's clock may be wrong: a time too far from the arrival gives way to it, and stays in
 * `extra`.
 */
import assert from 'node:assert'
import { isoTimeMs } from '../schema/iso-time.ts'
import { limits } from '../schema/limits.ts'
import { note, type Notes } from './notes.ts'

/** `original` is what the client said, where it was not believed. */
export type Occurred = { atMs: number; text: string; original: string | number | null }

export function occurredAt(timestamp: string | number | null | undefined, receivedAt: number, notes: Notes): Occurred {
  if (timestamp == null) return { atMs: receivedAt, text: isoTextOf(receivedAt), original: null }
  const atMs = typeof timestamp === 'number' ? Math.round(timestamp * 1000) : isoTimeMs(timestamp)
  assert(atMs !== null, 'validation lets only times through')
  if (atMs <= receivedAt + limits.futureMsMax && atMs >= receivedAt - limits.pastMsMax) {
    return {
      atMs,
      text: typeof timestamp === 'string' && isStoredForm(timestamp) ? timestamp : isoTextOf(atMs),
      original: null
    }
  }
  note(
    notes,
    'timestamp',
    atMs > receivedAt
      ? 'was more than an hour in the future; the time of arrival is used'
      : 'was older than 30 days; the time of arrival is used'
  )
  return { atMs: receivedAt, text: isoTextOf(receivedAt), original: timestamp }
}

/**
 * `2026-11-23T13:16:49.214Z`, what JSON makes of a JavaScript date, is the form in which times are stored. To be asked
 * of times only.
 */
function isStoredForm(text: string): boolean {
  return text.length === 24 && text.charCodeAt(10) === 84 && text.charCodeAt(19) === 46 && text.charCodeAt(23) === 90
}

function isoTextOf(ms: number): string {
  return new Date(ms).toISOString()
}

type Timed = { timestamp?: string | number | null | undefined }

/** Oldest first, each without a time behind the one that it came after. The same list when it is in order already. */
export function inOrderOfTime<Item extends Timed>(items: Item[]): Item[] {
  let before: Timed['timestamp'] = null
  for (const { timestamp } of items) {
    if (timestamp == null) continue
    if (before != null && isEarlier(timestamp, before)) return sortedByTime(items)
    before = timestamp
  }
  return items
}

/** Texts of one form in UTC sort as they are: SDKs write no other, and to read them costs more than all else here. */
function isEarlier(timestamp: string | number, other: string | number): boolean {
  if (typeof timestamp === 'string' && typeof other === 'string' && isSameForm(timestamp, other)) {
    return timestamp < other
  }
  return (secondsOf(timestamp) ?? Infinity) < (secondsOf(other) ?? -Infinity)
}

function isSameForm(a: string, b: string): boolean {
  return a.length === b.length && a.endsWith('Z') && b.endsWith('Z') && a[10] === b[10]
}

function sortedByTime<Item extends Timed>(items: Item[]): Item[] {
  let latest = -Infinity
  const timed = items.map(item => {
    latest = secondsOf(item.timestamp) ?? latest
    return { item, at: latest }
  })
  // Of two without any time the difference is NaN.
  return timed.sort((a, b) => a.at - b.at || 0).map(({ item }) => item)
}

function secondsOf(timestamp: string | number | null | undefined): number | null {
  if (timestamp == null || typeof timestamp === 'number') return timestamp ?? null
  const ms = isoTimeMs(timestamp)
  return ms === null ? null : ms / 1000
}
