/**
 * Signs of life of a link. The other side is pinged at each beat; whatever it sends is a sign of life, a part of a
 * large frame too, so bytes are looked at, not frames. A beat that comes late says that this process itself stood
 * still: then silence proves nothing yet, and the time counts anew.
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
