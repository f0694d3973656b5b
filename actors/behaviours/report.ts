/**
 * Reports an outage in the log once: a warning with the error when something starts to fail, a line when it works
 * again. The caller keeps in its state whether it is failing.
 */
import type { Log } from '../../schema/log.ts'

export type Report = {
  log: Log
  /** Logged when failing starts, with the error. */
  failing: string
  /** Logged when it works again. */
  working: string
}

/** Returns the next value of `wasFailing`. */
export function reportFailure(wasFailing: boolean, error: unknown, { log, failing }: Report): true {
  if (!wasFailing) log.warn({ err: error }, failing)
  return true
}

/** Returns the next value of `wasFailing`. */
export function reportSuccess(wasFailing: boolean, { log, working }: Report): false {
  if (wasFailing) log.info(working)
  return false
}
