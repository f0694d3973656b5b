/**
 * What becomes of the requests of a batch once they are read: replies to what was refused, charges and counts, and the
 * batch for a StorageWriter, under its id. Shared by the processors that read requests here and in other threads.
 */
import {
  readRequest,
  type ReadingSteps,
  type ReadingSymbols,
  type ReadItem,
  type ReadRequest
} from '../../events/read-request.ts'
import type { Mesh, ProcessName, Target } from '../../mesh/types.ts'
import type { Refusal } from '../../schema/outcomes.ts'
import type {
  EnvelopeRest,
  IngestBatch,
  IngestRequest,
  PreparedBatch,
  ProjectSettings,
  ReplyAddress
} from '../../schema/pipeline.ts'
import type { FoundMap, ScriptPlace } from '../../schema/symbolication.ts'
import type { StorageWriterMessage } from '../storage/messages.ts'
import { replyBox, type ReplyBox } from '../storage/reply-box.ts'
import type {
  Charge,
  EventRouterMessage,
  ProjectItemCount,
  RateLimiterMessage,
  RefusalCounterMessage
} from './messages.ts'

export type BatchReceivers = {
  writer: ProcessName<StorageWriterMessage>
  /** The router that holds the batches: of this node, or of the node for which this processor works as a guest. */
  router: Target<EventRouterMessage>
  rateLimiter: ProcessName<RateLimiterMessage>
  refusalCounter: ProcessName<RefusalCounterMessage>
}

/** The results of one batch while it is processed. */
type Work = {
  prepared: PreparedBatch
  addresses: ReplyAddress[]
  replies: ReplyBox
  charges: Charge[]
  refused: Map<string, { projectId: number; reason: Refusal['reason']; count: number }>
  /** Items beside events that are not kept. */
  items: ProjectItemCount[]
}

/** A project at the state of its artifacts. */
type Scope = { projectId: number; revision: number }

/** What is known of the source maps of projects that have any. */
export type BatchSymbols = {
  find: (scope: Scope, place: ScriptPlace) => FoundMap
  /** Never fails. */
  load: (scope: Scope, places: readonly ScriptPlace[], deadlineMs: number) => Promise<void>
  /** How long a batch waits for source maps; past that its events are stored as they came. */
  deadlineMs: number
}

export type BatchOptions = ReadingSteps & BatchReceivers & { symbols?: BatchSymbols }

/**
 * Reads a batch in this thread. Null when it is done with; otherwise it waits for source maps, and is to be processed
 * again, as one that has waited, when the promise settles: nothing of it has been handed on.
 */
export function processBatch(
  batch: IngestBatch,
  options: BatchOptions,
  mesh: Mesh,
  hasWaited = false
): Promise<unknown> | null {
  const { symbols } = options
  const read = batch.requests.map(request =>
    readRequest(request, options, symbolsOf(request.key.project, symbols, !hasWaited))
  )
  const loading = symbols === undefined ? [] : loadedFor(batch, read, symbols)
  if (loading.length > 0) return Promise.all(loading)
  handOnBatch(batch, read, options, mesh)
  return null
}

/** The source maps that events of the batch wait for. */
function loadedFor({ requests }: IngestBatch, read: readonly ReadRequest[], symbols: BatchSymbols): Promise<void>[] {
  const loading: Promise<void>[] = []
  for (let index = 0; index < requests.length; index++) {
    const { projectId, artifactRevision: revision } = requests[index]?.key.project ?? {}
    const result = read[index]
    if (projectId === undefined || revision === undefined || result?.kind !== 'read') continue
    const places = result.items.flatMap(item => (item.kind === 'waiting' ? item.places : []))
    if (places.length > 0) loading.push(symbols.load({ projectId, revision }, places, symbols.deadlineMs))
  }
  return loading
}

/** Nothing for a project without artifacts, which most are. */
function symbolsOf(
  { projectId, artifactRevision: revision }: ProjectSettings,
  symbols: BatchSymbols | undefined,
  waits: boolean
): ReadingSymbols | undefined {
  return revision === undefined || symbols === undefined
    ? undefined
    : { find: place => symbols.find({ projectId, revision }, place), waits }
}

/** `read` are the requests of the batch in their order. */
export function handOnBatch(
  { id, requests }: IngestBatch,
  read: readonly ReadRequest[],
  receivers: BatchReceivers,
  mesh: Mesh
): void {
  const work = startWork(id)
  for (const [index, request] of requests.entries()) {
    const result = read[index]
    if (result !== undefined) takeRequest(work, request, result)
  }
  handOn(work, receivers, mesh)
}

