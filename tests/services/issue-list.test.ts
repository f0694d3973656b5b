// Goal: which issues a list has does not depend on whether past days were summed up, and numbers order issues of several statuses as one.
// Method: issues and their hours written by hand, each asked for before and after the days were made.
import t from 'tap'
import { issueQueryOf, type IssueFilters } from '../../api/issue-queries.ts'
import { listIssueIds, type IssuePosition, type IssueSort } from '../../services/issue-list.ts'
import { sumPastDays } from '../../services/rollup-days.ts'
import { ensureDefaults } from '../../services/projects.ts'
import type { Sql } from '../../services/sql.ts'
import { testDatabase } from '../support/database.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const now = Date.now()
const today = Math.floor(now / dayMs) * dayMs
const callerId = '00000000-0000-7000-8000-000000000000'

function idOf (number: number): string {
  return `01900000-0000-7000-8000-${String(number).padStart(12, '0')}`
}

type Given = { number: number, environment: string, daysAgo: number, status?: string, count?: number }

async function project (t: Parameters<typeof testDatabase>[0], issues: readonly Given[]): Promise<Sql> {
  const { sql } = await testDatabase(t)
  await ensureDefaults(sql)
  for (const { number, environment, daysAgo, status = 'unresolved', count = 1 } of issues) {
    const hour = new Date(today - daysAgo * dayMs)
    await sql`
      insert into issues (project_id, id, fingerprint, number, status, level, title, culprit, event_count, user_count, first_seen, last_seen, last_seen_hour, last_event_id)
      values (1, ${idOf(number)}, sha256(${String(number)}::bytea), ${number}, ${status}, 'error', 'Failed', '', ${count}, ${count}, ${hour}, ${hour}, ${hour}, ${idOf(number)})`
    await sql`insert into issue_hours (project_id, issue_id, hour, environment, count) values (1, ${idOf(number)}, ${hour}, ${environment}, ${count})`
  }
  return sql
}

async function listed (sql: Sql, filters: IssueFilters, sort: IssueSort = 'last_seen', limit = 100): Promise<number[]> {
  const query = issueQueryOf({ projectId: 1, organizationId: callerId, slug: 'default', callerId }, filters, now)
  const numbers: number[] = []
  for (let after: IssuePosition | null = null; ;) {
    const page = await listIssueIds(sql, { ...query, sort, after, limit })
    numbers.push(...page.ids.map(id => Number(id.slice(-12))))
    if (page.next === null) return numbers
    after = page.next
  }
}

t.test('environments and past ranges are found in days as in hours', async t => {
  const sql = await project(t, [
    { number: 1, environment: 'a', daysAgo: 10 }, { number: 2, environment: 'b', daysAgo: 9 }, { number: 3, environment: 'b', daysAgo: 1 }, { number: 4, environment: 'a', daysAgo: 0 }
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
  const sql = await project(t, [5, 9, 7, 9, 1].map((count, index) => ({
    number: index + 1, environment: '', daysAgo: 0, status: index % 2 === 0 ? 'unresolved' : 'resolved', count
  })))
  for (const sort of ['events', 'users'] as const) {
    t.same(await listed(sql, { status: ['all'] }, sort, 2), [4, 2, 3, 1, 5])
    t.same(await listed(sql, {}, sort, 2), [3, 1, 5])
  }
})

t.test('by numbers of every magnitude, what was merged included, nothing is missing from the pages and nothing twice', async t => {
  const issues = Array.from({ length: 90 }, (_, index) => ({
    number: index + 1, environment: '', daysAgo: 0, status: ['unresolved', 'archived', 'resolved'][index % 3] ?? '', count: Math.floor(1.7 ** (index % 25)) + index % 2
  }))
  const sql = await project(t, issues)
  await sql`update issues set merged_event_count = 1000 * number, merged_user_count = 7 where number % 4 = 0`
  const inOrder = (shown: (issue: typeof issues[number]) => number) => [...issues].sort((a, b) => shown(b) - shown(a) || b.number - a.number).map(({ number }) => number)
  const merged = ({ number }: typeof issues[number], more: number): number => number % 4 === 0 ? more : 0

  t.same(await listed(sql, { status: ['all'] }, 'events', 7), inOrder(issue => issue.count + merged(issue, 1_000 * issue.number)))
  t.same(await listed(sql, { status: ['all'] }, 'users', 7), inOrder(issue => issue.count + merged(issue, 7)))
})

t.test('an event changes the indexes of numbers only where it changes the magnitude', async t => {
  const sql = await project(t, [{ number: 1, environment: '', daysAgo: 0, count: 120 }])
  // The counter is that of a session, from one report to the statistics to the next.
  const staysInPlace = async (events: number): Promise<boolean> => await sql.begin(async sql => {
    const inPlace = async () => await sql<{ count: number }[]>`select pg_stat_get_xact_tuples_hot_updated('issues'::regclass) as count`
    const [before] = await inPlace()
    await sql`update issues set event_count = ${events}`
    const [after] = await inPlace()
    return (after?.count ?? 0) - (before?.count ?? 0) === 1
  })
  t.equal(await staysInPlace(121), true)
  t.equal(await staysInPlace(170), true)
  t.equal(await staysInPlace(1_000), false)
})

t.test('lastSeen: looks within hours, not at them', async t => {
  const sql = await project(t, [{ number: 1, environment: '', daysAgo: 3 }, { number: 2, environment: '', daysAgo: 3 }])
  const hour = today - 3 * dayMs
  await sql`update issues set last_seen = ${new Date(hour + 30 * 60_000)} where number = 2`
  const [from, between] = [new Date(now - 30 * dayMs), new Date(hour + 15 * 60_000).toISOString()]
  t.same(await listed(sql, { from, query: `lastSeen:>=${between}` }), [2])
  t.same(await listed(sql, { from, query: `lastSeen:<${between}` }), [1])
  t.same(await listed(sql, { from, query: `!lastSeen:>=${between}` }), [1])
})
