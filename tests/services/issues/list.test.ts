// Goal: which issues a list has does not depend on whether past days were summed up, and numbers order issues of
// several statuses as one. Method: issues and their hours written by hand, each asked for before and after the days
// were made.
import t from 'tap'
import { issueQueryOf, type IssueFilters } from '../../../api/issues/queries.ts'
import { audit } from '../../../services/commit/count-check.ts'
import { listIssueIds, type IssuePosition, type IssueSort } from '../../../services/issues/list.ts'
import { mergeIssues, unmergeIssue } from '../../../services/issues/merges.ts'
import { sumPastDays } from '../../../services/rollups/days.ts'
import { ensureDefaults } from '../../../services/accounts/projects.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { testDatabase } from '../../support/database.ts'
import { commitEvents, issueIdOf } from '../../support/issues.ts'
import { databaseForEvents } from '../../support/prepared.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const now = Date.now()
const today = Math.floor(now / dayMs) * dayMs
const callerId = '00000000-0000-7000-8000-000000000000'

function idOf(number: number): string {
  return `01900000-0000-7000-8000-${String(number).padStart(12, '0')}`
}

type Given = { number: number; environment: string; daysAgo: number; status?: string; count?: number }

async function project(t: Parameters<typeof testDatabase>[0], issues: readonly Given[]): Promise<Sql> {
  const { sql } = await testDatabase(t)
  await ensureDefaults(sql)
  for (const { number, environment, daysAgo, status = 'unresolved', count = 1 } of issues) {
    const hour = new Date(today - daysAgo * dayMs)
    await sql`
      insert into issues (project_id, id, fingerprint, number, status, level, title, culprit, event_count, user_count,
        first_seen, last_seen, last_seen_hour, last_event_id)
      values (1, ${idOf(number)}, sha256(${String(number)}::bytea), ${number}, ${status}, 'error', 'Failed', '',
        ${count}, ${count}, ${hour}, ${hour}, ${hour}, ${idOf(number)})`
    await sql`insert into issue_hours (project_id, issue_id, hour, environment, count)
      values (1, ${idOf(number)}, ${hour}, ${environment}, ${count})`
  }
  return sql
}

async function listed(sql: Sql, filters: IssueFilters, sort: IssueSort = 'last_seen', limit = 100): Promise<number[]> {
  const query = issueQueryOf({ projectId: 1, organizationId: callerId, slug: 'default', callerId }, filters, now)
  const numbers: number[] = []
  for (let after: IssuePosition | null = null; ;) {
    const page = await listIssueIds(sql, { ...query, filter: null, sort, after, limit })
    numbers.push(...page.ids.map(id => Number(id.slice(-12))))
    if (page.next === null) return numbers
    after = page.next
  }
}

t.test('environments and past ranges are found in days as in hours', async t => {
  const sql = await project(t, [
    { number: 1, environment: 'a', daysAgo: 10 },
    { number: 2, environment: 'b', daysAgo: 9 },
    { number: 3, environment: 'b', daysAgo: 1 },
    { number: 4, environment: 'a', daysAgo: 0 }
  ])
  const from = new Date(now - 30 * dayMs)
  const expected = async (): Promise<void> => {
    t.same(await listed(sql, { from, query: '!environment:a' }), [3, 2])
    t.same(await listed(sql, { from, query: '!environment:b' }), [4, 1])
    t.same(await listed(sql, { from, to: new Date(today - 9 * dayMs) }), [1])
    t.same(await listed(sql, { from: new Date(today - 9 * dayMs), to: new Date(today - dayMs) }), [2])
  }
  await expected()
  t.equal(await sumPastDays(sql), 3)
  await expected()
})

t.test('by events and by users, issues of all statuses are in one order, page by page', async t => {
  const sql = await project(
    t,
    [5, 9, 7, 9, 1].map((count, index) => ({
      number: index + 1,
      environment: '',
      daysAgo: 0,
      status: index % 2 === 0 ? 'unresolved' : 'resolved',
      count
    }))
  )
  for (const sort of ['events', 'users'] as const) {
    t.same(await listed(sql, { status: ['all'] }, sort, 2), [4, 2, 3, 1, 5])
    t.same(await listed(sql, {}, sort, 2), [3, 1, 5])
  }
})

t.test(
  'by numbers of every magnitude, what was merged included, nothing is missing from the pages and nothing twice',
  async t => {
    const issues = Array.from({ length: 90 }, (_, index) => ({
      number: index + 1,
      environment: '',
      daysAgo: 0,
      status: ['unresolved', 'archived', 'resolved'][index % 3] ?? '',
      count: Math.floor(1.7 ** (index % 25)) + (index % 2)
    }))
    const sql = await project(t, issues)
    await sql`update issues set merged_event_count = 1000 * number, merged_user_count = 7 where number % 4 = 0`
    await sql`update issues set event_magnitude = magnitude(event_count + coalesce(merged_event_count, 0)),
      user_magnitude = magnitude(user_count + coalesce(merged_user_count, 0))`
    const inOrder = (shown: (issue: (typeof issues)[number]) => number) =>
      [...issues].sort((a, b) => shown(b) - shown(a) || b.number - a.number).map(({ number }) => number)
    const merged = ({ number }: (typeof issues)[number], more: number): number => (number % 4 === 0 ? more : 0)

    t.same(
      await listed(sql, { status: ['all'] }, 'events', 7),
      inOrder(issue => issue.count + merged(issue, 1_000 * issue.number))
    )
    t.same(
      await listed(sql, { status: ['all'] }, 'users', 7),
      inOrder(issue => issue.count + merged(issue, 7))
    )
  }
)

