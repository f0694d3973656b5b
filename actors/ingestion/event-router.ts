/**
 * EventRouter turns admitted requests into batches, sends each to an EventProcessor, and holds it until it is
 * committed, spooled or refused. When a process of the pipeline dies, all held batches are sent again under the same
 * ids, which the ledger makes harmless. Only the router refuses a whole batch, because only it knows whether another
 * copy may still be stored. Beyond `heldBytesMax` of held bodies new requests are refused with 503. While this node is
 * over its load limit a share of the batches goes to a processor on another node, the guest. When the guest ends or its
 * node is lost, its batches are processed here.
 */
import { unpackBody } from '../../events/decode.ts'
import { expandsTo, isForThreads } from '../../events/expansion.ts'
import { pipeToSelf, samePid } from '../../mesh/index.ts'
import type { Behaviour, Pid, ProcessName, Self, Signal } from '../../mesh/types.ts'
import { limits } from '../../schema/limits.ts'
import type { Log } from '../../schema/log.ts'
import type { NodeRoute } from '../../schema/nodes.ts'
import type { Refusal } from '../../schema/outcomes.ts'
import type { IngestBatch, IngestRequest } from '../../schema/pipeline.ts'
import { refusals } from '../../schema/refusals.ts'
import { packBatch } from './guest-batches.ts'
import type {
  EventProcessorMessage,
  EventRouterMessage,
  GuestProcessorMessage,
  RefusalCounterMessage,
  RouterStatus
} from './messages.ts'
import { refuseAll } from './refuse-all.ts'

type GuestPid = Pid<GuestProcessorMessage>
/** `guest` is the processor on another node that has the batch; null for the processor of this node. */
type Held = {
  batch: IngestBatch
  bytes: number
  isLarge: boolean
  heldAt: number
  sent: number
  guest: GuestPid | null
}
/** `pid` is null until the guest has started. `owed` is the fraction of a batch that it is due. */
type Guest = { node: string; share: number; owed: number; pid: GuestPid | null }
type State = {
  held: Map<string, Held>
  heldBytes: number
  watched: Map<string, Pid>
  resending: boolean
  guest: Guest | null
  /** Guests that get no more batches, and end when their last one is settled. */
  parting: GuestPid[]
}

export type EventRouterOptions = {
  next: ProcessName<EventProcessorMessage>
  /** For batches of one request with a large body; they are not given to guests. */
  nextLarge: ProcessName<EventProcessorMessage>
  /** Processes whose death may have lost a batch; `next` and `nextLarge` are among them. */
  watch: readonly ProcessName<never>[]
  refusalCounter: ProcessName<RefusalCounterMessage>
  batchId: () => string
  now: () => number
  heldBytesMax: number
  /** Starts an EventProcessor on another node, which reports to this router; absent without other nodes. */
  startGuest?: (node: string, router: Pid<EventRouterMessage>) => Promise<GuestPid>
  log?: Log
}

/** The most that a batch holds, unless it is one request: long work would block the event loop. */
const batchRequestsMax = 256
const batchBytesMax = 1024 * 1024
/**
 * The size of a compressed body is unknown before it is unpacked: it is estimated as this many times its bytes, and at
 * least as `unpackedBytesMin`.
 */
const unpackedFactor = 10
const unpackedBytesMin = limits.eventBytesMax / 16
/** From this size on a body takes so long that nothing else should wait for it. */
const largeBytesMin = limits.eventBytesMax / 4
const openingBrace = 0x7b
/** Source maps are in this thread, so projects that have any have more read here. */
const factorWithMaps = 4
/**
 * A batch that was sent so often is refused, so that one that kills its reader cannot do so for ever. One crash can
 * take several sendings, when the processes that are restarted with the dead one end one by one.
 */
const sendsMax = 6
const resendMs = 20

export function eventRouter(options: EventRouterOptions): Behaviour<EventRouterMessage, State> {
  return {
    init: self =>
      watchAll(
        { held: new Map(), heldBytes: 0, watched: new Map(), resending: false, guest: null, parting: [] },
        options,
        self
      ),
    handle: (state, message, self) => {
      switch (message.type) {
        case 'route':
          return route(state, message.requests, options, self)
        case 'settled':
          return settle(state, message.batchIds)
        case 'refused':
          return refuse(state, message, options, self)
        case 'resend':
          return resend({ ...state, resending: false }, options, self)
        case 'divert':
          return divert(state, message.route, options, self)
        case 'guest':
          return guestStarted(state, message.node, message.pid, self)
        case 'guest_failed':
          options.log?.warn({ err: message.error }, `${message.node} cannot take batches of this node`)
          return isAwaited(state.guest, message.node) ? { ...state, guest: null } : state
        case 'status':
          self.reply(message.replyTo, statusOf(state, options.now()))
          return state
      }
    },
    info: (state, signal, self) => bereaved(state, signal, options, self)
  }
}

