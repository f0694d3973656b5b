/**
 * The outcomes of everything that was sent to a project: accepted, refused, ignored, or dropped by the client itself.
 */
import { outcomesBody, outcomesQuery, type OutcomesBody } from '../schema/api/outcomes.ts'
import { exactRange } from '../services/counts/exact-range.ts'
import { outcomesOf, type OutcomeSum } from '../services/counts/outcomes.ts'
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
    'What became of everything that was sent: also what SDKs send that Mesher does not keep, and what they ' +
    'discarded themselves. Of an hour that the range cuts, what is not stored counts its share: `estimated`',
  target: projectTarget,
  query: outcomesQuery,
  responses: { 200: { description: 'Counts by outcome and reason', schema: outcomesBody } },
  handle: async ({ sql, context, target: { projectId }, query }) => {
    const now = context.now()
    const { from, to } = rangeOf(query, now)
    const range = await exactRange(sql, projectId, { from: from.getTime(), to: to.getTime() }, now)
    const { sums, isEstimated } = await outcomesOf(sql, projectId, range)
    return { status: 200, body: { ...bodyOf(sums, from, to), estimated: isEstimated } }
  }
})

function bodyOf(sums: readonly OutcomeSum[], from: Date, to: Date): Omit<OutcomesBody, 'estimated'> {
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
