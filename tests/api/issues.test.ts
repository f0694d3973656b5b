// Goal: lists of issues over HTTP find what they are asked for, in every order and in pages, and one issue shows what
// is known of it. Method: events of several days committed for a whole node's project, searches with the issues that
// they must find, and refusals with their fields.
import t from 'tap'
import type { IssueDetailBody, IssueItem } from '../../schema/api/issues.ts'
import type { EventItem } from '../../schema/api/events.ts'
import { apiUnderTest, type ApiUser } from '../support/api.ts'
import { commitEvents, issueIdOf, type EventOf } from '../support/issues.ts'

type List = { data: IssueItem[]; next_cursor: string | null; sampled: boolean }
type Problem = { detail: string; errors: { path: string; message: string }[] }

const hourMs = 3_600_000
const dayMs = 24 * hourMs

async function world(t: Parameters<typeof apiUnderTest>[0]) {
  const api = await apiUnderTest(t)
  const user = await api.user('member', { email: 'dev@example.com', name: 'Dev' })
  const now = Date.now()
  const commit = (...events: EventOf[]) =>
    commitEvents(api.sql, ...events.map(event => ({ projectId: api.projectId, ...event })))
  const list = async (query = '', by: ApiUser = user) => {
    const { status, body, text } = await by.get<List>(`/api/v1/projects/${api.projectId}/issues${query}`)
    if (status !== 200) throw new Error(text)
    return body
  }
  const titles = async (query: string) => (await list(query)).data.map(item => item.title)
  const search = async (query: string, more = '') => (await titles(`?query=${encodeURIComponent(query)}${more}`)).sort()
  const id = (issue: string) => issueIdOf(api.sql, issue, api.projectId)
  return { api, user, now, commit, list, titles, search, id }
}

t.test('the list shows issues seen in the range, and each as the contract says', async t => {
  const { api, now, commit, list, titles, user, id } = await world(t)
  await commit(
    { issue: 'a', title: 'A', receivedAt: now - 3 * hourMs, userHash: '0000000000000001', user: 'u1' },
    { issue: 'a', title: 'A', receivedAt: now - 1_000, userHash: '0000000000000002', user: 'u2' },
    { issue: 'b', title: 'B', receivedAt: now - 2_000, level: 'warning' },
    { issue: 'old', title: 'Old', receivedAt: now - 3 * dayMs }
  )
  await user.patch(`/api/v1/issues/${await id('a')}`, { assignee: user.id })
  const { data, next_cursor: next, sampled } = await list()
  t.same(
    data.map(item => item.title),
    ['A', 'B']
  )
  t.same([next, sampled], [null, false])
  const [a] = data
  t.match(a, {
    id: await id('a'),
    short_id: 'DEFAULT-2',
    title: 'A',
    culprit: '/cart',
    level: 'error',
    status: 'unresolved',
    substatus: 'new',
    event_count: 2,
    user_count: 2,
    first_seen: new Date(now - 3 * hourMs).toISOString(),
    last_seen: new Date(now - 1_000).toISOString(),
    assignee: { id: user.id, name: 'Dev', email: 'dev@example.com' }
  })
  t.equal(a?.trend.length, 24)
  t.equal(
    a?.trend.reduce((sum, count) => sum + count),
    2
  )
  const range = (from: number, to: number) => `?from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`
  t.same(await titles(range(now - 4 * dayMs, now - 2 * dayMs)), ['Old'])
  t.same(await titles(range(now - 4 * dayMs, now + 1_000)), ['A', 'B', 'Old'])
  t.same(await titles(range(now - 2 * dayMs, now - dayMs)), [])
  t.same(
    await titles(range(now - 2 * hourMs, now - hourMs - 30 * 60_000)),
    [],
    'an issue with events before and after is not seen in between'
  )
  t.same(
    api.log.filter(line => line.startsWith('error')),
    []
  )
})

t.test('every order goes through all pages, and no issue comes twice while others come', async t => {
  const { now, commit, list } = await world(t)
  const events: EventOf[] = []
  for (let index = 0; index < 12; index++) {
    for (let copy = 0; copy <= index % 4; copy++) {
      events.push({
        issue: `i${index}`,
        title: `T${index}`,
        receivedAt: now - 5 * hourMs + ((index * 7) % 12) * 60_000 + copy,
        userHash: String((index % 3) + copy).padStart(16, '0'),
        user: `u${copy}`
      })
    }
  }
  await commit(...events)
  const all = (await list('?limit=100')).data
  const value = {
    last_seen: 'last_seen',
    first_seen: 'first_seen',
    events: 'event_count',
    users: 'user_count'
  } as const
  for (const [sort, field] of Object.entries(value)) {
    const expected = [...all]
      .sort((a, b) => (a[field] === b[field] ? (a.id < b.id ? 1 : -1) : a[field] < b[field] ? 1 : -1))
      .map(item => item.title)
    const found: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: List = await list(`?sort=${sort}&limit=5${cursor === '' ? '' : `&cursor=${cursor}`}`)
      found.push(...page.data.map(item => item.title))
      cursor = page.next_cursor
    }
    t.same(found, expected, sort)
  }
  const first = await list('?limit=5')
  await commit({ issue: 'new', title: 'New', receivedAt: now }, { issue: 'i3', title: 'T3', receivedAt: now })
  const second = await list(`?limit=100&cursor=${first.next_cursor ?? ''}`)
  t.same(
    second.data.filter(item => first.data.some(other => other.id === item.id)),
    []
  )
  t.notOk(second.data.some(item => item.title === 'New'))
})

