/**
 * Batches with the processes that wait for them: replies, messages to routers, and groups. Shared by the StorageWriter
 * and the spool.
 */
import { pidKey } from '../../mesh/index.ts'
import type { Mesh, Pid, Target } from '../../mesh/types.ts'
import type { EventResult } from '../../schema/outcomes.ts'
import type { CommittedOutcome, PreparedBatch } from '../../schema/pipeline.ts'
import type { Awaited, FateMessage } from './messages.ts'
import { replyBox } from './reply-box.ts'

export type GroupLimits = { eventsMax: number; charsMax: number }

/** Sends each router a message about the batches that it holds. */
export function tellRouters(
  mesh: Mesh,
  items: readonly Awaited[],
  own: Target<FateMessage>,
  message: (batchIds: string[]) => FateMessage
): void {
  const others = items.filter(({ router }) => router !== undefined)
  const here = others.length === 0 ? items : items.filter(({ router }) => router === undefined)
  if (here.length > 0) mesh.cast(own, message(here.map(({ batch }) => batch.id)))

  const byRouter = new Map<string, { router: Pid<FateMessage>; batchIds: string[] }>()
  for (const { router, batch } of others) {
    if (router === undefined) continue
    const known = byRouter.get(pidKey(router))
    if (known === undefined) byRouter.set(pidKey(router), { router, batchIds: [batch.id] })
    else known.batchIds.push(batch.id)
  }
  for (const { router, batchIds } of byRouter.values()) mesh.cast(router, message(batchIds))
}

/** Sends the outcome of each event to the process that waits for it. Throws when an event has none. */
export function answerOutcomes(
  mesh: Mesh,
  items: readonly Awaited[],
  outcomes: ReadonlyMap<string, CommittedOutcome>
): void {
  const box = replyBox()
  for (const { addresses } of items) {
    for (const { id, replyTo, request, index, total, eventId } of addresses) {
      const outcome = outcomes.get(id)
      if (outcome === undefined) throw new Error(`nothing was decided about event ${id}`)
      box.add(replyTo, { request, index, total, result: resultOf(outcome), eventId })
    }
  }
  box.send(mesh)
}

function resultOf(outcome: CommittedOutcome): EventResult {
  return { status: 202, id: outcome.outcome === 'duplicate' ? outcome.firstId : outcome.id, outcome: outcome.outcome }
}

/** How many of the first items make a group within the limits: at least one, whatever its size. */
export function groupLength(
  items: ReadonlyArray<{ batch: PreparedBatch }>,
  { eventsMax, charsMax }: GroupLimits
): number {
  let [length, events, chars] = [0, 0, 0]
  for (const { batch } of items) {
    events += eventsOf(batch)
    chars += charsOf(batch)
    if (length > 0 && (events > eventsMax || chars > charsMax)) break
    length += 1
  }
  return length
}

/** All batches in their order, in groups within the limits. */
export function inGroups(batches: readonly PreparedBatch[], limits: GroupLimits): PreparedBatch[][] {
  const groups: PreparedBatch[][] = []
  const waiting = batches.map(batch => ({ batch }))
  while (waiting.length > 0) groups.push(waiting.splice(0, groupLength(waiting, limits)).map(({ batch }) => batch))
  return groups
}

export function eventsOf({ events, sampledOut, quarantined, feedback }: PreparedBatch): number {
  return events.length + sampledOut.length + quarantined.length + (feedback?.length ?? 0)
}

/** The approximate size of a batch in memory: its payloads. */
export function charsOf({ events, quarantined, feedback = [] }: PreparedBatch): number {
  let chars = 0
  for (const { message } of feedback) chars += message.length
  for (const { payload } of events) chars += payload.length
  for (const { body } of quarantined) chars += body.length
  return chars
}
