// Goal: bytes that real clients and proxies send are answered as RFC 9112 says, on both transports; where the parser of
// uWebSockets.js cannot, it is as docs/operations.md says. Method: one table of raw bytes, each on a connection of its
// own, with what comes back: the statuses in order, and whether the connection ends.
import t from 'tap'
import { auth, rawClient, startEdge, transport } from './support.ts'

const body = '{"message":"raw"}'
const key = `X-Mesher-Key: ${auth['X-Mesher-Key']}\r\n`
const length = `Content-Length: ${body.length}\r\n`
const chunk = (extension = ''): string => `${body.length.toString(16)}${extension}\r\n${body}\r\n`
const chunked = 'Transfer-Encoding: chunked\r\n'
const post = (headers: string, target = '/api/v1/events', version = '1.1'): string =>
  `POST ${target} HTTP/${version}\r\n${headers}\r\n`
const usual = `Host: x\r\n${key}`

type Result = {
  /** Statuses of the answers, in their order. */
  statuses: readonly number[]
  /** The server ends the connection. */
  ends?: boolean
  /** Something that is in the answers. */
  shows?: RegExp
}
type Case = {
  name: string
  parts: readonly string[]
  /** The client ends its side behind the last part. */
  isHalfClosed?: boolean
  node: Result
  /** Where it differs. */
  uws?: Result
}

const accepted: Result = { statuses: [202] }
const refused: Result = { statuses: [400], ends: true, shows: /application\/problem\+json/ }
/** By uWebSockets.js itself. */
const html400: Result = { statuses: [400], ends: true, shows: /<h1>/ }
const http505: Result = { statuses: [505], ends: true }
const unanswered: Result = { statuses: [], ends: true }

