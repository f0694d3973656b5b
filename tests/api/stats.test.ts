// Goal: the numbers of a dashboard are those of the events in the range, without gaps, and nobody else's.
// Method: events of several days through real commits and folds, then every number worked out again from the events.
import t from 'tap'
import type { PreparedEvent } from '../../schema/pipeline.ts'
import { foldAll } from '../../services/commit/count-check.ts'
import { commitBatches } from '../../services/commit/attempt.ts'
import { ensurePartitionsFor } from '../../services/database/partitions.ts'
import { apiUnderTest, type ApiUnderTest } from '../support/api.ts'
import { preparedBatch, preparedEvent } from '../support/prepared.ts'

type Volume = {
  data: { bucket: string; count: number; by_level: Record<string, number> }[]
  from: string
  to: string
  interval: string
  timezone: string
  estimated: boolean
}
type Levels = { data: { level: string; count: number }[]; from: string; to: string }
type Top = { data: { id: string; title: string; count: number }[] }
type Tags = { data: { value: string; count: number }[]; total: number; sampled: boolean; from: string; to: string }

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const levels = ['fatal', 'error', 'warning', 'info', 'debug'] as const

/** Nothing else commits in these tests, so after this every number is what it will be. */
async function commit(api: ApiUnderTest, events: PreparedEvent[]): Promise<void> {
  const batch = preparedBatch(events)
  await ensurePartitionsFor(api.sql, [batch], { now: Date.now() })
  await commitBatches(api.sql, [batch], { node: 'test', deadlineMs: 60_000 })
  await foldAll(api.sql)
}

/** 600 events of 40 issues in 10 days, the first issues more often. */
function someEvents(projectId: number, now: number): PreparedEvent[] {
  return Array.from({ length: 600 }, (_, index) =>
    preparedEvent({
      projectId,
      issue: `i${Math.floor((((index * index) % 40) * (index % 7)) / 6)}`,
      receivedAt: now - 1_000 - index * 24 * 60_000,
      level: levels[index % 5] ?? 'error',
      environment: index % 3 === 0 ? '' : index % 3 === 1 ? 'production' : 'staging',
      release: `r${index % 4}`,
      user: `u${index % 50}`,
      userHash: (index % 50).toString(16).padStart(16, '0'),
      tags: { browser: `b${index % 6}` }
    })
  )
}

function countBy(events: readonly PreparedEvent[], key: (event: PreparedEvent) => string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const event of events) counts[key(event)] = (counts[key(event)] ?? 0) + 1
  return counts
}

t.test('volume and levels count whole hours or days, without gaps, filtered', async t => {
  const api = await apiUnderTest(t)
  const user = await api.user('member')
  const now = Date.now()
  const events = someEvents(api.projectId, now)
  await commit(api, events)
  const stats = `/api/v1/projects/${api.projectId}/stats`
  const within = (from: string, to: string) =>
    events.filter(event => event.receivedAt >= Date.parse(from) && event.receivedAt < Date.parse(to))

  const asked = Date.now()
  const hours = (await user.get<Volume>(`${stats}/volume`)).body
  t.equal(hours.interval, 'hour')
  t.equal(Date.parse(hours.to) - Date.parse(hours.from), dayMs, '24 hours are 24 hours')
  t.match(hours, { estimated: false, timezone: 'UTC' })
  t.ok(Date.parse(hours.to) >= asked)
  const firstHour = Math.floor(Date.parse(hours.from) / hourMs) * hourMs
  t.equal(hours.data.length, Math.ceil((Date.parse(hours.to) - firstHour) / hourMs))
  t.same(
    hours.data.map(({ bucket }) => bucket),
    hours.data.map((_, index) => new Date(firstHour + index * hourMs).toISOString())
  )
  const expected = countBy(within(hours.from, hours.to), ({ receivedAt }) =>
    new Date(Math.floor(receivedAt / hourMs) * hourMs).toISOString()
  )
  t.same(
    hours.data.map(({ count }) => count),
    hours.data.map(({ bucket }) => expected[bucket] ?? 0)
  )
  for (const { count, by_level: byLevel } of hours.data) {
    t.same([Object.keys(byLevel), Object.values(byLevel).reduce((sum, each) => sum + each)], [[...levels], count])
  }

  const from = new Date(now - 89 * dayMs).toISOString()
  const days = (await user.get<Volume>(`${stats}/volume?from=${from}`)).body
  t.equal(days.interval, 'day')
  t.equal(
    days.data.reduce((sum, { count }) => sum + count, 0),
    600
  )
  const perDay = countBy(events, ({ receivedAt }) => new Date(Math.floor(receivedAt / dayMs) * dayMs).toISOString())
  t.same(
    Object.fromEntries(days.data.filter(({ count }) => count > 0).map(({ bucket, count }) => [bucket, count])),
    perDay
  )
  const to = new Date(now + 1).toISOString()
  t.equal((await user.get<Volume>(`${stats}/volume?from=${from}&to=${to}&interval=hour`)).body.data.length, 89 * 24 + 1)

  const tokyo = (await user.get<Volume>(`${stats}/volume?from=${from}&interval=day&timezone=asia/tokyo`)).body
  t.equal(tokyo.timezone, 'Asia/Tokyo')
  t.same(
    Object.fromEntries(tokyo.data.filter(({ count }) => count > 0).map(({ bucket, count }) => [bucket, count])),
    countBy(events, ({ receivedAt }) =>
      new Date(Math.floor((receivedAt + 9 * hourMs) / dayMs) * dayMs - 9 * hourMs).toISOString()
    )
  )
  const filters: [string, (event: PreparedEvent) => boolean][] = [
    ['level=fatal', event => event.level === 'fatal'],
    [
      'level=fatal&level=info&environment=staging',
      event => ['fatal', 'info'].includes(event.level) && event.environment === 'staging'
    ],
    ['environment=', event => event.environment === ''],
    ['release=r1&release=r2', event => event.release === 'r1' || event.release === 'r2']
  ]
  for (const [query, matches] of filters) {
    const { data } = (await user.get<Volume>(`${stats}/volume?from=${from}&${query}`)).body
    t.equal(
      data.reduce((sum, { count }) => sum + count, 0),
      events.filter(matches).length,
      query
    )
  }

  const all = (await user.get<Levels>(`${stats}/levels`)).body
  t.same(
    all.data,
    levels.map(level => ({ level, count: within(all.from, all.to).filter(event => event.level === level).length }))
  )
  t.same(
    (await user.get<Levels>(`${stats}/levels?from=${from}&environment=production&release=r0`)).body.data,
    levels.map(level => ({
      level,
      count: events.filter(
        event => event.level === level && event.environment === 'production' && event.release === 'r0'
      ).length
    }))
  )
})

