// Goal: events over HTTP as the contract says: the list with its filters, cursors and refusals, one event by either id
// and in every format, its neighbours, and nobody else's. Method: events sent to the ingestion routes of a whole node
// and committed for other days, then read back by users of two organizations.
import t from 'tap'
import type { EventDetailBody, EventItem } from '../../schema/api/events.ts'
import { commitBatches } from '../../services/commit/attempt.ts'
import { ensurePartitionsFor } from '../../services/database/partitions.ts'
import { payloadText, type StoredPayloadColumns } from '../../services/events/payloads.ts'
import { apiUnderTest, type ApiUnderTest } from '../support/api.ts'
import { preparedBatch, preparedEvent } from '../support/prepared.ts'

type List = { data: EventItem[]; next_cursor: string | null }
type Refusal = { errors: { path: string; message: string }[] }

async function send(api: ApiUnderTest, event: Record<string, unknown>): Promise<string> {
  const response = await fetch(`${api.url}/api/v1/events`, {
    method: 'POST',
    headers: { 'x-mesher-key': api.key },
    body: JSON.stringify(event)
  })
  t.equal(response.status, 202)
  const { id }: { id: string } = JSON.parse(await response.text())
  return id
}

const dayMs = 86_400_000

t.test('a sent event is in the list, whole by its id, and raw as it was stored', async t => {
  const api = await apiUnderTest(t)
  const user = await api.user('member')
  const clientId = 'abcdef0123456789abcdef0123456789'
  const id = await send(api, {
    event_id: clientId,
    message: 'Payment of order 12 failed',
    level: 'fatal',
    environment: 'production',
    release: 'shop@1.0',
    platform: 'python',
    tags: { browser: 'Firefox 140' },
    user: { id: 'ann' },
    exception: {
      type: 'Broke',
      value: 'no money',
      stacktrace: { frames: [{ function: 'charge', filename: 'pay.py', lineno: 12, context_line: '  raise Broke()' }] }
    },
    breadcrumbs: [{ message: 'clicked' }],
    request: { url: 'https://shop.example/pay?token=secret' },
    unknown_member: 1
  })

  const {
    body: { data, next_cursor: next }
  } = await user.get<List>(`/api/v1/projects/${api.projectId}/events`)
  t.match(data, [
    {
      id,
      title: 'Broke: no money',
      message: 'Payment of order 12 failed\nBroke: no money',
      level: 'fatal',
      environment: 'production',
      release: 'shop@1.0',
      user: 'ann'
    }
  ])
  t.equal(next, null)

  const { status, body } = await user.get<EventDetailBody>(`/api/v1/events/${id}`)
  t.equal(status, 200)
  t.match(body, {
    id,
    event_id: clientId,
    project: { id: String(api.projectId) },
    issue: { id: data[0]?.issue_id, short_id: /-1$/, event_count: 1, status: 'unresolved' },
    exception: {
      values: [
        {
          type: 'Broke',
          stacktrace: {
            frames: [{ function: 'charge', formatted: 'File "pay.py", line 12, in charge' }],
            formatted: /^Traceback/
          }
        }
      ]
    },
    breadcrumbs: [{ message: 'clicked' }],
    tags: { browser: 'Firefox 140' },
    weight: 1,
    user: { id: 'ann' },
    notes: [{ path: 'unknown_member' }],
    navigation: { previous: null, next: null, first: id, latest: id }
  })
  t.same(body.facets, { 'error.type': 'Broke', url: 'https://shop.example/pay' }, 'a tag is in the place of its facet')
  t.notMatch(JSON.stringify(body), /token=secret/)

  for (const name of [id.toUpperCase(), clientId, 'abcdef01-2345-6789-abcd-ef0123456789']) {
    t.equal((await user.get<EventDetailBody>(`/api/v1/events/${name}`)).body.id, id, name)
  }

  const markdown = await user.get(`/api/v1/events/${clientId}?format=markdown`)
  t.match(markdown.headers.get('content-type'), /^text\/markdown/)
  t.match(markdown.text, /^# Broke: no money\n[\s\S]*File "pay\.py", line 12, in charge/)
  const [stored] = await api.sql<StoredPayloadColumns[]>`select payload, packed from events`
  for (const format of ['raw', 'json']) {
    const raw = await user.get(`/api/v1/events/${id}?format=${format}`)
    t.match(raw.headers.get('content-type'), /^application\/json/)
    t.equal(raw.text, stored && payloadText(stored))
  }
})

t.test('filters of the list mean what they say, and cursors lead through all of it once', async t => {
  const api = await apiUnderTest(t)
  const user = await api.user('member')
  const list = `/api/v1/projects/${api.projectId}/events`
  const now = Date.now()
  const events = Array.from({ length: 60 }, (_, index) =>
    preparedEvent({
      projectId: api.projectId,
      receivedAt: now - 60_000 - index * 1_000 - (index < 50 ? 0 : 5 * dayMs),
      message: `Order ${index} failed`,
      level: index % 2 === 0 ? 'error' : 'warning',
      environment: index % 3 === 0 ? 'staging' : 'production',
      user: `u${index % 10}`,
      tags: { parity: index % 2 === 0 ? 'even' : 'odd', 'a:b': 'c' }
    })
  )
  await ensurePartitionsFor(api.sql, [preparedBatch(events)], { now })
  await commitBatches(api.sql, [preparedBatch(events)], { node: 'test', deadlineMs: 30_000 })
  const count = async (query: string): Promise<number> =>
    (await user.get<List>(`${list}?limit=100&${query}`)).body.data.length

  t.equal(await count(''), 50, 'the last 24 hours')
  const from = new Date(now - 10 * dayMs).toISOString()
  t.equal(await count(`from=${from}`), 60)
  t.equal(await count(`from=${from}&to=${new Date(now - dayMs).toISOString()}`), 10)
  t.equal(await count('query=failed'), 50)
  t.equal(await count('query=%22order+7+failed%22'), 1)
  t.equal(await count('query=order+-failed'), 0)
  t.equal(await count('query='), 50)
  t.equal(await count('query=level:warning+parity:[odd,+none]+order'), 25)
  t.equal(await count('query=!parity:odd+environment:prod*'), 16)
  t.equal(await count('level=warning'), 25)
  t.equal(await count('level=warning&level=error'), 50)
  t.equal(await count('environment=staging&level=error'), 9)
  t.equal(await count('user=u3'), 5)
  t.equal(await count('release=shop%401.0'), 50)
  t.equal(await count('tag=parity:odd'), 25)
  t.equal(await count('tag=parity:odd&tag=parity:even'), 50)
  t.equal(await count('tag=parity:odd&tag=a:b:c'), 25)

  for (const query of ['', 'query=order&', 'level=error&level=warning&']) {
    const found: string[] = []
    let cursor = ''
    for (let pages = 0; pages < 20; pages++) {
      const { body } = await user.get<List>(`${list}?${query}from=${from}&limit=7${cursor}`)
      found.push(...body.data.map(item => item.id))
      if (body.next_cursor === null) break
      cursor = `&cursor=${body.next_cursor}`
    }
    t.same(
      found,
      events
        .map(event => event.id)
        .sort()
        .reverse(),
      query
    )
  }
})

t.test('what cannot be asked is refused, with the field', async t => {
  const api = await apiUnderTest(t)
  const user = await api.user('member')
  const list = `/api/v1/projects/${api.projectId}/events`
  const cases: [query: string, path: string][] = [
    ['cursor=x', 'cursor'],
    ['cursor=%22', 'cursor'],
    [`cursor=${Buffer.from('[1,2,3]').toString('base64url')}`, 'cursor'],
    [`cursor=${Buffer.from('[-1,"00000000-0000-7000-8000-000000000000",0]').toString('base64url')}`, 'cursor'],
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['from=yesterday', 'from'],
    ['from=2026-02-30', 'from'],
    ['from=2026-01-02&to=2026-01-01', 'from'],
    ['from=2026-01-01&to=2026-06-01', 'from'],
    ['to=0001-01-01', 'to'],
    ['level=loud', 'level'],
    ['tag=browser', 'tag'],
    ['tag=a%20b:c', 'tag'],
    ['query=%21%21', 'query'],
    ['query=is%3Aunresolved', 'query'],
    ['query=level%3Aloud', 'query'],
    [`query=${'x'.repeat(1_001)}`, 'query'],
    ['environment=', 'environment'],
    ['color=red', 'color']
  ]
  for (const [query, path] of cases) {
    const { status, body } = await user.get<Refusal>(`${list}?${query}`)
    t.equal(status, 400, query)
    t.match(body.errors[0]?.path, path, query)
  }
  t.equal((await user.get(`/api/v1/events/${'0'.repeat(32)}?format=xml`)).status, 404)
})

t.test('neighbours are those of the issue, over days and after a merge', async t => {
  const api = await apiUnderTest(t)
  const user = await api.user('member')
  const now = Date.now()
  const event = (issue: string, daysAgo: number) =>
    preparedEvent({ projectId: api.projectId, issue, title: issue, receivedAt: now - daysAgo * dayMs - 60_000 })
  const [a1, a2, a3, b1, b2] = [event('a', 25), event('a', 9), event('a', 0), event('b', 27), event('b', 3)] as const
  const batch = preparedBatch([a1, a2, a3, b1, b2])
  await ensurePartitionsFor(api.sql, [batch], { now })
  await commitBatches(api.sql, [batch], { node: 'test', deadlineMs: 30_000 })
  const navigation = async (id: string) => (await user.get<EventDetailBody>(`/api/v1/events/${id}`)).body.navigation

  t.same(await navigation(a1.id), { previous: null, next: a2.id, first: a1.id, latest: a3.id })
  t.same(await navigation(a2.id), { previous: a1.id, next: a3.id, first: a1.id, latest: a3.id })
  t.same(await navigation(a3.id), { previous: a2.id, next: null, first: a1.id, latest: a3.id })
  t.same(await navigation(b2.id), { previous: b1.id, next: null, first: b1.id, latest: b2.id })

  const [a, b] = await api.sql<{ id: string }[]>`select id from issues where title in ('a', 'b') order by title`
  await api.sql`update issues set merged_into = ${a?.id} where id = ${b?.id}`
  t.same(await navigation(b2.id), { previous: a2.id, next: a3.id, first: b1.id, latest: a3.id })
  t.match((await user.get<EventDetailBody>(`/api/v1/events/${b2.id}`)).body, {
    title: 'b',
    issue_id: a?.id,
    issue: { title: 'a' }
  })

  await api.sql`update issues set merged_into = null`
  await api.sql`delete from issues where id = ${b?.id}`
  t.equal((await user.get(`/api/v1/events/${b2.id}`)).status, 404, 'an event of a deleted issue is gone')
})

t.test("what is not there and what is somebody else's cannot be told apart", async t => {
  const api = await apiUnderTest(t)
  const other = await api.organization('other')
  const stranger = await api.user('owner', { organizationId: other.id })
  const clientId = 'abcdef0123456789abcdef0123456789'
  const id = await send(api, { message: 'm', event_id: clientId })
  const missing = await stranger.get('/api/v1/events/01a20658-9b80-728a-ab5a-0877193c31cb')
  t.equal(missing.status, 404)
  for (const path of [
    `events/${id}`,
    `events/${clientId}`,
    `events/${id}?format=raw`,
    `events/${id}?format=markdown`,
    `projects/${api.projectId}/events`,
    'events/nonsense',
    'events/ffffffff-ffff-7fff-bfff-ffffffffffff',
    'events/00000000-0000-0000-0000-000000000000'
  ]) {
    const { status, body } = await stranger.get(`/api/v1/${path}`)
    t.same([status, body], [404, missing.body], path)
  }
  t.equal((await api.nobody.get(`/api/v1/events/${id}`)).status, 401)
  t.same((await stranger.get<List>(`/api/v1/projects/${other.project.id}/events`)).body, {
    data: [],
    next_cursor: null
  })
})
