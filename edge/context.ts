/**
 * What all routes of one listener share, and the two ways in which they send mail: requests and refusals of one turn of
 * the event loop go out as one message each. It lives as long as the edge's process.
 */
import type { ProcessName, Self } from '../mesh/types.ts'
import type { RefusalReason } from '../schema/outcomes.ts'
import type { IngestRequest } from '../schema/pipeline.ts'
import { refusals } from '../schema/refusals.ts'
import type { BodyReader } from './body.ts'
import type { HttpState } from './http.ts'
import type { KeyDecider } from './keys.ts'
import type { EdgeMessage } from '../actors/edge-messages.ts'
import type { PendingTable } from './pending.ts'
import type { RateLimiterMessage, RefusalCounterMessage } from '../actors/ingestion/messages.ts'

export type EdgeContext = {
  self: Self<EdgeMessage>
  http: HttpState
  keys: KeyDecider
  bodies: BodyReader
  pending: PendingTable
  gather: (request: IngestRequest) => void
  /** Milliseconds since the epoch. */
  wallNow: () => number
  /** `projectId` is 0 while the project is not known. */
  countRefused: (projectId: number, reason: RefusalReason) => void
}

/**
 * Collects the requests of one turn of the event loop and sends them as one message, which costs as much with one
 * request in it as with hundreds. When the pipeline does not take the message, all of them are refused as overloaded.
 */
export function gatherer(
  self: Self<EdgeMessage>,
  next: ProcessName<RateLimiterMessage>,
  settle: PendingTable['settle'],
  countRefused: EdgeContext['countRefused']
): (request: IngestRequest) => void {
  let gathered: IngestRequest[] = []

  function send(): void {
    const requests = gathered
    gathered = []
    if (self.cast(next, { type: 'admit', requests }) === 'ok') return
    settle(requests.map(({ request }) => ({ request, refusal: refusals.overloaded() })))
    for (const { key } of requests) countRefused(key.project.projectId, 'overloaded')
  }

  return request => {
    if (gathered.length === 0) setImmediate(send)
    gathered.push(request)
  }
}

/** Counts refusals by project and reason, and sends the counts once a turn. */
export function refusalTally(
  self: Self<EdgeMessage>,
  counter: ProcessName<RefusalCounterMessage>
): (projectId: number, reason: RefusalReason) => void {
  let tally = new Map<string, { projectId: number; reason: RefusalReason; count: number }>()

  function send(): void {
    const counted = [...tally.values()]
    tally = new Map()
    self.cast(counter, { type: 'refused', refusals: counted })
  }

  return (projectId, reason) => {
    if (tally.size === 0) setImmediate(send)
    const name = `${projectId} ${reason}`
    const known = tally.get(name)
    if (known === undefined) tally.set(name, { projectId, reason, count: 1 })
    else known.count += 1
  }
}