t.test(
  'top issues are those with most events in the range, families counted as one, discarded ones left out',
  async t => {
    const api = await apiUnderTest(t)
    const user = await api.user('member')
    const now = Date.now()
    const events = someEvents(api.projectId, now).map(event => ({
      ...event,
      title: event.grouping.components[1] ?? ''
    }))
    // Far more in all than any other, but not lately; and so many small ones that candidates do not come at once.
    const others = Array.from({ length: 800 }, (_, index) =>
      preparedEvent({ projectId: api.projectId, issue: 'old', title: 'old', receivedAt: now - 20 * dayMs - index })
    )
    const small = Array.from({ length: 700 }, (_, index) =>
      preparedEvent({ projectId: api.projectId, issue: `s${index}`, title: `s${index}`, receivedAt: now - 1_000 })
    )
    await commit(api, [...events, ...others, ...small])
    const path = `/api/v1/projects/${api.projectId}/stats/top-issues`
    const top = async (query: string) => (await user.get<Top>(`${path}?${query}`)).body.data
    const from = new Date(now - 11 * dayMs).toISOString()
    const expected = (of: PreparedEvent[]) =>
      Object.entries(countBy(of, event => event.title))
        .map(([title, count]) => ({ title, count }))
        .sort((a, b) => b.count - a.count)

    const counts = expected(events)
    t.same(
      (await top(`from=${from}&limit=20`)).map(({ count }) => count),
      counts.slice(0, 20).map(({ count }) => count)
    )
    for (const { title, count } of await top(`from=${from}&limit=100`)) {
      t.equal(count, title.startsWith('s') ? 1 : counts.find(issue => issue.title === title)?.count, title)
    }
    t.match(await top(`from=${new Date(now - 30 * dayMs).toISOString()}&limit=1`), [{ title: 'old', count: 800 }])
    t.equal((await top('')).length, 10)

    const [first, second, third] = counts
    await api.sql`update issues set merged_into = (select id from issues where title = ${second?.title})
      where title = ${first?.title}`
    await api.sql`update issues set status = 'discarded' where title = ${third?.title}`
    const after = await top(`from=${from}&limit=3`)
    t.match(after[0], { title: second?.title, count: (first?.count ?? 0) + (second?.count ?? 0) })
    t.notOk(after.some(({ title }) => title === third?.title || title === first?.title))
  }
)

