// Goal: an issue names those that are probably the same bug, of its own project alone, and no longer once they are
// merged. Method: events of several bugs committed for a whole node.
import t from 'tap'
import type { IssueItem } from '../../schema/api/issues.ts'
import { apiUnderTest } from '../support/api.ts'
import { commitEvents, issueIdOf, type EventOf } from '../support/issues.ts'

type Similar = { issue: IssueItem; score: number; frames: string[]; words: string[] }

t.test('similar issues', async t => {
  const api = await apiUnderTest(t)
  const user = await api.user('member')
  const other = await api.organization('other')
  const bug = (issue: string, title: string, frames: string[], projectId = api.projectId): EventOf => ({
    projectId,
    issue,
    title,
    grouping: { rule: 'exception', version: 'mesher:2', components: ['type TypeError', ...frames] }
  })
  await commitEvents(
    api.sql,
    bug('a', 'TypeError: total of undefined', ['app main', 'cart add', 'price total']),
    bug('b', 'TypeError: total of null', ['job run', 'cart add', 'price total']),
    bug('c', 'TimeoutError: the mail server is silent', ['mail send']),
    bug('d', 'TypeError: total of undefined', ['app main', 'cart add', 'price total'], other.project.id)
  )
  const [a, b] = [await issueIdOf(api.sql, 'a', api.projectId), await issueIdOf(api.sql, 'b', api.projectId)]
  const similar = async () => (await user.get<{ data: Similar[] }>(`/api/v1/issues/${a}/similar`)).body.data
  const [first, ...rest] = await similar()
  t.same(rest, [])
  t.equal(first?.issue.id, b)
  t.same(first?.frames, ['cart add', 'price total'])
  t.same(first?.words, ['typeerror', 'total', 'of'])
  t.ok((first?.score ?? 0) > 0.6)

  await user.post(`/api/v1/issues/${b}/merge`, { into: a })
  t.same(await similar(), [])
  const stranger = await api.user('member', { organizationId: other.id })
  t.equal((await stranger.get(`/api/v1/issues/${a}/similar`)).status, 404)
})
