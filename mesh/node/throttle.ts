/**
 * Limits reading to a number of bytes a second, on average and with a burst of one second's worth. Beyond that reading
 * pauses; the sender notices it as a link that accepts no more.
 */
import type { Clock } from '../process/clock.ts'

export type Throttle = { count: (bytes: number) => void; stop: () => void }

type ThrottleOptions = {
  readonly clock: Clock
  readonly perSMax: number
  readonly pause: () => void
  readonly resume: () => void
}

export function throttle({ clock, perSMax, pause, resume }: ThrottleOptions): Throttle {
  let left = perSMax
  let countedAt = clock.nowMs()
  let cancel: (() => void) | undefined

  function count(bytes: number): void {
    left -= bytes
    if (left >= 0 || cancel !== undefined) return
    refill()
    if (left >= 0) return
    pause()
    cancel = clock.after((-left / perSMax) * 1000, () => {
      cancel = undefined
      refill()
      resume()
    })
  }

  function refill(): void {
    const now = clock.nowMs()
    left = Math.min(perSMax, left + ((now - countedAt) / 1000) * perSMax)
    countedAt = now
  }

  /** Resumes reading, because the end of the connection has to be read too. */
  function stop(): void {
    if (cancel === undefined) return
    cancel()
    resume()
  }

  return { count, stop }
}