function route(
  state: State,
  requests: IngestRequest[],
  options: EventRouterOptions,
  self: Self<EventRouterMessage>
): State {
  if (state.heldBytes > options.heldBytesMax) {
    refuseAll(self, requests, refusals.overloaded(), options.refusalCounter)
    return state
  }
  for (const part of split(requests)) {
    const batch = { id: options.batchId(), requests: part.requests }
    const guest = part.isLarge ? null : sendToGuest(state, batch, self)
    const held = { batch, bytes: part.bytes, isLarge: part.isLarge, heldAt: options.now(), sent: 1, guest }
    state.held.set(batch.id, held)
    state.heldBytes += part.bytes
    // A message without a receiver is no loss: the batch is held, and the end of the receiver makes the router send it
    // again.
    if (guest === null) sendHere(held, options, self)
  }
  return state
}

/**
 * Returns the guest that got the batch; null when it is processed here: it is not the guest's turn, or the link is
 * full.
 */
function sendToGuest({ guest }: State, batch: IngestBatch, self: Self<EventRouterMessage>): GuestPid | null {
  if (guest === null || guest.pid === null) return null
  guest.owed += guest.share
  if (guest.owed < 1) return null
  guest.owed -= 1
  return self.cast(guest.pid, { type: 'process_packed', batch: packBatch(batch) }) === 'ok' ? guest.pid : null
}

function divert(
  state: State,
  route: NodeRoute | null,
  options: EventRouterOptions,
  self: Self<EventRouterMessage>
): State {
  const { guest } = state
  if (guest !== null && guest.node === route?.to) {
    return partGuests({ ...state, guest: { ...guest, share: route.share } }, self)
  }
  const parting = guest === null || guest.pid === null ? state.parting : [...state.parting, guest.pid]
  const next = partGuests({ ...state, parting, guest: null }, self)
  if (route === null || options.startGuest === undefined) return next
  const { to: node, share } = route
  pipeToSelf(
    self,
    options.startGuest(node, self.pid),
    pid => ({ type: 'guest', node, pid }),
    error => ({ type: 'guest_failed', node, error })
  )
  return { ...next, guest: { node, share, owed: 0, pid: null } }
}

/** A guest that has started after the route was changed is ended: it has no work. */
function guestStarted(state: State, node: string, pid: GuestPid, self: Self<EventRouterMessage>): State {
  const { guest } = state
  if (!isAwaited(guest, node)) {
    self.exit(pid, 'shutdown')
    return state
  }
  self.monitor(pid)
  return { ...state, guest: { ...guest, pid } }
}

function isAwaited(guest: Guest | null, node: string): guest is Guest {
  return guest !== null && guest.node === node && guest.pid === null
}

/** Ends the guests that have no batch left. */
function partGuests(state: State, self: Self<EventRouterMessage>): State {
  if (state.parting.length === 0) return state
  const isBusy = (pid: GuestPid): boolean =>
    [...state.held.values()].some(({ guest }) => guest !== null && samePid(guest, pid))
  const parting = state.parting.filter(isBusy)
  for (const pid of state.parting) if (!parting.includes(pid)) self.exit(pid, 'shutdown')
  return { ...state, parting }
}

type Part = { requests: IngestRequest[]; bytes: number; isLarge: boolean }

function split(requests: IngestRequest[]): Part[] {
  const parts: Part[] = []
  let part: Part | undefined
  let load = 0
  for (const request of requests) {
    if (isLarge(request)) {
      parts.push({ requests: [request], bytes: request.body.byteLength, isLarge: true })
      continue
    }
    const weight = weightOf(request)
    load += weight
    if (part === undefined || part.requests.length >= batchRequestsMax || load > batchBytesMax) {
      parts.push((part = { requests: [], bytes: 0, isLarge: false }))
      load = weight
    }
    part.requests.push(request)
    part.bytes += request.body.byteLength
  }
  return parts
}