function startWork(id: string): Work {
  return {
    prepared: { id, events: [], sampledOut: [], quarantined: [] },
    addresses: [],
    replies: replyBox(),
    charges: [],
    refused: new Map(),
    items: []
  }
}

function takeRequest(work: Work, request: IngestRequest, read: ReadRequest): void {
  if (read.kind === 'thrown') {
    work.prepared.quarantined.push(read.event)
    work.addresses.push(addressOf(request, read.event.id, 0, 1))
    return
  }
  if (read.kind === 'refused') {
    work.replies.add(request.replyTo, { request: request.request, refusal: read.refusal })
    countRefused(work, request, read.refusal)
    return
  }
  const { items, rest } = read
  const total = items.length
  if (total !== 1) work.charges.push({ key: request.key, events: total - 1 })
  if (rest !== undefined) takeRest(work, request, rest, total)
  for (const item of items) takeItem(work, request, item, { total, eventId: rest?.eventId ?? undefined })
}

/**
 * A request without an event waits until its feedback is stored. One without feedback gets its reply now, because
 * nothing of it is kept.
 */
function takeRest(
  work: Work,
  request: IngestRequest,
  { eventId, feedback, counts }: EnvelopeRest,
  events: number
): void {
  const { projectId } = request.key.project
  for (const { outcome, reason, count } of counts) work.items.push({ projectId, outcome, reason, count })
  if (feedback.length > 0) work.prepared.feedback = [...(work.prepared.feedback ?? []), ...feedback]
  if (events > 0) return

  const [first] = feedback
  const answered = { request: request.request, index: 0, total: 1, ...(eventId === null ? {} : { eventId }) }
  if (first === undefined) {
    work.replies.add(request.replyTo, { ...answered, result: { status: 202, id: '', outcome: 'ignored' } })
  } else work.addresses.push({ ...answered, id: first.id, replyTo: request.replyTo })
}

type Place = { total: number; eventId: string | undefined }

function takeItem(work: Work, request: IngestRequest, item: ReadItem, { total, eventId }: Place): void {
  const { prepared } = work
  switch (item.kind) {
    case 'refused':
      return refuseEvent(work, request, item.index, total, item.refusal)
    case 'prepared':
      prepared.events.push(item.event)
      break
    case 'sampled_out':
      prepared.sampledOut.push(item.event)
      break
    case 'quarantined':
      prepared.quarantined.push(item.event)
      break
    case 'waiting':
      throw new Error('an event that waits for source maps is not handed on')
  }
  const address = addressOf(request, item.event.id, item.index, total)
  if (eventId !== undefined) address.eventId = eventId
  work.addresses.push(address)
}

function addressOf({ replyTo, request }: IngestRequest, id: string, index: number, total: number): ReplyAddress {
  return { id, replyTo, request, index, total }
}

function refuseEvent(work: Work, request: IngestRequest, index: number, total: number, refusal: Refusal): void {
  work.replies.add(request.replyTo, { request: request.request, index, total, result: { ...refusal, status: 400 } })
  countRefused(work, request, refusal)
}

function countRefused(work: Work, { key }: IngestRequest, { reason }: Refusal): void {
  const { projectId } = key.project
  const name = `${projectId} ${reason}`
  const known = work.refused.get(name)
  if (known === undefined) work.refused.set(name, { projectId, reason, count: 1 })
  else known.count += 1
}

function handOn(work: Work, receivers: BatchReceivers, mesh: Mesh): void {
  const { prepared, addresses, charges, refused, items, replies } = work
  replies.send(mesh)
  if (charges.length > 0) mesh.cast(receivers.rateLimiter, { type: 'charge', charges })
  if (refused.size > 0) mesh.cast(receivers.refusalCounter, { type: 'refused', refusals: [...refused.values()] })
  if (items.length > 0) mesh.cast(receivers.refusalCounter, { type: 'counted', items })

  if (addresses.length === 0) mesh.cast(receivers.router, { type: 'settled', batchIds: [prepared.id] })
  else {
    mesh.cast(receivers.writer, {
      type: 'store',
      batch: prepared,
      addresses,
      doubtful: false,
      ...(typeof receivers.router === 'object' && { router: receivers.router })
    })
  }
}