t.test('searches find what they say', async t => {
  const { api, user, now, commit, search, id } = await world(t)
  await commit(
    {
      issue: 'a',
      title: 'TypeError: cannot read cart',
      culprit: 'shop/checkout',
      message: 'cannot read cart of order 77',
      environment: 'prod',
      release: '1.2.0',
      tags: { browser: 'Chrome 120' },
      user: 'u1',
      userNames: { email: 'ann@example.com', username: 'ann' },
      userHash: '0000000000000001',
      receivedAt: now - 5_000
    },
    {
      issue: 'b',
      title: 'RangeError: too deep',
      culprit: 'lib/walk',
      message: 'too deep',
      environment: 'staging',
      release: '1.3.0',
      level: 'warning',
      tags: { browser: 'Firefox', shard: '7' },
      receivedAt: now - 4_000
    },
    {
      issue: 'c',
      title: 'Timeout 50%',
      culprit: 'api_users',
      message: 'Timeout of 50%',
      environment: 'prod',
      release: '',
      level: 'fatal',
      platform: 'python',
      user: 'dev@example.com',
      userHash: '0000000000000002',
      receivedAt: now - 3 * hourMs
    },
    {
      issue: 'c',
      title: 'Timeout 50%',
      culprit: 'api_users',
      platform: 'python',
      message: 'Timeout of 50%',
      environment: 'qa',
      release: '1.2.9',
      level: 'fatal',
      receivedAt: now - 3_000
    },
    {
      issue: 'd',
      title: 'Ärger im Dienst',
      message: 'Ärger',
      environment: 'prod',
      release: '2.0.0',
      receivedAt: now - 2_000
    }
  )
  const [a, b, c, d] = ['TypeError: cannot read cart', 'RangeError: too deep', 'Timeout 50%', 'Ärger im Dienst']
  await user.patch(`/api/v1/issues/${await id('b')}`, { assignee: user.id })
  await user.patch(`/api/v1/issues/${await id('d')}`, { status: 'resolved' })
  const [number] = await api.sql<{ number: number }[]>`select number from issues where id = ${await id('a')}`

  const cases: [string, (string | undefined)[]][] = [
    ['', [a, b, c]],
    ['is:unresolved', [a, b, c]],
    ['is:resolved', [d]],
    ['!is:unresolved', [d]],
    ['is:[resolved, unresolved]', [a, b, c, d]],
    ['is:new', [a, b, c]],
    ['!is:new', []],
    ['is:assigned', [b]],
    ['is:unassigned', [a, c]],
    ['assigned:me', [b]],
    ['assigned:dev@example.com', [b]],
    ['assigned:nobody@example.com', []],
    [`assigned:[none, ${user.id}]`, [a, b, c]],
    ['!assigned:none', [b]],
    ['level:[error, fatal]', [a, c]],
    ['!level:error', [b, c]],
    ['environment:prod', [a, c]],
    ['environment:[qa, staging]', [b, c]],
    ['env:st*', [b]],
    ['!environment:prod', [b, c]],
    ['environment:""', []],
    ['release:1.2.*', [a, c]],
    ['release:1.2.0', [a]],
    ['release:[1.3.0, 1.2.9]', [b, c]],
    ['!release:1.2.*', [b]],
    ['release:latest is:[resolved, unresolved]', [d]],
    ['release:9.*', []],
    ['release:1.2.* environment:qa', [c]],
    ['release:1.2.9 environment:prod browser:""', []],
    ['firstRelease:1.2.9', [c]],
    ['browser:"Chrome 120"', [a]],
    ['browser:Chrome*', [a]],
    ['browser:*o*', [a, b]],
    ['browser:*120', [a]],
    ['has:browser', [a, b]],
    ['!has:browser', [c]],
    ['has:shard browser:Firefox', [b]],
    ['tags[shard]:7', [b]],
    ['browser:Firefox environment:prod', []],
    ['user:u1', [a]],
    ['user.id:u1', [a]],
    ['user.email:dev@example.com', [c]],
    ['user.email:d*@example.com', [c]],
    ['user.email:ann@example.com', [a]],
    ['user.email:*@example.com', [a, c]],
    ['user:ann@example.com', [a]],
    ['user.username:ann', [a]],
    ['has:user.email', [a]],
    ['timesSeen:>1', [c]],
    ['times>=1', [a, b, c]],
    ['!timesSeen:2', [a, b]],
    ['users:1', [a, c]],
    ['firstSeen:-1h', [a, b]],
    ['firstSeen:+1h', [c]],
    ['lastSeen:>2020-01-01', [a, b, c]],
    ['lastSeen:<2020-01-01', []],
    ['title:*deep', [b]],
    ['title:timeout*', [c]],
    ['title:*50%', [c]],
    ['culprit:api_users', [c]],
    ['culprit:apiXusers', []],
    ['platform:python', [c]],
    [`issue:DEFAULT-${number?.number}`, [a]],
    [`DEFAULT-${number?.number}`, [a]],
    [`issue:${await id('b')}`, [b]],
    ['typeerror', [a]],
    ['error', [a, b]],
    ['Range', [b]],
    ['checkout', [a]],
    ['"cannot read"', [a]],
    ['"read cannot"', []],
    ['77', [a]],
    ['timeout OR deep', [b, c]],
    ['(timeout OR deep) environment:qa', [c]],
    ['browser:Firefox OR firstRelease:1.2.9', [b, c]],
    ['timeout OR (browser:Chrome* assigned:none)', [a, c]],
    ['NOT (error OR range)', [c]],
    ['release:>1.2.5', [b, c]],
    ['firstRelease:>=1.2.9', [b, c]],
    ['dee*', [b]],
    ['*meout', [c]],
    ['is:resolved OR level:warning', [b, d]],
    ['-error', [c]],
    ['error -range', [a]],
    ['message:"too deep"', [b]],
    ['ärger is:resolved', [d]],
    ['nothing', []],
    ['error browser:Firefox', [b]]
  ]
  for (const [query, expected] of cases) t.same(await search(query), [...expected].sort(), query)
  t.same(await search('', '&status=all'), [a, b, c, d].sort())
  t.same(await search('is:resolved', '&status=unresolved'), [], 'both must hold')
  t.same(await search('', '&environment=staging&environment=qa&level=warning'), [b])
  t.same(await search('', '&assignee=me&release=1.3.0'), [b])
  t.same(await search('', `&assignee=none&assignee=${user.id}`), [a, b, c].sort())
  t.same(
    api.log.filter(line => line.startsWith('error')),
    []
  )
})

