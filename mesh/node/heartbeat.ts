/**
 * The heartbeat of a link. The other side is pinged at each beat, and any byte from it counts as a sign of life, also a
 * part of a large frame. A beat that comes late means that this process itself was blocked: then silence proves
 * nothing, and the time counts anew.
 */
import type { Clock } from '../process/clock.ts'
import type { NodeTiming } from './node-types.ts'

export type Heartbeat = {
  pong: () => void
  roundTripMs: () => number | undefined
  stop: () => void
}

type HeartbeatOptions = {
  readonly clock: Clock
  readonly timing: NodeTiming
  readonly bytesRead: () => number
  readonly ping: () => void
  readonly onSilence: (why: string) => void
}

export function heartbeat({
  clock,
  timing: { heartbeatMs, downAfterMs },
  bytesRead,
  ping,
  onSilence
}: HeartbeatOptions): Heartbeat {
  let seenBytes = bytesRead()
  let heardAt = clock.nowMs()
  let pingedAt: number | undefined
  let roundTripMs: number | undefined
  let beatsAt = heardAt + heartbeatMs
  let cancel = clock.after(heartbeatMs, beat)

  function beat(): void {
    const now = clock.nowMs()
    if (bytesRead() !== seenBytes || now - beatsAt >= heartbeatMs) heardAt = now
    seenBytes = bytesRead()
    if (now - heardAt >= downAfterMs) return onSilence(`nothing was heard for ${Math.round(now - heardAt)} ms`)
    pingedAt ??= now
    ping()
    beatsAt = now + heartbeatMs
    cancel = clock.after(heartbeatMs, beat)
  }

  return {
    pong: () => {
      if (pingedAt !== undefined) roundTripMs = clock.nowMs() - pingedAt
      pingedAt = undefined
    },
    roundTripMs: () => roundTripMs,
    stop: () => cancel()
  }
}
