// Goal: issues are sorted by rate × users × level × recency as documented, in a project and across projects, in pages
// that follow each other. Method: issues of which each factor is known, and their priorities worked out by hand.
import t from 'tap'
import type { IssueItem } from '../../schema/api/issues.ts'
import { priorityOf, priorityParts } from '../../schema/priority.ts'
import { createProject } from '../../services/accounts/projects.ts'
import { apiUnderTest } from '../support/api.ts'
import { commitEvents, type EventOf } from '../support/issues.ts'

type List = { data: IssueItem[]; next_cursor: string | null }

const hourMs = 3_600_000

t.test('the order is the one that the formula gives by hand', async t => {
  const api = await apiUnderTest(t)
  const user = await api.user('member')
  const shop = (await createProject(api.sql, { name: 'Shop', organizationId: api.organizationId })).id
  const now = Date.now()
  type Given = { projectId: number; level: 'fatal' | 'error' | 'info'; count: number; people: number; hoursAgo: number }
  const events = (title: string, { projectId, level, count, people, hoursAgo }: Given): EventOf[] =>
    Array.from({ length: count }, (_, n) => ({
      projectId,
      issue: title,
      title,
      level,
      userHash: (1 + (n % people)).toString(16).padStart(16, '0'),
      receivedAt: now - hoursAgo * hourMs - n
    }))
  const web = api.projectId
  await commitEvents(
    api.sql,
    // Three days: 1 + log2(1 + 93 / 3) = 6 of rate, 1 + log2(1 + 31) = 6 of users, 4 of level, half of recency: 73.
    ...events('often', { projectId: web, level: 'error', count: 93, people: 31, hoursAgo: 71 }),
    // 1 + log2(1 + 9 / 3) = 3, 1 + log2(1 + 3) = 3, 8, and nearly all of recency: 71.
    ...events('severe', { projectId: shop, level: 'fatal', count: 9, people: 3, hoursAgo: 2 }),
    // 3, 1 + log2(1 + 1) = 2, 4: 24.
    ...events('one person', { projectId: web, level: 'error', count: 9, people: 1, hoursAgo: 1 }),
    // 6, 6, 1: 36.
    ...events('noise', { projectId: shop, level: 'info', count: 93, people: 31, hoursAgo: 1 }),
    // 1 + log2(1 + 3 / 3) = 2, 2, 4: 16.
    ...events('seldom', { projectId: web, level: 'error', count: 3, people: 1, hoursAgo: 1 })
  )
  const since = `sort=priority&from=${new Date(now - 72 * hourMs).toISOString()}`
  const titles = async (path: string): Promise<string[]> => {
    const found: string[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body }: { body: List } = await user.get<List>(
        `${path}?${since}&limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`
      )
      found.push(...body.data.map(({ title }) => title))
      cursor = body.next_cursor
    }
    return found
  }
  t.same(await titles(`/api/v1/projects/${web}/issues`), ['often', 'one person', 'seldom'])
  t.same(await titles(`/api/v1/projects/${shop}/issues`), ['severe', 'noise'])
  t.same(await titles(`/api/v1/orgs/${api.organizationId}/issues`), [
    'often',
    'severe',
    'noise',
    'one person',
    'seldom'
  ])
  const { body } = await user.get<List>(`/api/v1/orgs/${api.organizationId}/issues?${since}`)
  t.same(
    body.data.map(({ priority }) => Math.round(priority)),
    [73, 71, 36, 24, 16],
    'each says its own'
  )
  const priorities = body.data.map(({ event_count: events, user_count: users, level, last_seen: seen }) =>
    priorityOf(priorityParts({ events, users, level, lastSeen: Date.parse(seen) }, 3, now))
  )
  t.same(priorities.map(Math.round), [73, 71, 36, 24, 16])
})