t.test('folds keep the magnitudes of what had events, merging and taking out those of what was merged', async t => {
  const sql = await databaseForEvents(t)
  const some = (issue: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({
      issue,
      userHash: (index + 1).toString(16).padStart(16, '0'),
      user: `u${index}`
    }))
  const magnitudes = async (issue: string) =>
    await sql<{ events: number; users: number }[]>`
    select event_magnitude as events, user_magnitude as users from issues where id = ${await issueIdOf(sql, issue)}`
  await commitEvents(sql, ...some('a', 40), ...some('b', 200), ...some('c', 5))
  t.match(
    [await magnitudes('a'), await magnitudes('b'), await magnitudes('c')],
    [[{ events: 6, users: 6 }], [{ events: 9, users: 9 }], [{ events: 5, users: 5 }]]
  )
  await commitEvents(sql, ...Array.from({ length: 160 }, () => ({ issue: 'a' })))
  t.match(await magnitudes('a'), [{ events: 9, users: 6 }], 'without a user, too')
  t.same(await audit(sql), [])

  const [project] = await sql<{ id: string }[]>`select organization_id as id from projects where id = 1`
  const changer = { projectId: 1, organizationId: project?.id ?? '', userId: callerId }
  const [a, b] = [await issueIdOf(sql, 'a'), await issueIdOf(sql, 'b')]
  await mergeIssues(sql, changer, [b], a)
  t.match(await magnitudes('a'), [{ events: 10, users: 9 }])
  t.same(await audit(sql), [])
  await mergeIssues(sql, changer, [a], await issueIdOf(sql, 'c'))
  await unmergeIssue(sql, changer, a)
  t.match(
    [await magnitudes('a'), await magnitudes('c')],
    [[{ events: 10, users: 9 }], [{ events: 5, users: 5 }]],
    'what was merged into it goes along'
  )
  t.same(await audit(sql), [])
})

t.test('lastSeen: looks within hours, not at them', async t => {
  const sql = await project(t, [
    { number: 1, environment: '', daysAgo: 3 },
    { number: 2, environment: '', daysAgo: 3 }
  ])
  const hour = today - 3 * dayMs
  await sql`update issues set last_seen = ${new Date(hour + 30 * 60_000)} where number = 2`
  const [from, between] = [new Date(now - 30 * dayMs), new Date(hour + 15 * 60_000).toISOString()]
  t.same(await listed(sql, { from, query: `lastSeen:>=${between}` }), [2])
  t.same(await listed(sql, { from, query: `lastSeen:<${between}` }), [1])
  t.same(await listed(sql, { from, query: `!lastSeen:>=${between}` }), [1])
})

t.test('issues of a release are the same whether it has few or many, what was merged counted for its root', async t => {
  const sql = await project(
    t,
    Array.from({ length: 9 }, (_, index) => ({ number: index + 1, environment: '', daysAgo: index === 8 ? 5 : 0 }))
  )
  const today0 = new Date(today)
  const seen = async (number: number, release: string, hour = today0): Promise<unknown> =>
    await sql`
    insert into issue_releases (project_id, issue_id, release, first_hour, last_hour)
      values (1, ${idOf(number)}, ${release}, ${hour}, ${hour})`
  for (const [number, release] of [
    [1, 'web@1'],
    [2, 'web@1'],
    [3, 'web@2'],
    [4, 'web@2'],
    [5, 'api@1']
  ] as const) {
    await seen(number, release)
  }
  await seen(3, 'web@1', new Date(today - dayMs))
  await seen(9, 'web@0', new Date(today - 5 * dayMs))
  for (const [release, daysAgo] of [
    ['web@1', 0],
    ['web@2', 0],
    ['api@1', 0],
    ['web@0', 5]
  ] as const) {
    await sql`insert into project_hours (project_id, hour, level, environment, release, count, bytes)
      values (1, ${new Date(today - daysAgo * dayMs)}, 'error', '', ${release}, 1, 1)`
  }
  await sql`update issues set merged_into = ${idOf(7)} where number = 5`
  await sql`update issues set merged_event_count = 1, merged_user_count = 1, merged_first_seen = first_seen,
    merged_last_seen = last_seen where number = 7`

  const from = new Date(today - 2 * dayMs)
  const expected = async (): Promise<void> => {
    t.same(await listed(sql, { from, query: 'release:web@1' }), [3, 2, 1])
    t.same(await listed(sql, { from, query: 'release:web@*' }), [4, 3, 2, 1])
    t.same(await listed(sql, { from, query: 'release:api@1' }), [7])
    t.same(await listed(sql, { from, query: 'release:web@1 firstRelease:web@1' }), [3, 2, 1])
    t.same(await listed(sql, { from, query: 'firstRelease:web@2' }), [4])
    t.same(await listed(sql, { from, query: 'firstRelease:[web@2, web@1]' }), [4, 3, 2, 1])
    t.same(await listed(sql, { from, query: '!firstRelease:web@1' }), [8, 7, 6, 4])
    t.same(await listed(sql, { from: new Date(today - 6 * dayMs), query: 'release:web@0' }), [9])
    t.same(await listed(sql, { from, query: 'release:web@3' }), [])
  }
  await expected()
  await sql`
    insert into issue_releases (project_id, issue_id, release, first_hour, last_hour)
    select 1, gen_random_uuid(), release, now(), now()
      from unnest('{web@1,web@2,api@1,web@0}'::text[]) release, generate_series(1, 4001)`
  await expected()
})
