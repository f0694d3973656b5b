/** What a client process and its test tell each other. */

export type Scenario = 'everything' | 'uncaught' | 'rate_limited'

export type Finished = {
  /** Ids as the SDK gave them, by what was sent. */
  ids: Record<string, string>
  /** What close() said: true when everything was sent in time. */
  closed: boolean
  /** Status of each event's request, in their order. */
  statuses: number[]
}
