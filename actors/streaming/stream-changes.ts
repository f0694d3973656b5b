/**
 * What was done to issues since they were last read: each action once, in order. `updated` is left out when there is
 * another action.
 */
import type { IssueAction, StreamEvent } from '../../schema/stream.ts'
import type { PlacedEvent } from '../../services/commit/committed-batch.ts'

export type Changes = Map<string, Set<IssueAction>>
export type Change = readonly [issueId: string, action: IssueAction]

/** A repeated action moves to the end: the last one that is told is the current state. */
export function noteChange(changes: Changes, [issueId, action]: Change): void {
  const actions = changes.get(issueId) ?? new Set()
  changes.set(issueId, actions)
  if (action === 'updated') return
  actions.delete(action)
  actions.add(action)
}

export function changesOf(changes: Iterable<readonly [string, ReadonlySet<IssueAction>]>): Change[] {
  return [...changes].flatMap(([issueId, actions]): Change[] =>
    actions.size === 0 ? [[issueId, 'updated']] : [...actions].map((action): Change => [issueId, action])
  )
}

/** A committed event in the form of the live stream, with the issue that lists show it in. */
export function shown({ event, rootId, weight }: PlacedEvent): StreamEvent {
  const { id, title, culprit, level, environment, release, receivedAt } = event
  const time = new Date(receivedAt).toISOString()
  const of = { id, issue_id: rootId, title, culprit, level, environment, release, received_at: time }
  return weight === 1 ? of : { ...of, weight }
}
