/**
 * Restart intensity: how often a supervisor restarts before it gives up, and how long it waits before a restart. The
 * first restart is immediate; restarts that follow soon after wait 10 ms, doubling up to one second.
 */
import assert from 'node:assert/strict'

export type Intensity = {
  readonly maxRestarts: number
  readonly withinMs: number
  /** Times of the restarts that still count, oldest first: at most maxRestarts of them. */
  readonly restartedAt: number[]
}

const pauseMsMin = 10
const pauseMsMax = 1000

export function intensity({
  maxRestarts = 3,
  withinMs = 5000
}: {
  maxRestarts?: number
  withinMs?: number
}): Intensity {
  assert(maxRestarts >= 0 && withinMs > 0)
  return { maxRestarts, withinMs, restartedAt: [] }
}

/** Whether one more restart would be within the intensity. */
export function hasRestartLeft({ maxRestarts, withinMs, restartedAt }: Intensity, now: number): boolean {
  return restartedAt.filter(at => at > now - withinMs).length < maxRestarts
}

/** Counts one more restart, and returns whether it is within the intensity. */
export function admitsRestart({ maxRestarts, withinMs, restartedAt }: Intensity, now: number): boolean {
  const firstThatCounts = restartedAt.findIndex(at => at > now - withinMs)
  restartedAt.splice(0, firstThatCounts === -1 ? restartedAt.length : firstThatCounts)
  if (restartedAt.length >= maxRestarts) return false
  restartedAt.push(now)
  return true
}

/** `streak` is the number of consecutive restarts, this one included. */
export function pauseMsBefore(streak: number): number {
  assert(streak >= 1)
  return streak === 1 ? 0 : Math.min(pauseMsMin * 2 ** (streak - 2), pauseMsMax)
}
