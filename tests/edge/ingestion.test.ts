// Goal: the three ways to send events do what the documentation promises: outcomes, results per event, idempotency,
// limits, CORS, sockets, the stop. Method: one whole node on a real database, fetch and ws as clients; where an answer
// promises rows, the test reads them.
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import t from 'tap'
import { WebSocket } from 'ws'
import { limits } from '../../schema/limits.ts'
import { createProject } from '../../services/accounts/projects.ts'
import { runningNode } from '../support/running-node.ts'

const node = await runningNode(t)
await node.sql`update projects set rate_limit_per_minute = null`
const { url, key, sql } = node

type Body = Record<string, unknown>

async function post(
  path: string,
  body: unknown,
  headers: Record<string, string> = {}
): Promise<{ status: number; headers: Headers; body: Body }> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'x-mesher-key': key, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body)
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) }
}

async function projectWith(settings: { rate_limit_per_minute?: number; sample_rate?: number }): Promise<string> {
  const publicKey = randomBytes(16).toString('hex')
  const { id } = await createProject(sql, { name: `Project ${publicKey}`, slug: `p${publicKey}` })
  await sql`
    update projects set
      rate_limit_per_minute = ${settings.rate_limit_per_minute ?? null},
      sample_rate = ${settings.sample_rate ?? 1}
    where id = ${id}`
  // The key comes last: the node polls for keys at any time, and must not see this one with the old settings.
  await sql`update dsn_keys set public_key = ${publicKey} where project_id = ${id}`
  return publicKey
}

t.test('an event is stored before it is acknowledged, and found under the id of the answer', async t => {
  const { status, body } = await post('/api/v1/events', {
    message: 'first',
    level: 'critical',
    tags: { a: 'b' },
    user: { id: 7 }
  })
  t.match({ status, body }, { status: 202, body: { outcome: 'stored' } })
  const [row] = await sql<
    { message: string; level: string }[]
  >`select message, level from events where id = ${String(body.id)}`
  t.same(row && { ...row }, { message: 'first', level: 'fatal' })
})

t.test('an event with a client id that was seen before is a duplicate, answered with the first id', async t => {
  const eventId = randomUUID()
  const first = await post('/api/v1/events', { message: 'once', event_id: eventId })
  const second = await post('/api/v1/events', { message: 'once', event_id: eventId.replaceAll('-', '').toUpperCase() })
  t.match(second, { status: 202, body: { id: first.body.id, outcome: 'duplicate' } })
})

t.test('the same client id sent by many clients at the same time is stored once', async t => {
  const eventId = randomUUID()
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => post('/api/v1/events', { message: 'at once', event_id: eventId }))
  )
  t.equal(answers.filter(({ body }) => body.outcome === 'stored').length, 1)
  t.equal(new Set(answers.map(({ body }) => body.id)).size, 1, 'all answers name the same id')
})

t.test('errors name the fields', async t => {
  const { status, headers, body } = await post('/api/v1/events', { level: 'horrible', tags: 3 })
  t.equal(status, 400)
  t.equal(headers.get('content-type'), 'application/problem+json')
  t.match(body, { title: String, status: 400, detail: String, type: String })
  t.match(JSON.stringify(body.errors), /message.*level.*tags|level.*tags.*message|tags/)
})

t.test('a bulk request gets a result for each event, in order', async t => {
  const { status, body } = await post('/api/v1/events/bulk', [{ message: 'one' }, { level: 'x' }, { message: 'three' }])
  t.equal(status, 202)
  t.match(body, {
    accepted: 2,
    rejected: 1,
    results: [{ status: 202 }, { status: 400, errors: [{ path: String, message: String }] }, { status: 202 }]
  })
})

t.test('NDJSON works line by line', async t => {
  const lines = ['{"message":"a"}', '', 'broken', '{"message":"b"}'].join('\n')
  const { status, body } = await post('/api/v1/events/bulk', lines, { 'content-type': 'application/x-ndjson' })
  t.equal(status, 202)
  t.match(body, { accepted: 2, rejected: 1 })
})

