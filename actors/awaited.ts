/** Batches with those who wait for them, and the ways to answer: what a StorageWriter and the spool have in common. */
import type { Mesh } from '../mesh/types.ts'
import type { EventResult, Refusal } from '../schema/outcomes.ts'
import type { CommittedOutcome, PreparedBatch, ReplyAddress } from '../schema/pipeline.ts'
import { replyBox } from './reply-box.ts'

/** A batch and those who wait for its events. */
export type Awaited = { batch: PreparedBatch, addresses: ReplyAddress[] }

/** Tells everybody who waits for these batches what became of each event. */
export function answerOutcomes (mesh: Mesh, items: readonly Awaited[], outcomes: ReadonlyMap<string, CommittedOutcome>): void {
  const box = replyBox()
  for (const { addresses } of items) {
    for (const { id, replyTo, request, index, total } of addresses) {
      const outcome = outcomes.get(id)
      if (outcome === undefined) throw new Error(`nothing was decided about event ${id}`)
      box.add(replyTo, { request, index, total, result: resultOf(outcome) })
    }
  }
  box.send(mesh)
}

/** Refuses every request that has an event in this batch. */
export function refuseAwaited (mesh: Mesh, { addresses }: Awaited, refusal: Refusal): void {
  const box = replyBox()
  for (const { replyTo, request } of addresses) box.add(replyTo, { request, refusal })
  box.send(mesh)
}

function resultOf (outcome: CommittedOutcome): EventResult {
  return { status: 202, id: outcome.outcome === 'duplicate' ? outcome.firstId : outcome.id, outcome: outcome.outcome }
}
