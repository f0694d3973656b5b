// Goal: broken or hostile HTTP gets a clear answer or ends the connection, and the next client is served as usual.
// Method: the edge alone, bytes written by hand; after each case a good request must be answered.
import t from 'tap'
import {
  auth,
  headOf,
  post,
  publicKey,
  rawClient,
  startEdge,
  stored,
  transport,
  type EdgeUnderTest
} from './support.ts'

/** `waits`: the server waits for more bytes and ends the connection in the end; the test does not wait for that. */
type Expected = { answer: RegExp; waits?: true }
/** `onNode` is what `node:http` says where it differs. */
type Case = Expected & { name: string; bytes: string | string[]; onNode?: Expected }

const request = 'POST /api/v1/events HTTP/1.1\r\nHost: x\r\n'
const keyed = `${request}X-Mesher-Key: ${publicKey}\r\n`
/** Matches an answer of this status with nothing before it. */
const status = (code: number) => new RegExp(`^HTTP/1\\.1 ${code} `)
const nothing = /^$/
/** Of the edge itself, also where the parser found the fault. */
const problem = (code: number) =>
  new RegExp(
    `^HTTP/1\\.1 ${code} [^]*application/problem\\+json[^]*access-control-allow-origin: \\*[^]*connection: close`,
    'i'
  )