t.test('a thousand events in one request are all stored under ids of their own', async t => {
  const { body } = await post(
    '/api/v1/events/bulk',
    Array.from({ length: limits.bulkEventsMax }, (_, index) => ({ message: `bulk ${index}` }))
  )
  t.equal(body.accepted, 1_000)
  const [row] = await sql<
    { count: number }[]
  >`select count(distinct id)::int as count from events where message like 'bulk %'`
  t.equal(row?.count, 1_000)
})

t.test('the key is taken from any of its places', async t => {
  const body = JSON.stringify({ message: 'keys' })
  const places: [string, Record<string, string>][] = [
    ['', { authorization: `Bearer ${key}` }],
    ['', { 'x-sentry-auth': `Sentry sentry_version=7, sentry_key=${key}, sentry_client=x` }],
    [`?key=${key}`, {}],
    [`?sentry_version=7&sentry_key=${key}`, {}]
  ]
  for (const [query, headers] of places) {
    const { status } = await fetch(`${url}/api/v1/events${query}`, { method: 'POST', headers, body })
    t.equal(status, 202, query + JSON.stringify(Object.keys(headers)))
  }
})

t.test('a key that was made a moment ago works at once, a revoked one stops', async t => {
  const fresh = await projectWith({})
  t.equal((await post('/api/v1/events', { message: 'fresh' }, { 'x-mesher-key': fresh })).status, 202)
  await sql`update dsn_keys set is_active = false where public_key = ${fresh}`
  const statuses = new Set<number>()
  while (!statuses.has(401)) {
    statuses.add((await post('/api/v1/events', { message: 'revoked?' }, { 'x-mesher-key': fresh })).status)
  }
  t.same([...statuses], [202, 401])
})

t.test('the rate limit of a project refuses what is beyond it, with Retry-After', async t => {
  const limited = await projectWith({ rate_limit_per_minute: 5 })
  const statuses: number[] = []
  let retryAfter = null
  for (let sent = 0; sent < 8; sent++) {
    const { status, headers } = await post('/api/v1/events', { message: 'limited' }, { 'x-mesher-key': limited })
    statuses.push(status)
    retryAfter ??= headers.get('retry-after')
  }
  t.same(statuses, [202, 202, 202, 202, 202, 429, 429, 429])
  t.ok(Number(retryAfter) >= 1 && Number(retryAfter) <= 12, `Retry-After: ${retryAfter}`)
})

t.test('a bulk request may overdraw its limit once', async t => {
  const limited = await projectWith({ rate_limit_per_minute: 5 })
  const events = Array.from({ length: 50 }, () => ({ message: 'overdrawn' }))
  t.match(await post('/api/v1/events/bulk', events, { 'x-mesher-key': limited }), {
    status: 202,
    body: { accepted: 50 }
  })
  t.equal((await post('/api/v1/events', { message: 'then' }, { 'x-mesher-key': limited })).status, 429)
})

t.test('an event that is sampled out is answered so, and counted', async t => {
  const sampled = await projectWith({ sample_rate: 0 })
  const { status, body } = await post('/api/v1/events', { message: 'sampled' }, { 'x-mesher-key': sampled })
  t.match({ status, body }, { status: 202, body: { outcome: 'sampled_out' } })
  const [row] = await sql<{ count: number }[]>`select count(*)::int as count from events where message = 'sampled'`
  t.equal(row?.count, 0)
})

t.test('an event of a discarded issue is answered so, and not stored', async t => {
  await post('/api/v1/events', { message: 'discard me' })
  await sql`update issues set status = 'discarded', substatus = '' where title = 'discard me'`
  t.match(await post('/api/v1/events', { message: 'discard me' }), { status: 202, body: { outcome: 'discarded' } })
})

t.test('a resolved issue regresses by a later event', async t => {
  await post('/api/v1/events', { message: 'regress me' })
  await sql`
    update issues set status = 'resolved', substatus = '', resolved_at = now() - interval '1 second'
    where title = 'regress me'`
  await post('/api/v1/events', { message: 'regress me' })
  const [issue] = await sql<
    { status: string; substatus: string; event_count: number }[]
  >`select status, substatus, event_count from issues where title = 'regress me'`
  t.same(issue && { ...issue }, { status: 'unresolved', substatus: 'regressed', event_count: 2 })
})

