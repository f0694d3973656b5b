/** How long a stop may take, whatever does not answer: a database, a worker, a process of the tree. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../schema/log.ts'

/** What a stop may take altogether. */
const stopMsMax = 20_000

/** A PostgreSQL that is not done by then goes on alone; nothing committed depends on its end. */
export async function stopInTime(stop: Promise<void>, log: Log): Promise<void> {
  if (await within(stopMsMax, stop)) return
  log.error(
    `the stop took longer than ${stopMsMax / 1_000} s: it is not waited for any more. Nothing acknowledged is lost`
  )
}

/** False when the work is not done in time. */
export async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const timeout = new AbortController()
  try {
    return await Promise.race([work.then(() => true), sleep(ms, false, { signal: timeout.signal })])
  } finally {
    timeout.abort()
  }
}