const cases: readonly Case[] = [
  { name: 'one request', parts: [post(usual + length), body], node: accepted },
  {
    name: 'a request line in several segments',
    parts: ['PO', 'ST /api/v1/ev', 'ents HT', `TP/1.1\r\n${usual}`, `${length}\r\n`, body],
    node: accepted
  },
  { name: 'a byte at a time', parts: [...(post(usual + length) + body)], node: accepted },
  {
    name: 'CRLF before the request',
    parts: [`\r\n\r\n${post(usual + length)}${body}`],
    node: accepted,
    uws: unanswered
  },
  {
    name: 'CRLF behind the body of the request before',
    parts: [`${post(usual + length)}${body}\r\n`, `${post(usual + length)}${body}`],
    node: { statuses: [202, 202] },
    uws: { statuses: [202], ends: true }
  },
  {
    name: 'the absolute form',
    parts: [post(usual + length, 'http://errors.example.com/api/v1/events'), body],
    node: accepted,
    uws: http505
  },
  {
    name: 'HTTP/1.0 with Connection: close',
    parts: [post(`${usual}Connection: close\r\n${length}`, undefined, '1.0'), body],
    node: { statuses: [202], ends: true },
    uws: http505
  },
  {
    name: 'HTTP/1.0 without Host',
    parts: ['GET /healthz HTTP/1.0\r\n\r\n'],
    node: { statuses: [200], ends: true },
    uws: http505
  },
  {
    name: 'HTTP/1.1 without Host',
    parts: ['GET /healthz HTTP/1.1\r\n\r\n'],
    node: refused,
    uws: { statuses: [400], ends: true }
  },
  { name: 'a chunked body', parts: [post(usual + chunked), chunk(), '0\r\n\r\n'], node: accepted },
  {
    name: 'an extension of a chunk',
    parts: [post(usual + chunked), chunk(';a=b'), '0\r\n\r\n'],
    node: accepted,
    uws: unanswered
  },
  {
    name: 'a trailer',
    parts: [post(usual + chunked), chunk(), '0\r\nX-Checksum: 1\r\n\r\n'],
    node: accepted,
    uws: http505
  },
  {
    name: 'two requests at once',
    parts: [`${post(usual + length)}${body}${post(usual + length)}${body}`],
    node: { statuses: [202, 202] },
    uws: unanswered
  },
  {
    name: 'a client that ends its side',
    parts: [post(usual + length) + body],
    isHalfClosed: true,
    node: { statuses: [202], ends: true },
    uws: unanswered
  },
  {
    name: 'a header of 8 KiB',
    parts: [post(`${usual}Cookie: a=${'x'.repeat(8_000)}\r\n${length}`), body],
    node: accepted
  },
  {
    name: 'a head of 31 KiB',
    parts: [post(`${usual}Cookie: a=${'x'.repeat(31_000)}\r\n${length}`), body],
    node: accepted
  },
  {
    name: 'a head of 40 KiB',
    parts: [post(`${usual}Cookie: a=${'x'.repeat(40_000)}\r\n${length}`), body],
    node: { statuses: [431], ends: true, shows: /Access-Control-Allow-Origin: \*[\s\S]*baggage/ }
  },
  {
    name: 'a head of 70 KiB',
    parts: [post(`${usual}Cookie: a=${'x'.repeat(70_000)}\r\n${length}`), body],
    node: { statuses: [431], ends: true, shows: /baggage/ },
    uws: { statuses: [431], ends: true, shows: /<h1>/ }
  },
  { name: 'the same Content-Length twice', parts: [post(usual + length + length), body], node: refused },
  {
    name: 'two different Content-Length',
    parts: [post(`${usual}${length}Content-Length: 5\r\n`), body],
    node: refused
  },
  {
    name: 'two different Content-Length of a GET',
    parts: ['GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n'],
    node: refused
  },
  {
    name: 'a request hidden behind the first of two Content-Length',
    parts: [`${post(`${usual}Content-Length: 0\r\nContent-Length: 99\r\n`)}${post(usual + length)}${body}`],
    node: refused,
    uws: unanswered
  },
  ...['', '5, 5', '+5', '-5', '0x5', '5 5'].map(value => ({
    name: `a Content-Length of "${value}"`,
    parts: [post(`${usual}Content-Length: ${value}\r\n`), 'hello'],
    node: refused,
    uws: { statuses: [400], ends: true }
  })),
  {
    name: 'two different Host',
    parts: [post(`${usual}Host: y\r\n${length}`), body],
    node: { ...refused, shows: /has one Host header/ },
    uws: html400
  },
  {
    name: 'Transfer-Encoding: identity',
    parts: [post(`${usual}Transfer-Encoding: identity\r\n`), body],
    node: { ...refused, shows: /chunked/ },
    uws: { statuses: [400], ends: true }
  },
  {
    name: 'two Transfer-Encoding',
    parts: [post(usual + chunked + chunked), chunk(), '0\r\n\r\n'],
    node: { ...refused, shows: /chunked/ },
    uws: { statuses: [400], ends: true }
  },
  {
    name: 'an empty Transfer-Encoding beside a Content-Length',
    parts: [post(`${usual}Transfer-Encoding:\r\n${length}`), body],
    node: refused
  },
  {
    name: 'Content-Length and Transfer-Encoding',
    parts: [post(usual + length + chunked), chunk(), '0\r\n\r\n'],
    node: refused,
    uws: html400
  },
  {
    name: 'bytes behind the last chunk',
    parts: [`${post(usual + chunked)}${chunk()}0\r\n\r\nrubbish rubbish\r\n\r\n`],
    node: { statuses: [202, 400], ends: true },
    uws: http505
  },
  {
    name: 'a header without a colon',
    parts: [post(`${usual}nonsense\r\n${length}`), body],
    node: refused,
    uws: html400
  },
  { name: 'no HTTP', parts: ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'], node: refused, uws: http505 }
]

for (const { name, parts, isHalfClosed = false, node, uws = node } of cases) {
  const { statuses, ends = false, shows } = transport.name === 'node' ? node : uws
  t.test(name, async t => {
    const edge = await startEdge(t)
    const client = rawClient(t, edge.port)
    for (const part of parts) {
      client.write(part)
      // Another turn of the event loop, in which the server reads this part.
      await new Promise(resolve => setImmediate(resolve))
    }
    if (isHalfClosed) client.end()
    const text = ends ? await client.closed : await client.until(new RegExp(`(?:HTTP/1.1 \\d[^]*){${statuses.length}}`))
    t.same(
      [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status)),
      statuses
    )
    if (shows !== undefined) t.match(text, shows)
    if (ends) return
    const health = await fetch(`${edge.url}/healthz`)
    t.equal(health.status, 200)
  })
}
