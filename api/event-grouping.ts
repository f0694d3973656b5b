/** Why an event is in its issue: computed when somebody asks, of what is stored. */
import { eventGrouping } from '../schema/api/event-grouping.ts'
import { readSettings } from '../services/accounts/settings.ts'
import { explainEvent } from '../services/issues/event-grouping.ts'
import { operation, plain, type Operation } from './operation.ts'
import { problem } from './problems.ts'
import { eventTarget } from './targets.ts'

const explainGrouping = operation({
  ...plain,
  tag: 'Events',
  access: { who: 'role', role: 'member', scope: 'read' },
  id: 'explainGrouping',
  method: 'get',
  path: '/api/v1/events/:event/grouping',
  summary: 'Why an event is in its issue: the rule, and of each part what was sent, what counts and what was left out',
  description:
    'Frames are told by their index in the trace of the event, exceptions by theirs in the event. ' +
    '`relation` says how the fingerprint goes together with the issue: merged, made by an older version, ' +
    'or grouped by rules that have changed since.',
  target: eventTarget,
  responses: { 200: { description: 'What counts of the event', schema: eventGrouping } },
  handle: async ({ sql, target: { event: key, projectId, slug } }) => {
    const { grouping: texts } = await readSettings(sql, projectId)
    const body = await explainEvent(sql, { key, slug, texts })
    if (body === null) throw problem(404, 'There is nothing at this address.')
    return { status: 200, body }
  }
})

export const eventGroupingOperations: Operation[] = [explainGrouping]