t.test('browsers on other origins may send', async t => {
  const preflight = await fetch(`${url}/api/v1/events`, {
    method: 'OPTIONS',
    headers: { origin: 'https://app.example', 'access-control-request-headers': 'x-mesher-key' }
  })
  t.equal(preflight.status, 204)
  t.equal(preflight.headers.get('access-control-allow-origin'), '*')
  t.match(preflight.headers.get('access-control-allow-headers'), /x-mesher-key/)
  t.equal(
    (await post('/api/v1/events', {}, { 'x-mesher-key': 'none' })).headers.get('access-control-allow-origin'),
    '*',
    'refusals too'
  )
})

t.test('other paths and methods get their statuses', async t => {
  t.equal((await fetch(`${url}/nowhere`)).status, 404)
  const wrong = await fetch(`${url}/api/v1/events`)
  t.equal(wrong.status, 405)
  t.equal(wrong.headers.get('allow'), 'POST, OPTIONS')
  t.equal((await fetch(`${url}/healthz`)).status, 200)
  t.equal((await fetch(`${url}/readyz`)).status, 200)
  const metrics = await fetch(`${url}/metrics`)
  const figures = await metrics.text()
  t.match(figures, /mesher_events_total\{outcome="stored"\} \d+/)
  t.match(figures, /mesher_restarts_total\{child="storage-writer"\} 0/)
  t.equal(
    (await fetch(`${url}/metrics`, { headers: { 'x-forwarded-for': '1.2.3.4' } })).status,
    403,
    'a forwarded request is not local'
  )
})

async function socket(
  t: { teardown: (work: () => void) => void },
  query = `?key=${key}`
): Promise<{ ws: WebSocket; next: (count: number) => Promise<Body[]> }> {
  const ws = new WebSocket(`${url.replace('http', 'ws')}/ingest${query}`)
  t.teardown(() => {
    ws.terminate()
  })
  const received: Body[] = []
  ws.on('message', data => {
    received.push(JSON.parse(String(data)))
  })
  await once(ws, 'open')
  return {
    ws,
    next: async count => {
      while (received.length < count) await once(ws, 'message')
      return received.splice(0, count)
    }
  }
}

t.test('a socket answers each frame under its ref', async t => {
  const { ws, next } = await socket(t)
  ws.send(JSON.stringify({ message: 'bare' }))
  t.match(await next(1), [{ type: 'accepted', id: String }])
  ws.send(JSON.stringify({ ref: { mine: 1 }, event: { message: 'with ref' } }))
  t.match(await next(1), [{ type: 'accepted', ref: { mine: 1 } }])
  ws.send(JSON.stringify({ ref: 'bad', event: { level: 'x' } }))
  t.match(await next(1), [{ type: 'rejected', status: 400, ref: 'bad', errors: [{ path: String }] }])
  ws.send('nonsense')
  t.match(await next(1), [{ type: 'rejected', status: 400 }])
})

t.test('a thousand frames at once are all answered', async t => {
  const { ws, next } = await socket(t)
  for (let index = 0; index < 1_000; index++) ws.send(JSON.stringify({ ref: index, event: { message: 'many frames' } }))
  const answers = await next(1_000)
  t.equal(answers.filter(({ type }) => type === 'accepted').length, 1_000)
  t.equal(new Set(answers.map(({ ref }) => ref)).size, 1_000)
})

t.test('a socket without a good key is refused before the upgrade', async t => {
  for (const query of ['', `?key=${'0'.repeat(32)}`]) {
    const ws = new WebSocket(`${url.replace('http', 'ws')}/ingest${query}`)
    const [, response] = await once(ws, 'unexpected-response')
    t.equal(response.statusCode, 401)
  }
})

t.test('frames that are too large or binary close the socket', async t => {
  const large = await socket(t)
  large.ws.send('x'.repeat(limits.frameBytesMax + 1))
  const [code] = await once(large.ws, 'close')
  t.ok(code === 1009 || code === 1006, `closed with ${String(code)}`)

  const binary = await socket(t)
  binary.ws.send(Buffer.from('{}'))
  t.equal((await once(binary.ws, 'close'))[0], 1003)
})
