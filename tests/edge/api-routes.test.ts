// Goal: requests of the REST API reach their operation with all that HTTP carries, its answer goes out, and what is
// refused never reaches one. Method: the edge alone with operations of the test, whose calls the test answers.
import t from 'tap'
import type { HttpCall } from '../../api/request.ts'
import { operation, plain, type Operation } from '../../api/operation.ts'
import type { ApiAnswer } from '../../api/types.ts'
import { rawClient, send, startEdge, stream, type EdgeUnderTest, type Stream } from './support.ts'

const facts = {
  tag: 'Test',
  summary: 'Of the test',
  access: { who: 'anyone' },
  responses: { 200: { description: 'All is well' } }
} as const
const handle = async () => ({ status: 200 }) as const
const operations: Operation[] = [
  operation({ ...plain, ...facts, id: 'listThings', method: 'get', path: '/api/v1/things', handle }),
  operation({
    ...plain,
    ...facts,
    access: { who: 'user', scope: 'write' },
    id: 'makeThing',
    method: 'post',
    path: '/api/v1/things',
    handle
  }),
  operation({ ...plain, ...facts, id: 'tellThing', method: 'post', path: '/api/v1/stories', handle }),
  operation({
    ...plain,
    ...facts,
    id: 'changePart',
    method: 'patch',
    path: '/api/v1/things/:thing/parts/:part',
    handle
  }),
  operation({
    ...plain,
    ...facts,
    id: 'deletePart',
    method: 'delete',
    path: '/api/v1/things/:thing/parts/:part',
    handle
  })
]

type Called = { id: string; call: HttpCall; answer: (answer: ApiAnswer) => void; reject: (error: unknown) => void }
type Test = Parameters<typeof startEdge>[0]

async function apiUnderTest(
  t: Test,
  { trustedProxies = [] as string[] } = {}
): Promise<{ edge: EdgeUnderTest; calls: Stream<Called> }> {
  const calls = stream<Called>()
  const call = ({ id }: Operation, httpCall: HttpCall): Promise<ApiAnswer> =>
    new Promise((resolve, reject) => {
      calls.push({ id, call: httpCall, answer: resolve, reject })
    })
  return { edge: await startEdge(t, { api: { operations, call, trustedProxies } }), calls }
}

t.test('an operation gets what HTTP carried, and its answer goes out uncached and guarded', async t => {
  const { edge, calls } = await apiUnderTest(t)
  const answered = send(`${edge.url}/api/v1/things/a%20b/parts/7?x=1&y=%C3%A4`, {
    method: 'PATCH',
    headers: {
      'content-type': 'application/json',
      cookie: 'mesher_session=s',
      origin: 'http://elsewhere',
      'user-agent': 'tester'
    },
    body: '{"a":1}'
  })
  const { id, call, answer } = await calls.next()
  t.equal(id, 'changePart')
  t.match(call, {
    params: ['a%20b', '7'],
    query: 'x=1&y=%C3%A4',
    cookie: 'mesher_session=s',
    origin: 'http://elsewhere',
    userAgent: 'tester',
    remoteAddress: '127.0.0.1',
    isSecure: false,
    port: edge.port
  })
  t.equal(Buffer.from(call.body).toString(), '{"a":1}')
  answer({ status: 201, body: { made: true }, headers: [['Set-Cookie', 'a=b']] })
  const { status, headers, body } = await answered
  t.equal(status, 201)
  t.same(body, { made: true })
  t.match(Object.fromEntries(headers), {
    'cache-control': 'no-store',
    'content-security-policy': /default-src 'none'/,
    'content-type': 'application/json',
    'referrer-policy': 'no-referrer',
    'set-cookie': 'a=b',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY'
  })
  t.equal(headers.get('access-control-allow-origin'), null)
})

t.test('texts go out as they are, and an answer without a body has no type', async t => {
  const { edge, calls } = await apiUnderTest(t)
  const text = send(`${edge.url}/api/v1/things`)
  ;(await calls.next()).answer({ status: 200, type: 'text/markdown; charset=utf-8', body: '# Title' })
  t.match(await text, { text: '# Title' })
  const nothing = send(`${edge.url}/api/v1/things/1/parts/2`, { method: 'DELETE' })
  ;(await calls.next()).answer({ status: 204 })
  t.match(await nothing, { status: 204, text: '' })
})

t.test('other methods get 405 with the ones that exist, HEAD is GET without the body, other paths get 404', async t => {
  const { edge, calls } = await apiUnderTest(t)
  const refused = await send(`${edge.url}/api/v1/things`, { method: 'PUT', body: 'x' })
  t.match(refused, { status: 405, body: { status: 405 } })
  t.equal(refused.headers.get('allow'), 'GET, HEAD, POST')
  t.match(
    await send(`${edge.url}/api/v1/things`, {
      method: 'OPTIONS',
      headers: { origin: 'http://elsewhere', 'access-control-request-method': 'POST' }
    }),
    { status: 405 }
  )

  const head = send(`${edge.url}/api/v1/things`, { method: 'HEAD' })
  const { id, answer } = await calls.next()
  t.equal(id, 'listThings')
  answer({ status: 200, body: [1, 2, 3] })
  const answered = await head
  t.match(answered, { status: 200, text: '' })
  t.equal(answered.headers.get('content-length'), '7')

  for (const path of ['/api/v1/things/', '/api/v1/thing', '/api/v1/', '/api/v2/things']) {
    t.equal((await send(edge.url + path)).status, 404, path)
  }
  t.equal(calls.waiting(), 0)
})

