// Goal: every event ends as one line of the summary, waits are respected, and a lost answer costs nothing but time.
// Method: the sender against HTTP servers that answer as they are told; the command itself as a child process.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { sampleEvent } from '../../bin/send/sample-events.ts'
import { sendEvents, type Fate } from '../../bin/send/sender.ts'
import { runCli } from './cli.ts'

type Answer = { status: number; body: unknown; headers?: Record<string, string> }
type Received = { key: string; eventId: string; path: string }

async function serving(
  t: Test,
  answer: (received: Received, index: number) => Answer | null
): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = []
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let body = ''
    request.on('data', (part: Buffer) => {
      body += part.toString()
    })
    request.on('end', () => {
      const one = {
        key: String(request.headers['x-mesher-key']),
        eventId: String(JSON.parse(body).event_id),
        path: String(request.url)
      }
      received.push(one)
      const result = answer(one, received.length - 1)
      if (result === null) request.socket.destroy()
      else {
        response
          .writeHead(result.status, { 'Content-Type': 'application/json', ...result.headers })
          .end(JSON.stringify(result.body))
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { url: `http://127.0.0.1:${address.port}`, received }
}

const stored: Answer = { status: 202, body: { id: 'x', outcome: 'stored' } }
const key = '0123456789abcdef0123456789abcdef'

async function fatesOf(url: string, count: number): Promise<Fate[]> {
  const fates: Fate[] = []
  await sendEvents(
    { url, key },
    {
      count,
      ratePerS: null,
      next: () => sampleEvent(Math.random, new Date()),
      onFate: fate => {
        fates.push(fate)
      },
      signal: new AbortController().signal
    }
  )
  return fates
}

t.test('sends each event once with the key and tells its outcome', async t => {
  const { url, received } = await serving(t, () => stored)
  const fates = await fatesOf(url, 50)

  t.equal(fates.length, 50)
  t.ok(fates.every(({ accepted, outcome }) => accepted && outcome === 'stored'))
  t.equal(new Set(received.map(({ eventId }) => eventId)).size, 50)
  t.ok(received.every(one => one.key === key && one.path === '/api/v1/events'))
})

t.test('sends again with the same event_id what it was asked to send later, and what got no answer', async t => {
  const { url, received } = await serving(t, (_, index) => {
    if (index === 0) return { status: 429, body: { detail: 'slow down' }, headers: { 'Retry-After': '0' } }
    if (index === 1) return { status: 503, body: { detail: 'later' }, headers: { 'Retry-After': '0' } }
    return index === 2 ? null : stored
  })
  const fates = await fatesOf(url, 1)

  t.match(fates, [{ accepted: true, status: 202 }])
  t.equal(received.length, 4)
  t.equal(new Set(received.map(({ eventId }) => eventId)).size, 1)
})

t.test('gives up on an event that is refused for good, and says why', async t => {
  const { url, received } = await serving(t, () => ({ status: 401, body: { detail: 'This key is not known.' } }))
  t.strictSame(await fatesOf(url, 2), [
    { accepted: false, status: 401, outcome: 'This key is not known.' },
    { accepted: false, status: 401, outcome: 'This key is not known.' }
  ])
  t.equal(received.length, 2)
})

t.test('gives up on an event after five tries', async t => {
  const { url, received } = await serving(t, () => ({
    status: 503,
    body: { detail: 'full' },
    headers: { 'Retry-After': '0' }
  }))
  t.strictSame(await fatesOf(url, 1), [{ accepted: false, status: 503, outcome: 'full' }])
  t.equal(received.length, 5)
})

t.test('the command prints a summary and succeeds when everything was accepted', async t => {
  const { url } = await serving(t, () => stored)
  const { code, stdout } = await runCli(['send', '--url', url, '--key', key, '--count', '7'])
  t.equal(code, 0)
  t.match(stdout, /7\s+202\s+stored/)
  t.match(stdout, /7 accepted/)
})

t.test('the command fails when an event was not accepted, and prints JSON when asked', async t => {
  const { url, received } = await serving(t, (_, index) =>
    index === 0
      ? { status: 400, body: { detail: 'Bad event.', errors: [{ path: 'level', message: 'is unknown' }] } }
      : stored
  )
  const { code, stdout } = await runCli([
    'send',
    '--dsn',
    `${url.replace('://', `://${key}@`)}/1`,
    '--count',
    '3',
    '--json'
  ])
  t.equal(code, 1)
  t.match(JSON.parse(stdout), {
    asked: 3,
    accepted: 2,
    not_accepted: 1,
    results: [
      { status: 202, outcome: 'stored', count: 2 },
      { status: 400, outcome: 'Bad event. level is unknown', count: 1 }
    ]
  })
  t.equal(received[0]?.key, key)
})

t.test('a DSN or URL that is none, half a destination or two of them are wrong usage', async t => {
  const wrong = [
    ['--dsn', 'http://localhost/1'],
    ['--key', key],
    ['--url', 'x', '--key', key],
    ['--dsn', `http://${key}@h/1`, '--key', key]
  ]
  const codes = await Promise.all(wrong.map(async args => (await runCli(['send', ...args])).code))
  t.strictSame(codes, [2, 2, 2, 2])
})

t.test('sample events differ in kind and user but have what an event needs', async t => {
  let seed = 1
  const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
  const events = Array.from({ length: 300 }, () => sampleEvent(random, new Date()))
  t.equal(new Set(events.map(({ event_id: id }) => id)).size, 300)
  t.ok(events.every(event => (typeof event.message === 'string') !== (typeof event.exception === 'object')))
  t.ok(new Set(events.map(({ platform }) => platform)).size >= 5)
  t.ok(new Set(events.map(({ level }) => level)).size >= 4)
  t.ok(new Set(events.map(({ user }) => JSON.stringify(user))).size > 50)
})
