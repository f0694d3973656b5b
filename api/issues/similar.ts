/** Issues of the same project that are probably the same bug. */
import { similarList } from '../../schema/api/issues.ts'
import { issueItems } from '../../services/issues/items.ts'
import { similarIssues } from '../../services/issues/similar.ts'
import { operation, plain, type Operation } from '../operation.ts'
import { issueTarget } from '../targets.ts'

const shownMax = 10

const list = operation({
  ...plain,
  method: 'get',
  tag: 'Issues',
  id: 'listSimilarIssues',
  path: '/api/v1/issues/:issue/similar',
  summary: `Up to ${shownMax} issues that are probably the same bug, the most similar first`,
  description:
    'Compared by what they are grouped by: frames that both went through, the type of the error, words of the title; ' +
    '`score` is from 0 to 1. Candidates are some hundred issues that share words or were seen lately, so an older ' +
    'one may be missing.',
  access: { who: 'role', role: 'member', scope: 'read' },
  target: issueTarget,
  responses: { 200: { description: 'The issues, each with what it shares', schema: similarList } },
  handle: async ({ sql, context, target: { projectId, rootId } }) => {
    const found = await similarIssues(sql, { projectId, issueId: rootId, limit: shownMax })
    const ids = found.map(({ id }) => id)
    const items = await issueItems(sql, projectId, ids, { filter: null, now: context.now() })
    const byId = new Map(items.map(item => [item.id, item]))
    const data = found.flatMap(({ id, score, frames, words }) => {
      const issue = byId.get(id)
      return issue === undefined ? [] : [{ issue, score: Math.round(score * 100) / 100, frames, words }]
    })
    return { status: 200, body: { data, next_cursor: null } }
  }
})

export const similarIssueOperations: Operation[] = [list]