const cases: Case[] = [
  { name: 'nothing but line ends', bytes: '\r\n\r\n\r\n\r\n', answer: nothing, waits: true },
  { name: 'no header at all', bytes: 'GET /healthz HTTP/1.1\r\n\r\n', answer: status(400) },
  { name: 'a method alone', bytes: 'GET\r\n\r\n', answer: nothing, waits: true, onNode: { answer: problem(400) } },
  {
    name: 'HTTP/9.9',
    bytes: 'POST /api/v1/events HTTP/9.9\r\nHost: x\r\n\r\n',
    answer: status(505),
    onNode: { answer: problem(400) }
  },
  { name: 'noise', bytes: '\0'.repeat(10_000), answer: /^(HTTP\/1\.1 400 |HTTP\/1\.1 505 |$)/ },
  { name: 'letters without end', bytes: 'A'.repeat(200_000), answer: /^(HTTP\/1\.1 4|HTTP\/1\.1 505 |$)/ },
  {
    name: 'TLS',
    bytes: '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n\r\n',
    answer: /^(HTTP\/1\.1 400 |HTTP\/1\.1 505 |$)/
  },
  {
    name: 'HTTP/1.0',
    bytes: 'GET /healthz HTTP/1.0\r\nHost: x\r\n\r\n',
    answer: status(505),
    onNode: { answer: status(200) }
  },
  { name: 'no Host', bytes: 'GET /healthz HTTP/1.1\r\nX-A: b\r\n\r\n', answer: status(400) },
  { name: 'a header without a colon', bytes: `${keyed}nonsense\r\n\r\n`, answer: status(400) },
  {
    name: 'a header with a NUL',
    bytes: `${keyed}X-A: a\0b\r\nContent-Length: 2\r\n\r\n{}`,
    answer: status(400)
  },
  {
    name: 'a thousand headers',
    bytes: `${keyed}${Array.from({ length: 1_000 }, (_, index) => `X-${index}: x\r\n`).join('')}\r\n`,
    answer: /^(HTTP\/1\.1 431 |$)/,
    onNode: { answer: status(202) }
  },
  {
    name: 'an endless header',
    bytes: `${keyed}X-Long: ${'x'.repeat(100_000)}\r\n\r\n`,
    answer: /^(HTTP\/1\.1 431 |$)/,
    onNode: { answer: problem(431) }
  },
  {
    name: 'an endless address',
    bytes: `POST /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    answer: /^(HTTP\/1\.1 4\d\d |$)/
  },
  {
    name: 'length and chunks at once',
    bytes: `${keyed}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    answer: status(400)
  },
  {
    name: 'a length that is no number',
    bytes: `${keyed}Content-Length: two\r\n\r\n{}`,
    answer: /^(HTTP\/1\.1 400 |$)/
  },
  { name: 'a negative length', bytes: `${keyed}Content-Length: -2\r\n\r\n{}`, answer: /^(HTTP\/1\.1 400 |$)/ },
  {
    name: 'a length beyond all numbers',
    bytes: `${keyed}Content-Length: 99999999999999999999999\r\n\r\n{}`,
    answer: /^(HTTP\/1\.1 4(00|13) |$)/
  },
  {
    name: 'a chunk size that is none',
    bytes: `${keyed}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
    answer: status(400)
  },
  {
    name: 'a chunk size beyond all numbers',
    bytes: `${keyed}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}`,
    answer: status(400),
    onNode: { answer: problem(400), waits: true }
  },
  {
    name: 'more than was announced',
    bytes: `${keyed}Content-Length: 2\r\n\r\n{}garbage garbage\r\n\r\n`,
    answer: /^(HTTP\/1\.1 (202|400|505) |$)/
  },
  {
    name: 'an upgrade to something else',
    bytes: `GET /ingest?key=${publicKey} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n`,
    answer: /^HTTP\/1\.1 4/
  },
  {
    name: 'an upgrade without a key for it',
    bytes:
      `GET /ingest?key=${publicKey} HTTP/1.1\r\nHost: x\r\n` +
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n',
    answer: status(400)
  },
  {
    name: 'CONNECT',
    bytes: 'CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n',
    answer: status(505),
    onNode: { answer: nothing }
  },
  { name: 'TRACE', bytes: 'TRACE / HTTP/1.1\r\nHost: x\r\n\r\n', answer: status(405) },
  {
    name: 'a header in two pieces',
    bytes: [
      'POST /api/v1/ev',
      `ents HTTP/1.1\r\nHost: x\r\nX-Mesher-Key: ${publicKey}\r\nContent-Le`,
      'ngth: 2\r\n\r\n{}'
    ],
    answer: status(202)
  }
]

async function good(edge: EdgeUnderTest): Promise<number> {
  return (await post(edge)).status
}

t.test('requests that are hardly HTTP', async t => {
  const edge = await startEdge(t)
  for (const { name, bytes, onNode, ...onUws } of cases) {
    const { answer, waits } = transport.name === 'node' ? (onNode ?? onUws) : onUws
    const client = rawClient(t, edge.port)
    for (const part of [bytes].flat()) {
      client.write(part)
      await edge.status()
    }
    if (waits) client.end()
    const text = await client.until(/\r\n\r\n/)
    t.match(text, answer, `${name}: ${JSON.stringify(text.slice(0, 60))}`)
    client.destroy()
  }
  t.equal(await good(edge), 202)
  t.same(edge.logged, [])
})

t.test('two requests in one write are both answered when the first is answered at once', async t => {
  const edge = await startEdge(t)
  const client = rawClient(t, edge.port)
  client.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /api/nowhere HTTP/1.1\r\nHost: x\r\n\r\n')
  t.match(await client.until(/not_found/), /^HTTP\/1\.1 200 [^]*HTTP\/1\.1 404 /)
})

t.test('a second event before the first is answered never mixes answers up', async t => {
  const edge = await startEdge(t, { answers: false })
  const client = rawClient(t, edge.port)
  client.write(headOf({ 'Content-Length': '2' }) + '{}')
  const first = await edge.admitted.next()
  client.write(headOf({ 'Content-Length': '2' }) + '{}')
  if (transport.name === 'uws') {
    t.equal(await client.closed, '', 'uWebSockets.js ends the connection')
    edge.reply(stored(first))
    t.match(await edge.status(), { pending: 0, aborted: 1, late: 1 })
    return
  }
  const second = await edge.admitted.next()
  edge.reply(stored(second))
  edge.reply(stored(first))
  const text = await client.until(/202[^]*202[^]*"stored"/)
  t.ok(text.indexOf(first.seed) < text.indexOf(second.seed), 'in the order of the requests')
})

t.test('a connection serves one request after the other', async t => {
  const edge = await startEdge(t)
  const client = rawClient(t, edge.port)
  for (let sent = 1; sent <= 5; sent++) {
    client.write(headOf({ ...auth, 'Content-Length': '2' }) + '{}')
    await client.until(new RegExp(`(202 Accepted[^]*"stored"[^]*){${sent}}`))
  }
  t.match(await edge.status(), { answered: { 202: 5 } })
})

t.test('500 silent connections, and some slow ones, do not disturb the others', async t => {
  const edge = await startEdge(t)
  const idle = Array.from({ length: 500 }, () => rawClient(t, edge.port))
  const slow = Array.from({ length: 20 }, () => rawClient(t, edge.port))
  for (const client of slow) client.write(headOf({ 'Content-Length': '1000' }) + '{')
  while ((await edge.status()).waitingBytes < slow.length) {
    await new Promise(resolve => {
      setImmediate(resolve)
    })
  }
  const answers = await Promise.all(Array.from({ length: 200 }, () => good(edge)))
  t.same(new Set(answers), new Set([202]))
  for (const client of [...idle, ...slow]) client.destroy()
})
