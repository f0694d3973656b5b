/** Time as the links between nodes see it: an option, so that tests decide when a heartbeat is due. */

export type Clock = {
  /** Never goes back. */
  readonly nowMs: () => number
  /** What the calendar says, for what nodes compare with each other. */
  readonly wallMs: () => number
  /** Runs once after that time; the result cancels it. */
  readonly after: (ms: number, run: () => void) => () => void
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  }
}