t.test('what cannot be asked is refused with its field and the reason', async t => {
  const { api, user, list } = await world(t)
  const refusal = async (query: string) => {
    const { status, body } = await user.get<Problem>(`/api/v1/projects/${api.projectId}/issues?${query}`)
    return [status, body.errors[0]?.path, body.errors[0]?.message]
  }
  t.same(await refusal('query=level:bad'), [
    400,
    'query',
    'column 7: expected one of fatal, error, warning, info, debug'
  ])
  t.same(await refusal(`query=${encodeURIComponent('a "b')}`), [
    400,
    'query',
    'column 3: expected a closing quote for the one here'
  ])
  t.same(await refusal(`query=${'x'.repeat(1_001)}`), [400, 'query', 'has at most 1,000 characters'])
  t.same(await refusal(`query=${encodeURIComponent('...')}`), [400, 'query', 'column 1: holds no word to search for'])
  t.match(await refusal('status=open'), [400, 'status', /must be one of/])
  t.match(await refusal('level=bad'), [400, 'level', /must be one of/])
  t.match(await refusal('assignee=somebody'), [400, 'assignee', /must be me, none/])
  t.match(await refusal('sort=title'), [400, 'sort', /must be one of/])
  t.match(await refusal('from=yesterday'), [400, 'from', /ISO 8601/])
  t.match(await refusal('from=2026-01-01&to=2025-12-01'), [400, 'from', /before/])
  t.match(await refusal('limit=0'), [400, 'limit', /1 to 100/])
  t.match(await refusal('limit=101'), [400, 'limit', /1 to 100/])
  t.match(await refusal('unknown=1'), [400, 'unknown', /not known/])
  t.match(await refusal('cursor=abc'), [400, 'cursor', /no cursor/])
  const other = Buffer.from(
    JSON.stringify({ sort: 'events', value: 1, id: '01a20658-9b80-728a-ab5a-0877193c31cb', from: 0 })
  ).toString('base64url')
  t.match(await refusal(`cursor=${other}`), [400, 'cursor', /another order/])
  t.same((await list('?sort=events&cursor=' + other)).data, [])
})