t.test('bodies that are too large or compressed never reach an operation', async t => {
  const { edge, calls } = await apiUnderTest(t)
  const post = (body: string, headers: Record<string, string> = {}) =>
    send(`${edge.url}/api/v1/things`, { method: 'POST', headers, body })
  t.match(await post('x'.repeat(1024 * 1024 + 1)), { status: 413, body: { status: 413 } })
  t.match(await post('x', { 'content-encoding': 'gzip' }), { status: 415 })
  t.match(
    await send(`${edge.url}/api/v1/stories`, { method: 'POST', body: 'x'.repeat(64 * 1024 + 1) }),
    { status: 413 },
    'callers without a login may send less'
  )
  t.equal(calls.waiting(), 0)
  const largest = post('x'.repeat(1024 * 1024))
  const { call, answer } = await calls.next()
  t.equal(call.body.byteLength, 1024 * 1024)
  answer({ status: 204 })
  t.equal((await largest).status, 204)
})

t.test('a call that rejects is logged, and answered 503 without the reason', async t => {
  const { edge, calls } = await apiUnderTest(t)
  const answered = send(`${edge.url}/api/v1/things`)
  ;(await calls.next()).reject(new Error('select secret from table'))
  const { status, text } = await answered
  t.equal(status, 503)
  t.notMatch(text, /secret/)
  t.match(edge.logged, [/select secret/])
})

t.test('a call that takes too long is answered 503, and its late answer changes nothing', async t => {
  const { edge, calls } = await apiUnderTest(t)
  const answered = send(`${edge.url}/api/v1/things`)
  const { answer } = await calls.next()
  await edge.later(10_000)
  const { status, headers } = await answered
  t.equal(status, 503)
  t.equal(headers.get('retry-after'), '1')
  answer({ status: 200, body: {} })
  t.match(await edge.status(), { answered: { 503: 1 } })
})

t.test('a client that has gone leaves nothing behind', async t => {
  const { edge, calls } = await apiUnderTest(t)
  const client = rawClient(t, edge.port)
  client.write('GET /api/v1/things HTTP/1.1\r\nHost: x\r\n\r\n')
  const { answer } = await calls.next()
  client.destroy()
  const next = send(`${edge.url}/api/v1/things`)
  ;(await calls.next()).answer({ status: 200, body: {} })
  t.equal((await next).status, 200)
  answer({ status: 200, body: {} })
  t.match(await edge.status(), { answered: { 200: 1 } })
  t.same(edge.logged, [])
})

t.test('a stop waits for running calls and takes no new ones', async t => {
  const { edge, calls } = await apiUnderTest(t)
  const open = rawClient(t, edge.port)
  open.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
  await open.until(/alive/)
  const answered = send(`${edge.url}/api/v1/things`)
  const { answer } = await calls.next()
  let drained = false
  const draining = edge.drain().then(() => {
    drained = true
  })
  t.match(await edge.status(), { draining: true })
  open.write('GET /api/v1/things HTTP/1.1\r\nHost: x\r\n\r\n')
  t.match(await open.until(/shutting_down/), /503/)
  t.notOk(drained, 'a call still runs')
  answer({ status: 200, body: {} })
  t.equal((await answered).status, 200)
  await draining
})

t.test('forwarding headers count only from a trusted proxy', async t => {
  const headers = { 'x-forwarded-for': '203.0.113.9, 198.51.100.7', 'x-forwarded-proto': 'https' }
  const clientBehind = async (trustedProxies: string[], sent: Record<string, string> = headers) => {
    const { edge, calls } = await apiUnderTest(t, { trustedProxies })
    const answered = send(`${edge.url}/api/v1/things`, { headers: sent })
    const {
      call: { remoteAddress, isSecure },
      answer
    } = await calls.next()
    answer({ status: 204 })
    await answered
    return { remoteAddress, isSecure }
  }
  t.same(await clientBehind([]), { remoteAddress: '127.0.0.1', isSecure: false })
  t.same(await clientBehind(['10.0.0.0/8', '::1']), { remoteAddress: '127.0.0.1', isSecure: false })
  t.same(await clientBehind(['127.0.0.1']), { remoteAddress: '198.51.100.7', isSecure: true })
  t.same(await clientBehind(['127.0.0.0/8', '198.51.100.0/24']), { remoteAddress: '203.0.113.9', isSecure: true })
  t.same(await clientBehind(['127.0.0.1'], { 'x-forwarded-for': 'nonsense', 'x-forwarded-proto': 'http' }), {
    remoteAddress: '127.0.0.1',
    isSecure: false
  })
  t.same(await clientBehind(['127.0.0.1'], { 'x-forwarded-for': '2001:db8::1' }), {
    remoteAddress: '2001:db8::1',
    isSecure: false
  })
})

t.test('long answers are compressed for who accepts it, short ones and those to HEAD are not', async t => {
  const { edge, calls } = await apiUnderTest(t)
  const things = { things: Array.from({ length: 200 }, (_, index) => `thing ${index}`) }
  const asked = async (acceptEncoding: string, body: unknown, method = 'GET') => {
    const response = fetch(`${edge.url}/api/v1/things`, { method, headers: { 'accept-encoding': acceptEncoding } })
    const { answer } = await calls.next()
    answer({ status: 200, body })
    const answered = await response
    const { headers } = answered
    return [headers.get('content-encoding'), headers.get('vary'), await answered.text()]
  }
  const [plain, vary] = [JSON.stringify(things), 'Accept-Encoding']
  t.same(await asked('gzip, deflate, br', things), ['br', vary, plain])
  t.same(await asked('gzip', things), ['gzip', vary, plain])
  t.same(await asked('gzip, br;q=0', things), ['gzip', vary, plain])
  t.same(await asked('identity', things), [null, vary, plain])
  t.same(await asked('br', {}), [null, vary, '{}'])
  t.same(await asked('br', things, 'HEAD'), [null, vary, ''])
})
