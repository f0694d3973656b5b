/**
 * EventProcessor turns batches of raw requests into prepared events: decode, validate, normalise, scrub, sample and
 * fingerprint. Invalid events get their reply here; the others go to a StorageWriter under the id of the batch. It has
 * no state and the same batch always gives the same result, so a batch may be processed again after a crash. An event
 * whose processing throws is quarantined with its error and affects no other; so is a request whose parsing throws.
 */
import type { Behaviour, Mesh, ProcessName, Target } from '../../mesh/types.ts'
import type { Note } from '../../schema/event.ts'
import type { FieldError, Refusal } from '../../schema/outcomes.ts'
import type {
  EnvelopeRest,
  IngestBatch,
  IngestRequest,
  PreparedBatch,
  PreparedEvent,
  ProjectSettings,
  ReplyAddress,
  SampledOutEvent
} from '../../schema/pipeline.ts'
import { refusals } from '../../schema/refusals.ts'
import type { StorageWriterMessage } from '../storage/messages.ts'
import { replyBox, type ReplyBox } from '../storage/reply-box.ts'
import type {
  Charge,
  EventProcessorMessage,
  EventRouterMessage,
  ProjectItemCount,
  RateLimiterMessage,
  RefusalCounterMessage
} from './messages.ts'

/** An event as found in a request, with its text where that is available, or why that place of the request has none. */
type FoundEvent = { index: number; value: unknown; text?: string | undefined; coerced?: readonly Note[] }
export type ParsedItem = FoundEvent | { index: number; error: Refusal }

export type EventProcessorOptions = {
  /** `rest` is what a request holds beside events; a request without items holds nothing else. */
  parse: (
    request: IngestRequest
  ) => { ok: true; items: ParsedItem[]; rest?: EnvelopeRest } | { ok: false; refusal: Refusal }
  prepare: (
    value: unknown,
    context: {
      id: string
      receivedAt: number
      project: ProjectSettings
      text?: string | undefined
      coerced?: readonly Note[] | undefined
    }
  ) =>
    | { kind: 'prepared'; event: PreparedEvent }
    | { kind: 'sampled_out'; event: SampledOutEvent }
    | { kind: 'invalid'; errors: FieldError[] }
  idAt: (seed: string, index: number) => string
  receivedAtOf: (id: string) => number
  writer: ProcessName<StorageWriterMessage>
  /** The router that holds the batches: of this node, or of the node for which this processor works as a guest. */
  router: Target<EventRouterMessage>
  rateLimiter: ProcessName<RateLimiterMessage>
  refusalCounter: ProcessName<RefusalCounterMessage>
  /** How much of a quarantined event is kept, in characters. */
  quarantinedCharsMax: number
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

export function eventProcessor(options: EventProcessorOptions): Behaviour<EventProcessorMessage, null> {
  return {
    init: () => null,
    handle: (state, { batch }, self) => {
      processBatch(batch, options, self)
      return state
    }
  }
}

export function processBatch(batch: IngestBatch, options: EventProcessorOptions, mesh: Mesh): void {
  const work = startWork(batch.id)
  for (const request of batch.requests) processRequest(work, request, options)
  handOn(work, options, mesh)
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

function processRequest(work: Work, request: IngestRequest, options: EventProcessorOptions): void {
  const parsed = parsedOrNull(work, request, options)
  if (parsed === null) return
  if (!parsed.ok) {
    work.replies.add(request.replyTo, { request: request.request, refusal: parsed.refusal })
    countRefused(work, request, parsed.refusal)
    return
  }
  const total = parsed.items.length
  const { rest } = parsed
  if (total !== 1) work.charges.push({ key: request.key, events: total - 1 })
  if (rest !== undefined) takeRest(work, request, rest, total)
  for (const item of parsed.items) {
    if ('error' in item) refuseEvent(work, request, item.index, total, item.error)
    else processEvent(work, request, item, { total, eventId: rest?.eventId ?? undefined }, options)
  }
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

/** Null when parsing throws: the request is quarantined then, as one event. */
function parsedOrNull(
  work: Work,
  request: IngestRequest,
  options: EventProcessorOptions
): ReturnType<EventProcessorOptions['parse']> | null {
  try {
    return options.parse(request)
  } catch (error) {
    const id = options.idAt(request.seed, 0)
    const body = Buffer.from(request.body).toString('utf8', 0, options.quarantinedCharsMax).toWellFormed()
    work.prepared.quarantined.push({ id, projectId: request.key.project.projectId, error: errorText(error), body })
    work.addresses.push({ id, replyTo: request.replyTo, request: request.request, index: 0, total: 1 })
    return null
  }
}

type Place = { total: number; eventId: string | undefined }

function processEvent(
  work: Work,
  request: IngestRequest,
  { index, value, text, coerced }: FoundEvent,
  { total, eventId }: Place,
  options: EventProcessorOptions
): void {
  const { project } = request.key
  const id = options.idAt(request.seed, index)
  try {
    const result = options.prepare(value, { id, receivedAt: options.receivedAtOf(id), project, text, coerced })
    switch (result.kind) {
      case 'invalid':
        return refuseEvent(work, request, index, total, refusals.invalid(result.errors))
      case 'prepared':
        work.prepared.events.push(result.event)
        break
      case 'sampled_out':
        work.prepared.sampledOut.push(result.event)
        break
    }
  } catch (error) {
    work.prepared.quarantined.push({
      id,
      projectId: project.projectId,
      error: errorText(error),
      body: quarantinedBody(value, options.quarantinedCharsMax)
    })
  }
  const address: ReplyAddress = { id, replyTo: request.replyTo, request: request.request, index, total }
  if (eventId !== undefined) address.eventId = eventId
  work.addresses.push(address)
}

function errorText(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

/** A value that made processing throw may throw again here (depth, getters); the text of that error is kept instead. */
function quarantinedBody(value: unknown, charsMax: number): string {
  try {
    return JSON.stringify(value).slice(0, charsMax).toWellFormed()
  } catch (error) {
    return `not printable: ${String(error)}`
  }
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

function handOn(work: Work, options: EventProcessorOptions, mesh: Mesh): void {
  const { prepared, addresses, charges, refused, items, replies } = work
  replies.send(mesh)
  if (charges.length > 0) mesh.cast(options.rateLimiter, { type: 'charge', charges })
  if (refused.size > 0) mesh.cast(options.refusalCounter, { type: 'refused', refusals: [...refused.values()] })
  if (items.length > 0) mesh.cast(options.refusalCounter, { type: 'counted', items })

  if (addresses.length === 0) mesh.cast(options.router, { type: 'settled', batchIds: [prepared.id] })
  else {
    mesh.cast(options.writer, {
      type: 'store',
      batch: prepared,
      addresses,
      doubtful: false,
      ...(typeof options.router === 'object' && { router: options.router })
    })
  }
}
