/**
 * The outcomes of everything that was sent to a project, by the hour: accepted, refused, ignored, or dropped by the
 * client itself.
 */
import { outcomesBody, outcomesQuery, type OutcomesBody } from '../schema/api/outcomes.ts'
import { readOutcomes, type OutcomeSum } from '../services/commit/counters.ts'
import { operation, plain, type Operation } from './operation.ts'
import { rangeOf } from './ranges.ts'
import { projectTarget } from './targets.ts'

const outcomes = operation({
  ...plain,
  id: 'getOutcomes',
  method: 'get',
  path: '/api/v1/projects/:project/stats/outcomes',
  tag: 'Statistics',
  access: { who: 'role', role: 'member', scope: 'read' },
  summary:
    'What became of everything that was sent, in whole hours: also what SDKs send that Mesher does ' +
    'not keep, and what they discarded themselves',
  target: projectTarget,
  query: outcomesQuery,
  responses: { 200: { description: 'Counts by outcome and reason', schema: outcomesBody } },
  handle: async ({ sql, context, target: { projectId }, query }) => {
    const { from, to } = rangeOf(query, context.now())
    return { status: 200, body: bodyOf(await readOutcomes(sql, projectId, from, to), from, to) }
  }
})

function bodyOf(sums: readonly OutcomeSum[], from: Date, to: Date): OutcomesBody {
  const byReason = (outcome: string): Record<string, number> =>
    Object.fromEntries(sums.filter(sum => sum.outcome === outcome).map(({ reason, count }) => [reason, count]))
  const countOf = (outcome: string): number => sums.find(sum => sum.outcome === outcome)?.count ?? 0
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    events: {
      stored: countOf('stored'),
      duplicate: countOf('duplicate'),
      sampled_out: countOf('sampled_out'),
      discarded: countOf('discarded'),
      quarantined: countOf('quarantined')
    },
    refused: byReason('refused'),
    ignored: byReason('ignored'),
    client_discarded: Object.entries(byReason('client_discarded')).map(([name, count]) => {
      const [reason = '', category = ''] = name.split(':')
      return { reason, category, count }
    })
  }
}

export const outcomeOperations: Operation[] = [outcomes]
