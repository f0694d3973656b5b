/**
 * EventRouter turns admitted requests into batches, sends each to an EventProcessor and holds it until its fate is
 * sealed (committed, spooled or refused). When a process behind it dies, what it holds is sent once more under the same
 * batch id, and the ledger makes that harmless; a batch that saw three deaths is refused, so that mail which kills
 * its reader cannot do so for ever. Beyond `heldBytesMax` of held bodies new requests are refused with 503.
 */
import type { Behaviour, Pid, ProcessName, ReplyTo, Self, Signal } from '../mesh/types.ts'
import type { IngestBatch, IngestRequest } from '../schema/pipeline.ts'
import { refusals } from '../schema/refusals.ts'
import type { EventProcessorMessage } from './event-processor.ts'
import { refuseAll } from './reply-box.ts'

export type EventRouterMessage =
  | { type: 'route', requests: IngestRequest[] }
  /** The fate of these batches is sealed and told; they need not be held any longer. */
  | { type: 'settled', batchIds: string[] }
  | { type: 'resend' }
  | { type: 'status', replyTo: ReplyTo<RouterStatus> }

/** `oldestHeldMs` is the age of the oldest event without a fate: the measure of whether the pipeline moves. */
export type RouterStatus = { heldBatches: number, heldBytes: number, oldestHeldMs: number }

type Held = { batch: IngestBatch, bytes: number, heldAt: number, sent: number }
type State = { held: Map<string, Held>, heldBytes: number, watched: Map<string, Pid>, resending: boolean }

export type EventRouterOptions = {
  next: ProcessName<EventProcessorMessage>
  /** Those whose death may have taken a batch with it; `next` is one of them. */
  watch: readonly ProcessName<never>[]
  batchId: () => string
  now: () => number
  heldBytesMax: number
}

/** A batch holds at most this much (or one request): long work would keep the event loop from breathing. */
const batchRequestsMax = 256
const batchBytesMax = 1024 * 1024
const sendsMax = 3
const resendMs = 20

export function eventRouter (options: EventRouterOptions): Behaviour<EventRouterMessage, State> {
  return {
    init: self => watchAll({ held: new Map(), heldBytes: 0, watched: new Map(), resending: false }, options, self),
    handle: (state, message, self) => {
      switch (message.type) {
        case 'route': return route(state, message.requests, options, self)
        case 'settled': return settle(state, message.batchIds)
        case 'resend': return resend({ ...state, resending: false }, options, self)
        case 'status': self.reply(message.replyTo, statusOf(state, options.now())); return state
      }
    },
    info: (state, signal, self) => bereaved(state, signal, self)
  }
}

function route (state: State, requests: IngestRequest[], options: EventRouterOptions, self: Self<EventRouterMessage>): State {
  if (state.heldBytes > options.heldBytesMax) {
    refuseAll(self, requests, refusals.overloaded())
    return state
  }
  for (const part of split(requests)) {
    const batch = { id: options.batchId(), requests: part.requests }
    state.held.set(batch.id, { batch, bytes: part.bytes, heldAt: options.now(), sent: 1 })
    state.heldBytes += part.bytes
    // Mail that finds nobody stays held: the death of the process has been or will be signalled, and that resends.
    self.cast(options.next, { type: 'process', batch })
  }
  return state
}

function split (requests: IngestRequest[]): { requests: IngestRequest[], bytes: number }[] {
  const parts: { requests: IngestRequest[], bytes: number }[] = []
  let part: { requests: IngestRequest[], bytes: number } | undefined
  for (const request of requests) {
    const bytes = request.body.byteLength
    if (part === undefined || part.requests.length >= batchRequestsMax || part.bytes + bytes > batchBytesMax) {
      parts.push(part = { requests: [], bytes: 0 })
    }
    part.requests.push(request)
    part.bytes += bytes
  }
  return parts
}

function settle (state: State, batchIds: string[]): State {
  for (const id of batchIds) release(state, id)
  return state
}

function release (state: State, batchId: string): void {
  const held = state.held.get(batchId)
  if (held === undefined) return
  state.held.delete(batchId)
  state.heldBytes -= held.bytes
}

function bereaved (state: State, signal: Signal, self: Self<EventRouterMessage>): State {
  if (signal.type !== 'down') return state
  for (const [name, pid] of state.watched) if (pid.serial === signal.pid.serial) state.watched.delete(name)
  return resendSoon(state, self)
}

function resendSoon (state: State, self: Self<EventRouterMessage>): State {
  if (!state.resending) self.sendAfter({ type: 'resend' }, resendMs)
  return { ...state, resending: true }
}

/** Monitors those that are there. Who is not yet back is waited for: nothing is sent into a gap. */
function watchAll (state: State, { watch }: EventRouterOptions, self: Self<EventRouterMessage>): State {
  for (const name of watch) {
    if (state.watched.has(name)) continue
    const pid = self.whereis(name)
    if (pid === undefined) return resendSoon(state, self)
    self.monitor(pid)
    state.watched.set(name, pid)
  }
  return state
}

function resend (state: State, options: EventRouterOptions, self: Self<EventRouterMessage>): State {
  const watching = watchAll(state, options, self)
  if (watching.resending) return watching

  for (const held of [...watching.held.values()]) {
    if (held.sent < sendsMax) {
      held.sent += 1
      self.cast(options.next, { type: 'process', batch: held.batch })
    } else {
      release(watching, held.batch.id)
      refuseAll(self, held.batch.requests, refusals.internal())
    }
  }
  return watching
}

function statusOf ({ held, heldBytes }: State, now: number): RouterStatus {
  const [oldest] = held.values()
  return { heldBatches: held.size, heldBytes, oldestHeldMs: oldest === undefined ? 0 : now - oldest.heldAt }
}