t.test('one issue, by any of its names, with all that its page shows', async t => {
  const { api, user, now, commit, id } = await world(t)
  const [first, , last] = await commit(
    {
      issue: 'a',
      title: 'A',
      release: '1.9.0',
      tags: { browser: 'Chrome' },
      user: 'u1',
      userHash: '0000000000000001',
      receivedAt: now - 5 * dayMs
    },
    {
      issue: 'a',
      title: 'A',
      release: '1.10.0',
      tags: { browser: 'Chrome' },
      user: 'u2',
      userHash: '0000000000000002',
      receivedAt: now - 4_000
    },
    {
      issue: 'a',
      title: 'A',
      release: '1.9.0',
      tags: { browser: 'Firefox' },
      level: 'warning',
      user: 'u1',
      userHash: '0000000000000001',
      receivedAt: now - 2_000
    }
  )
  const { body } = await user.get<IssueDetailBody>(`/api/v1/issues/${await id('a')}`)
  t.match(body, {
    title: 'A',
    event_count: 3,
    user_count: 2,
    project: { id: String(api.projectId), slug: 'default' },
    platform: 'node',
    grouping: { rule: 'exception', version: 'mesher:1', components: ['TypeError', 'a'] },
    releases: { first: '1.9.0', last: '1.10.0' },
    latest_event: { id: last?.id },
    merged: [],
    resolved_in_next_release: false,
    resolved_in_release: null
  })
  t.match(body.fingerprint, /^[0-9a-f]{64}$/)
  t.same(
    body.tags.find(tag => tag.key === 'browser'),
    {
      key: 'browser',
      total: 3,
      values: [
        { value: 'Chrome', count: 2 },
        { value: 'Firefox', count: 1 }
      ]
    }
  )
  t.same(body.tags.find(tag => tag.key === 'user')?.values, [
    { value: 'u1', count: 2 },
    { value: 'u2', count: 1 }
  ])
  t.same((await user.get(`/api/v1/issues/${body.short_id}`)).body, body)
  t.same((await user.get(`/api/v1/issues/${body.short_id.toLowerCase()}`)).body.id, body.id)

  const path = `/api/v1/issues/${body.id}`
  const events = await user.get<{ data: EventItem[]; next_cursor: string | null }>(`${path}/events?limit=2`)
  t.same([events.body.data.map(event => event.id).at(0), events.body.data.length], [last?.id, 2])
  const rest = await user.get<{ data: EventItem[]; next_cursor: string | null }>(
    `${path}/events?limit=2&cursor=${events.body.next_cursor}`
  )
  t.same([rest.body.data.map(event => event.id), rest.body.next_cursor], [[first?.id], null])
  const found = async (query: string) =>
    (await user.get<{ data: EventItem[] }>(`${path}/events?${query}`)).body.data.length
  t.equal(await found('query=browser:Firefox'), 1)
  t.equal(await found('query=!browser:Firefox'), 2)
  t.equal(await found('release=1.9.0'), 2)
  t.equal(await found('release=1.9.0&tag=browser:Chrome'), 1)
  t.equal(await found(`from=${new Date(now - dayMs).toISOString()}`), 2)
  t.equal(await found(`to=${new Date(now - dayMs).toISOString()}`), 1)
  t.equal(await found('query=nothing'), 0)

  t.match((await user.get(`${path}/tags/browser`)).body, {
    data: [
      { value: 'Chrome', count: 2 },
      { value: 'Firefox', count: 1 }
    ],
    key: 'browser',
    total: 3,
    counted: 3,
    sampled: false
  })
  t.match((await user.get(`${path}/tags/release?limit=1`)).body, { data: [{ value: '1.9.0', count: 2 }], total: 3 })
  t.match((await user.get(`${path}/tags/none`)).body, { data: [], total: 0, counted: 3 })

  type Timeline = { data: { bucket: string; count: number }[]; interval: string }
  const timeline = (await user.get<Timeline>(`${path}/timeline`)).body
  t.equal(timeline.interval, 'hour')
  t.equal(
    timeline.data.reduce((sum, { count }) => sum + count, 0),
    3
  )
  const days = (
    await user.get<Timeline>(
      `${path}/timeline?interval=day&environment=production&to=${new Date(now + 1).toISOString()}`
    )
  ).body
  t.ok(days.data.length === 6 || days.data.length === 5, 'every day that its life touches')
  t.equal(
    days.data.reduce((sum, { count }) => sum + count, 0),
    3
  )
  t.equal(
    (await user.get<Timeline>(`${path}/timeline?environment=other`)).body.data.reduce(
      (sum, { count }) => sum + count,
      0
    ),
    0
  )
  t.equal((await user.get('/api/v1/issues/nonsense')).status, 404)
  t.equal((await user.get('/api/v1/issues/default-999')).status, 404)
})
