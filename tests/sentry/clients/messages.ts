/** What a client process and its test tell each other. */

/**
 * Given to the SDK for whatever it has to finish: a machine that does much else needs more than the seconds that are
 * usual.
 */
export const patienceMs = 30_000

export type Scenario = 'everything' | 'uncaught' | 'rate_limited'

export type Finished = {
  /** Ids as the SDK gave them, by what was sent. */
  ids: Record<string, string>
  /** What close() said: true when everything was sent in time. */
  closed: boolean
  /** Status of each event's request, in their order. */
  statuses: number[]
}
