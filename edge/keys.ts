/**
 * Decides whether a DSN key is good, from the last snapshot of the key cache. A key that is not in the snapshot may be
 * new: the decision then waits for the next snapshot, for a short time and for a bounded number of requests. Keys that
 * were not found are remembered for a second, so that guessing costs the database nothing. Without an answer of the
 * database, unknown keys are refused with 503 and known ones still work.
 */
import { LRUCache } from 'lru-cache'
import type { Refusal } from '../schema/outcomes.ts'
import type { IngestKey } from '../schema/pipeline.ts'
import { edgeRefusals } from './problems.ts'
import type { KeySnapshot } from '../actors/ingestion/messages.ts'

export type KeyDecision = { ok: true; key: IngestKey } | { ok: false; refusal: Refusal }

export type KeyDecider = {
  /** Decides at once where it can, otherwise with the next snapshot, or when the patience ends. */
  decide: (publicKey: string | null, decided: (decision: KeyDecision) => void) => void
  take: (snapshot: KeySnapshot) => void
  sweep: (now: number) => void
  /** Refuses all that still wait for a decision. */
  refuseAll: (refusal: Refusal) => void
  /** Whether a key is good now. Sockets are checked again, because they outlive the decision. */
  isGood: (publicKey: string) => boolean
}

export type KeyDeciderOptions = { refresh: () => void; patienceMs: number; waitersMax: number; now: () => number }

type Waiter = { publicKey: string; since: number; decided: (decision: KeyDecision) => void }

const refusedKeptMs = 1_000
const refusedMax = 10_000

export function keyDecider({ refresh, patienceMs, waitersMax, now }: KeyDeciderOptions): KeyDecider {
  let snapshot: KeySnapshot = { version: 0, asOf: -Infinity, fresh: false, keys: new Map() }
  let waiters: Waiter[] = []
  const refused = new LRUCache<string, true>({ max: refusedMax, ttl: refusedKeptMs, perf: { now } })

  function decide(publicKey: string | null, decided: (decision: KeyDecision) => void): void {
    if (publicKey === null) return decided({ ok: false, refusal: edgeRefusals.noKey })
    const key = snapshot.keys.get(publicKey)
    if (key !== undefined) return decided({ ok: true, key })
    if (refused.has(publicKey)) return decided({ ok: false, refusal: edgeRefusals.unknownKey })
    // No refresh: the cache polls by itself, and sends a snapshot when the database is back.
    if (isStale(snapshot)) return decided({ ok: false, refusal: edgeRefusals.keysUnavailable })
    if (waiters.length >= waitersMax) return decided({ ok: false, refusal: edgeRefusals.busy })
    if (waiters.length === 0) refresh()
    waiters.push({ publicKey, since: now(), decided })
  }

  function take(next: KeySnapshot): void {
    snapshot = next
    const waited = waiters
    waiters = []
    for (const waiter of waited) {
      const { publicKey, since, decided } = waiter
      const key = next.keys.get(publicKey)
      if (key !== undefined) decided({ ok: true, key })
      else if (!next.fresh) decided({ ok: false, refusal: edgeRefusals.keysUnavailable })
      else if (since > next.asOf) waiters.push(waiter)
      else {
        refused.set(publicKey, true)
        decided({ ok: false, refusal: edgeRefusals.unknownKey })
      }
    }
    if (waiters.length > 0) refresh()
  }

  function sweep(at: number): void {
    const late = waiters.filter(({ since }) => since <= at - patienceMs)
    waiters = waiters.filter(({ since }) => since > at - patienceMs)
    for (const { decided } of late) decided({ ok: false, refusal: edgeRefusals.keysUnavailable })
  }

  function refuseAll(refusal: Refusal): void {
    const waited = waiters
    waiters = []
    for (const { decided } of waited) decided({ ok: false, refusal })
  }

  return { decide, take, sweep, refuseAll, isGood: publicKey => snapshot.keys.has(publicKey) }
}

/** Whether the last poll failed. Version 0 is the time before the first poll. */
function isStale({ version, fresh }: KeySnapshot): boolean {
  return !fresh && version > 0
}
