/**
 * EventRouter turns admitted requests into batches, sends each to an EventProcessor and holds it until its fate is
 * sealed (committed, spooled or refused). When a process behind it dies, what it holds is sent once more under the same
 * batch id, and the ledger makes that harmless; a batch that saw too many deaths is refused, so that mail which kills
 * its reader cannot do so for ever. Beyond `heldBytesMax` of held bodies new requests are refused with 503. Only the router
 * refuses a whole batch, because only it knows whether another copy is under way, which may yet be stored.
 */
import type { Behaviour, Pid, ProcessName, ReplyTo, Self, Signal } from '../mesh/types.ts'
import { limits } from '../schema/limits.ts'
import type { Refusal } from '../schema/outcomes.ts'
import type { IngestBatch, IngestRequest } from '../schema/pipeline.ts'
import { refusals } from '../schema/refusals.ts'
import type { EventProcessorMessage } from './event-processor.ts'
import type { RefusalCounterMessage } from './refusal-counter.ts'
import { refuseAll } from './reply-box.ts'

export type EventRouterMessage =
  | { type: 'route', requests: IngestRequest[] }
  /** The fate of these batches is sealed and told; they need not be held any longer. */
  | { type: 'settled', batchIds: string[] }
  /** Nobody can take these batches; whoever waits for them is to be told so. */
  | { type: 'refused', batchIds: string[], refusal: Refusal }
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
  refusalCounter: ProcessName<RefusalCounterMessage>
  batchId: () => string
  now: () => number
  heldBytesMax: number
}

/** A batch holds at most this much (or one request): long work would keep the event loop from breathing. */
const batchRequestsMax = 256
const batchBytesMax = 1024 * 1024
/** A compressed body is taken for this many times its size, and for at least that: nobody knows before it is unpacked. */
const unpackedFactor = 10
const unpackedBytesMin = limits.eventBytesMax / 16
/** One crash can cost a batch several sendings, when those who are restarted with the dead one end one after the other. */
const sendsMax = 6
const resendMs = 20

export function eventRouter (options: EventRouterOptions): Behaviour<EventRouterMessage, State> {
  return {
    init: self => watchAll({ held: new Map(), heldBytes: 0, watched: new Map(), resending: false }, options, self),
    handle: (state, message, self) => {
      switch (message.type) {
        case 'route': return route(state, message.requests, options, self)
        case 'settled': return settle(state, message.batchIds)
        case 'refused': return refuse(state, message, options, self)
        case 'resend': return resend({ ...state, resending: false }, options, self)
        case 'status': self.reply(message.replyTo, statusOf(state, options.now())); return state
      }
    },
    info: (state, signal, self) => bereaved(state, signal, self)
  }
}

function route (state: State, requests: IngestRequest[], options: EventRouterOptions, self: Self<EventRouterMessage>): State {
  if (state.heldBytes > options.heldBytesMax) {
    refuseAll(self, requests, refusals.overloaded(), options.refusalCounter)
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
  let load = 0
  for (const request of requests) {
    const weight = weightOf(request)
    load += weight
    if (part === undefined || part.requests.length >= batchRequestsMax || load > batchBytesMax) {
      parts.push(part = { requests: [], bytes: 0 })
      load = weight
    }
    part.requests.push(request)
    part.bytes += request.body.byteLength
  }
  return parts
}

/** How much of a batch a request takes. One that may hold a thousand events has a batch of its own: that is work enough. */
function weightOf ({ format, encoding, body: { byteLength } }: IngestRequest): number {
  if (format === 'array' || format === 'ndjson') return batchBytesMax
  return encoding === '' ? byteLength : Math.max(byteLength * unpackedFactor, unpackedBytesMin)
}

function settle (state: State, batchIds: string[]): State {
  for (const id of batchIds) release(state, id)
  return state
}

function refuse (state: State, { batchIds, refusal }: { batchIds: string[], refusal: Refusal }, { refusalCounter }: EventRouterOptions, self: Self<EventRouterMessage>): State {
  for (const id of batchIds) {
    const held = state.held.get(id)
    if (held === undefined) continue
    release(state, id)
    // Another copy may be on its way, or may have been committed by a process that has died since.
    refuseAll(self, held.batch.requests, held.sent > 1 ? refusals.timeout() : refusal, refusalCounter)
  }
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
      refuseAll(self, held.batch.requests, refusals.internal(), options.refusalCounter)
    }
  }
  return watching
}

function statusOf ({ held, heldBytes }: State, now: number): RouterStatus {
  const [oldest] = held.values()
  return { heldBatches: held.size, heldBytes, oldestHeldMs: oldest === undefined ? 0 : now - oldest.heldAt }
}
