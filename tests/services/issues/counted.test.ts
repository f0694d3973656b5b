// Goal: a filtered list shows and sorts by the numbers of its filter. Method: events at random moments through real
// commits and folds, one family of merged issues; for many filters every page of every order against the same worked
// out from the events; issues with more events than are read, which must say that they are estimated.
import t from 'tap'
import { issueQueryOf } from '../../../api/issues/queries.ts'
import type { PreparedEvent } from '../../../schema/pipeline.ts'
import { exactRange } from '../../../services/counts/exact-range.ts'
import type { Sql } from '../../../services/database/sql.ts'
import type { CountedFilter } from '../../../services/issues/counted-filter.ts'
import { issueItems } from '../../../services/issues/items.ts'
import { issueSorts, listIssueIds, type IssuePosition, type IssueSort } from '../../../services/issues/list.ts'
import { mergeIssues } from '../../../services/issues/merges.ts'
import { sumPastDays } from '../../../services/rollups/days.ts'
import { databaseForEvents, preparedEvent } from '../../support/prepared.ts'
import { commitAndFold, someEvents } from '../../support/some-events.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const callerId = '00000000-0000-7000-8000-000000000000'
const scope = { projectId: 1, organizationId: callerId, slug: 'default', callerId }

type Item = Awaited<ReturnType<typeof issueItems>>[number]
type Asked = { from: number; to: number | null; environments: string[]; releases: string[] }

async function listed(
  sql: Sql,
  { from, to, environments, releases }: Asked,
  sort: IssueSort,
  now: number
): Promise<{ items: Item[]; isOrdered: boolean }> {
  const filters = {
    from: new Date(from),
    ...(to !== null && { to: new Date(to) }),
    ...(environments.length > 0 && { environment: environments }),
    ...(releases.length > 0 && { release: releases })
  }
  const query = issueQueryOf(scope, filters, now)
  const range = await exactRange(sql, 1, { from, to: to ?? now }, now)
  const filter: CountedFilter = { range, isOpen: to === null, environments, releases }
  const items: Item[] = []
  let isOrdered = true
  for (let after: IssuePosition | null = null; ;) {
    const page = await listIssueIds(sql, { ...query, filter, sort, after, limit: 7 })
    items.push(...(await issueItems(sql, 1, page.ids, { filter, now })))
    isOrdered &&= page.isOrdered
    if (page.next === null) return { items, isOrdered }
    after = page.next
  }
}

function expected(events: readonly PreparedEvent[], { from, to, environments, releases }: Asked) {
  const byTitle = new Map<string, PreparedEvent[]>()
  for (const event of events) {
    const { receivedAt, environment, release, title } = event
    if (receivedAt < from || (to !== null && receivedAt >= to)) continue
    if (environments.length > 0 && !environments.includes(environment)) continue
    if (releases.length > 0 && !releases.includes(release)) continue
    byTitle.set(rootOf(title), [...(byTitle.get(rootOf(title)) ?? []), event])
  }
  return new Map(
    [...byTitle].map(([title, its]) => {
      const times = its.map(event => event.receivedAt)
      return [
        title,
        {
          events: its.length,
          users: new Set(its.map(event => event.userHash).filter(hash => hash !== '')).size,
          first: Math.min(...times),
          last: Math.max(...times)
        }
      ]
    })
  )
}

/** i1 and i2 are merged into i0. */
function rootOf(title: string): string {
  return ['TypeError: i1', 'TypeError: i2'].includes(title) ? 'TypeError: i0' : title
}

async function idOf(sql: Sql, title: string): Promise<string> {
  const [row] = await sql<{ id: string }[]>`select id from issues where project_id = 1 and title = ${title}`
  return row?.id ?? ''
}

const weights = new Map([
  ['fatal', 8],
  ['error', 4],
  ['warning', 2],
  ['info', 1],
  ['debug', 0.5]
])

/** How the API's document has it; the clock's share is the same for all. */
function priorityOf({ event_count: events, user_count: users, level, last_seen: seen }: Item, hours: number): number {
  const rate = 1 + Math.log2(1 + (24 * events) / Math.round(hours))
  const age = Date.parse(seen) / dayMs / 3
  return Math.log2(rate * (1 + Math.log2(1 + users)) * (weights.get(level) ?? 0)) + age
}

function valueOf(sort: IssueSort, item: Item, { from, to }: Asked, now: number): number {
  const half = item.trend.length / 2
  return {
    events: item.event_count,
    users: item.user_count,
    first_seen: Date.parse(item.first_seen),
    last_seen: Date.parse(item.last_seen),
    trend: item.trend.reduce((sum, count, index) => sum + (index < half ? -count : count), 0),
    priority: priorityOf(item, ((to ?? now) - from) / hourMs)
  }[sort]
}