t.test(
  'values of tags are those of the range, users too while events are few',

  async t => {
    const api = await apiUnderTest(t)
    const user = await api.user('member')
    const now = Date.now()
    const many = Object.fromEntries(
      Array.from({ length: 25 }, (_, index) => [`k${String(index).padStart(2, '0')}`, `v${index}`])
    )
    const events = [
      ...someEvents(api.projectId, now),
      preparedEvent({ projectId: api.projectId, receivedAt: now - 1_000, user: '', tags: many })
    ]
    await commit(api, events)
    const tags = async (key: string, query = '') =>
      (await user.get<Tags>(`/api/v1/projects/${api.projectId}/stats/tags/${key}?${query}`)).body
    const within = ({ from, to }: Tags) =>
      events.filter(event => event.receivedAt >= Date.parse(from) && event.receivedAt < Date.parse(to))
    const expected = (of: PreparedEvent[], value: (event: PreparedEvent) => string) =>
      Object.fromEntries(Object.entries(countBy(of, value)).filter(([name]) => name !== '' && name !== 'undefined'))
    const asObject = ({ data }: Tags) => Object.fromEntries(data.map(({ value, count }) => [value, count]))

    const browser = await tags('browser')
    t.equal(browser.sampled, false)
    t.same(
      asObject(browser),
      expected(within(browser), event => event.tags.browser ?? '')
    )
    const two = await tags('browser', 'limit=2')
    t.equal(two.data.length, 2)
    t.equal(two.total, browser.total, 'the total is of all values')

    for (const key of ['level', 'environment', 'release'] as const) {
      const found = await tags(key)
      t.equal(found.sampled, false)
      t.same(
        asObject(found),
        expected(within(found), event => event[key]),
        key
      )
    }
    const users = await tags('user', 'limit=100')
    t.equal(users.sampled, false)
    t.same(
      asObject(users),
      expected(within(users), event => event.user)
    )
    const uncounted = await tags('k24')
    t.match(uncounted, { sampled: false, data: [{ value: 'v24', count: 1 }], total: 1 })
    t.match(await tags('nowhere'), { sampled: false, data: [], total: 0 })
  }
)

t.test('health counts what is open, new, lately seen and regressed', async t => {
  const api = await apiUnderTest(t)
  const user = await api.user('member')
  const now = Date.now()
  const at = (issue: string, receivedAt: number, userHash = '') =>
    preparedEvent({ projectId: api.projectId, issue, receivedAt, userHash, user: userHash })
  const path = `/api/v1/projects/${api.projectId}/stats/health`
  const nothing = { events: 0, users: 0, new_issues: 0, regressed: 0, estimated: false }
  t.match((await user.get(path)).body, {
    unresolved: 0,
    events_24h: 0,
    new_today: 0,
    users_24h: 0,
    regressed_24h: 0,
    estimated: false,
    range: nothing
  })

  await commit(api, [
    at('old', now - 3 * dayMs, '00000000000000aa'),
    at('back', now - 3 * dayMs),
    at('gone', now - 3 * dayMs)
  ])
  await api.sql`update issues set status = 'resolved', substatus = '', resolved_at = now() - interval '1 day'`
  await commit(api, [
    at('back', now - 1_000, '00000000000000bb'),
    at('back', now - 1_000, '00000000000000cc'),
    at('fresh', now, '00000000000000bb'),
    at('fresh', now)
  ])
  const inRange = { events: 4, users: 2, new_issues: 1, regressed: 1, estimated: false }
  t.match((await user.get(path)).body, {
    unresolved: 2,
    events_24h: 4,
    new_today: 1,
    users_24h: 2,
    regressed_24h: 1,
    range: inRange
  })
  t.match((await user.get(`${path}?environment=production`)).body, { events_24h: 4, range: inRange })
  t.match((await user.get(`${path}?environment=staging`)).body, { events_24h: 4, range: nothing })
  const before = `from=${new Date(now - 4 * dayMs).toISOString()}&to=${new Date(now - 2 * dayMs).toISOString()}`
  t.match((await user.get(`${path}?${before}`)).body, {
    unresolved: 2,
    range: { events: 3, users: 1, new_issues: 3, regressed: 0 }
  })
})

t.test('what cannot be asked is refused, and other tenants have no numbers', async t => {
  const api = await apiUnderTest(t)
  const user = await api.user('member')
  const stranger = await api.user(null)
  const stats = `/api/v1/projects/${api.projectId}/stats`
  for (const query of [
    'volume?interval=week',
    'volume?from=2026-01-01&to=2026-05-01',
    'volume?level=loud',
    'levels?interval=day',
    'top-issues?limit=0',
    'top-issues?limit=101',
    'top-issues?limit=x',
    'tags/a%20b',
    `tags/${'x'.repeat(201)}`,
    'health?from=2999-01-01',
    'volume?timezone=Mars/Olympus',
    'volume?timezone=%2B02:00',
    'volume?timezone=Europe/Berlin&timezone=UTC',
    'levels?timezone=UTC'
  ]) {
    t.equal((await user.get(`${stats}/${query}`)).status, 400, query)
  }
  for (const path of ['volume', 'levels', 'top-issues', 'tags/browser', 'health']) {
    t.equal((await user.get(`${stats}/${path}`)).status, 200, path)
    t.equal((await stranger.get(`${stats}/${path}`)).status, 404, path)
    t.equal((await api.nobody.get(`${stats}/${path}`)).status, 401, path)
  }
})