/** The part of a batch that a request fills. One that may hold a thousand events is a batch by itself. */
function weightOf({ format, encoding, body: { byteLength } }: IngestRequest): number {
  if (format === 'array' || format === 'ndjson') return batchBytesMax
  return encoding === '' ? byteLength : Math.max(byteLength * unpackedFactor, unpackedBytesMin)
}

function isLarge({ format, encoding, key, body }: IngestRequest): boolean {
  const hasMaps = key.project.artifactRevision !== undefined
  const bytesMin = largeBytesMin * (hasMaps ? factorWithMaps : 1)
  // In the old form a body may be packed inside.
  if (encoding === '') return body.byteLength >= bytesMin || (format === 'store' && body[0] !== openingBrace)
  if (body.byteLength * unpackedFactor >= bytesMin || expandsTo(bytesMin, body, encoding)) return true
  if (!isForThreads(bytesMin, body, encoding)) return false
  // Where there are source maps it is worth a try whether the body is small.
  return !hasMaps || !unpackBody(body, encoding, bytesMin).ok
}

function settle(state: State, batchIds: string[]): State {
  for (const id of batchIds) release(state, id)
  return state
}

function refuse(
  state: State,
  { batchIds, refusal }: { batchIds: string[]; refusal: Refusal },
  { refusalCounter }: EventRouterOptions,
  self: Self<EventRouterMessage>
): State {
  for (const id of batchIds) {
    const held = state.held.get(id)
    if (held === undefined) continue
    release(state, id)
    // Another copy may be in the pipeline, or may have been committed by a process that has died since.
    refuseAll(self, held.batch.requests, held.sent > 1 ? refusals.timeout() : refusal, refusalCounter)
  }
  return state
}

function release(state: State, batchId: string): void {
  const held = state.held.get(batchId)
  if (held === undefined) return
  state.held.delete(batchId)
  state.heldBytes -= held.bytes
}

function bereaved(state: State, signal: Signal, options: EventRouterOptions, self: Self<EventRouterMessage>): State {
  if (signal.type !== 'down') return state
  if (signal.pid.node !== self.pid.node) return takeBack(state, signal.pid, options, self)
  for (const [name, pid] of state.watched) if (samePid(pid, signal.pid)) state.watched.delete(name)
  return resendSoon(state, self)
}

/** The router cannot know whether the guest has stored them; the ledger does. */
function takeBack(state: State, pid: Pid, options: EventRouterOptions, self: Self<EventRouterMessage>): State {
  for (const held of [...state.held.values()]) {
    if (held.guest === null || !samePid(held.guest, pid)) continue
    held.guest = null
    send(state, held, options, self)
  }
  const isGuest = state.guest?.pid !== undefined && state.guest.pid !== null && samePid(state.guest.pid, pid)
  return { ...state, guest: isGuest ? null : state.guest, parting: state.parting.filter(other => !samePid(other, pid)) }
}

function resendSoon(state: State, self: Self<EventRouterMessage>): State {
  if (!state.resending) self.sendAfter({ type: 'resend' }, resendMs)
  return { ...state, resending: true }
}

/** Monitors the processes that run. While one of them is not back yet nothing is sent again. */
function watchAll(state: State, { watch }: EventRouterOptions, self: Self<EventRouterMessage>): State {
  for (const name of watch) {
    if (state.watched.has(name)) continue
    const pid = self.whereis(name)
    if (pid === undefined) return resendSoon(state, self)
    self.monitor(pid)
    state.watched.set(name, pid)
  }
  return state
}

function resend(state: State, options: EventRouterOptions, self: Self<EventRouterMessage>): State {
  const watching = watchAll(state, options, self)
  if (watching.resending) return watching

  for (const held of [...watching.held.values()]) if (held.guest === null) send(watching, held, options, self)
  return watching
}

function sendHere({ batch, isLarge }: Held, options: EventRouterOptions, self: Self<EventRouterMessage>): void {
  self.cast(isLarge ? options.nextLarge : options.next, { type: 'process', batch })
}

/** Sends the batch once more, to the processor of this node. */
function send(state: State, held: Held, options: EventRouterOptions, self: Self<EventRouterMessage>): void {
  if (held.sent < sendsMax) {
    held.sent += 1
    sendHere(held, options, self)
  } else {
    release(state, held.batch.id)
    refuseAll(self, held.batch.requests, refusals.internal(), options.refusalCounter)
  }
}

function statusOf({ held, heldBytes }: State, now: number): RouterStatus {
  const [oldest] = held.values()
  return { heldBatches: held.size, heldBytes, oldestHeldMs: oldest === undefined ? 0 : now - oldest.heldAt }
}
