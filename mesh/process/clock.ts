/** Time as the links between nodes see it. It is an option, so that tests decide when a heartbeat is due. */

export type Clock = {
  /** Monotonic. */
  readonly nowMs: () => number
  /** Calendar time, for what nodes compare with each other. */
  readonly wallMs: () => number
  /** Runs `run` once after `ms`; the result cancels it. */
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
