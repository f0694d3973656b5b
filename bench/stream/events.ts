/**
 * What both sides of `bench/stream` publish: events of twenty environments, a few at a time, each with the moment of
 * its commit in its title.
 */
import { v7 as uuidv7 } from 'uuid'
import type { Level } from '../../schema/pipeline.ts'

export const environments = Array.from({ length: 20 }, (_, index) => `environment-${index + 1}`)

/** Calls back with how many events are due, `ratePerS` in all. */
export function pace(ratePerS: number, due: (count: number) => void): void {
  const startedAt = performance.now()
  let sent = 0
  setInterval(() => {
    const count = Math.floor(((performance.now() - startedAt) / 1_000) * ratePerS) - sent
    sent += count
    if (count > 0) due(count)
  }, 5)
}

export type BenchEvent = {
  id: string
  issueId: string
  title: string
  level: Level
  environment: string
  receivedAt: number
}

export function benchEvent(): BenchEvent {
  const now = performance.timeOrigin + performance.now()
  return {
    id: uuidv7(),
    issueId: `01900000-0000-7000-8000-00000000${1_000 + Math.floor(Math.random() * 1_000)}`,
    title: `${now.toFixed(3)} TypeError: Cannot read properties of undefined (reading 'price')`,
    level: 'error',
    environment: environments[Math.floor(Math.random() * environments.length)] ?? '',
    receivedAt: Math.floor(now)
  }
}
