/**
 * Ids of events: UUIDv7, minted once per request on arrival. The time an event was received is the time inside its id,
 * so both say the same for ever. Event n of a request has the seed's id with n added to the last 16 bits: processing a
 * request again makes the same ids.
 */
import assert from 'node:assert'
import { v7 as uuidv7 } from 'uuid'

/** A new UUIDv7 of this millisecond. */
export function mintEventId(nowMs: number = Date.now()): string {
  return uuidv7({ msecs: nowMs })
}

/** A new id whose last 16 bits are free to count the events of a request. */
export function mintBulkSeed(nowMs: number = Date.now()): string {
  return `${mintEventId(nowMs).slice(0, -4)}0000`
}

/** The id of event `index` of the request with this seed. */
export function eventIdAt(seed: string, index: number): string {
  if (index === 0) return seed
  const last = Number.parseInt(seed.slice(-4), 16) + index
  assert(last <= 0xffff, 'a seed for many events ends in 0000')
  return seed.slice(0, -4) + last.toString(16).padStart(4, '0')
}

/** Milliseconds since the epoch, as the id says. */
export function receivedAtOf(id: string): number {
  return Number.parseInt(id.slice(0, 8), 16) * 0x10000 + Number.parseInt(id.slice(9, 13), 16)
}

/** The first id of a millisecond. */
export function idAt(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-0000-0000-000000000000`
}
