/** The messages between a client process and its test. */

/** The time that the SDK gets to finish. More than the usual seconds, for machines under load. */
export const patienceMs = 30_000

export type Scenario = 'everything' | 'uncaught' | 'rate_limited'

export type Finished = {
  /** The ids that the SDK returned, by the name of what was sent. */
  ids: Record<string, string>
  /** The result of close(): true when everything was sent in time. */
  closed: boolean
  /** The status of the request of each event, in order. */
  statuses: number[]
}
