/** How an outage of the database is told to people: in the log, by the readiness check, by `mesher doctor`. */
import type { Outage } from './messages.ts'

/** What an error says of the outage. */
export function whyOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

export function outageText({ why, since }: Outage, now: number): string {
  const minutes = Math.floor((now - since) / 60_000)
  const duration = minutes < 1 ? 'less than a minute' : `${minutes} min`
  return `the database takes no events since ${new Date(since).toISOString()} (${duration}): ${why}`
}
