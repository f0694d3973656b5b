/**
 * The outcomes that can be given for batches in the spool. Whether an issue discards an event, and whether its client
 * id was stored before the outage, is known only at the replay. The newest client ids that are in the spool are known.
 */
import type { CommittedOutcome, PreparedBatch, PreparedEvent } from '../../schema/pipeline.ts'

/** Beyond this the oldest client ids are forgotten: only the database then finds a repetition. */
const spooledIdsMax = 100_000

/** `spooledIds` maps a client's id to the id that the event was given; the ids of these batches are added. */
export function spooledOutcomes(
  batches: readonly PreparedBatch[],
  spooledIds: Map<string, string>
): Map<string, CommittedOutcome> {
  const outcomes = new Map<string, CommittedOutcome>()
  for (const { events, sampledOut, quarantined, feedback = [] } of batches) {
    for (const event of events) outcomes.set(event.id, outcomeOf(event, spooledIds))
    for (const { id } of sampledOut) outcomes.set(id, { id, outcome: 'sampled_out' })
    for (const { id } of quarantined) outcomes.set(id, { id, outcome: 'quarantined' })
    for (const { id } of feedback) outcomes.set(id, { id, outcome: 'stored' })
  }
  return outcomes
}

function outcomeOf({ id, projectId, eventId }: PreparedEvent, spooledIds: Map<string, string>): CommittedOutcome {
  if (eventId === null) return { id, outcome: 'stored' }
  const key = `${projectId} ${eventId}`
  const firstId = spooledIds.get(key) ?? id
  spooledIds.set(key, firstId)
  const [oldest] = spooledIds.size > spooledIdsMax ? spooledIds.keys() : []
  if (oldest !== undefined) spooledIds.delete(oldest)
  return firstId === id ? { id, outcome: 'stored' } : { id, outcome: 'duplicate', firstId }
}