t.test('lists show and sort by the numbers of their filter', async t => {
  const sql = await databaseForEvents(t)
  const events = someEvents({ count: 2_500, days: 25, now: Date.now() })
  await commitAndFold(sql, events)
  const root = await idOf(sql, 'TypeError: i0')
  const changer = { projectId: 1, organizationId: callerId, userId: callerId }
  await mergeIssues(sql, changer, [await idOf(sql, 'TypeError: i1'), await idOf(sql, 'TypeError: i2')], root)
  const titles = new Map<string, string>()
  for (const { id, title } of await sql<{ id: string; title: string }[]>`select id, title from issues`) {
    titles.set(id, title)
  }

  for (const isSummed of [false, true]) {
    if (isSummed) await sumPastDays(sql)
    const now = Date.now()
    const any = { environments: [], releases: [] }
    const filters: Asked[] = [
      { from: now - hourMs, to: null, ...any },
      { from: now - dayMs, to: null, ...any },
      { from: now - 26 * dayMs, to: null, ...any },
      { from: now - 3 * dayMs - 1234, to: now - dayMs - 777, ...any },
      { from: now - 7 * dayMs - 99, to: null, environments: ['staging'], releases: [] },
      { from: now - 10 * dayMs, to: now - 40 * 60_000, environments: ['', 'production'], releases: [] },
      { from: now - 2 * dayMs, to: null, environments: [], releases: ['shop@1.1'] },
      { from: now - 20 * dayMs, to: now - 2 * dayMs, environments: ['production'], releases: ['shop@1.0'] }
    ]
    for (const asked of filters) {
      const name = JSON.stringify({ ...asked, from: now - asked.from, isSummed })
      const should = expected(events, asked)
      for (const sort of issueSorts) {
        const { items, isOrdered } = await listed(sql, asked, sort, now)
        t.equal(isOrdered, true, name)
        // What rollups find by hours may have no event within the range; it is shown as 0, and never left out wrongly.
        const seen = items.filter(item => item.event_count > 0)
        t.same(
          new Map(
            seen.map(item => [
              titles.get(item.id),
              {
                events: item.event_count,
                users: item.user_count,
                first: Date.parse(item.first_seen),
                last: Date.parse(item.last_seen)
              }
            ])
          ),
          should,
          `${sort} of ${name}`
        )
        const values = seen.map(item => valueOf(sort, item, asked, now))
        t.same(
          values,
          [...values].sort((a, b) => b - a),
          `order by ${sort} of ${name}`
        )
        for (const item of seen) {
          t.match(item, { estimated: false, users_estimated: false })
          if (asked.from < now - dayMs) {
            t.equal(
              item.trend.reduce((sum, count) => sum + count, 0),
              item.event_count,
              `trend of ${name}`
            )
          }
          const all = events.filter(event => rootOf(event.title) === titles.get(item.id))
          t.equal(item.total_event_count, all.length)
        }
      }
    }
  }
})

t.test('what is told from the newest of many events is near, and says so', async t => {
  const sql = await databaseForEvents(t)
  const now = Date.now()
  const events = Array.from({ length: 4_000 }, (_, index) =>
    preparedEvent({
      issue: 'busy',
      receivedAt: now - 1_000 - index * 10_000,
      environment: index % 4 === 0 ? 'staging' : 'production',
      release: index % 2 === 0 ? 'shop@1.0' : 'shop@1.1',
      userHash: (index % 200).toString(16).padStart(16, '0')
    })
  )
  const old = preparedEvent({ issue: 'busy', receivedAt: now - 20 * dayMs })
  await commitAndFold(sql, [...events, old])
  const of = async (asked: Partial<Asked>): Promise<Item> => {
    const all = { from: now - 10 * dayMs, to: null, environments: [], releases: [], ...asked }
    const [item] = (await listed(sql, all, 'events', now)).items
    if (item === undefined) throw new Error('the issue is not there')
    return item
  }
  t.match(await of({}), { event_count: 4_000, user_count: 200, estimated: false, users_estimated: true })
  t.match(await of({}), { first_seen: new Date(events.at(-1)?.receivedAt ?? 0).toISOString() })
  t.match(await of({ environments: ['staging'] }), { event_count: 1_000, estimated: true, users_estimated: true })
  const release = await of({ releases: ['shop@1.1'] })
  t.match(release, { estimated: true, users_estimated: true, total_event_count: 4_001 })
  t.ok(Math.abs(release.event_count - 2_000) < 100, String(release.event_count))
})
