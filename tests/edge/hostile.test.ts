// Goal: whatever a client sends, it gets a clear answer or the connection ends: never a 5xx, never a crash, and never a
// loss for other clients. Method: one whole node; a table of hostile requests, each with its answer; then random ones
// (fast-check); a good event before and after each, and a check of the rows and the log in the end.
import assert from 'node:assert/strict'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import t from 'tap'
import { limits } from '../../schema/limits.ts'
import { postRaw } from '../support/raw-http.ts'
import { runningNode } from '../support/running-node.ts'

const event = (value: object) => JSON.stringify({ message: 'hostile', ...value })
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
const manyKeys = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, index]))
/** Made before there is a node: compressing it blocks for seconds, in which leases and deadlines would run out. */
const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024), { level: 9 })

type Case = {
  name: string
  status: number | number[]
  path?: string
  headers?: Record<string, string>
  body: string | Uint8Array
}

const single: Case[] = [
  { name: 'an empty body', status: 400, body: '' },
  { name: 'no JSON', status: 400, body: 'garbage' },
  { name: 'half a JSON object', status: 400, body: '{"message":"x"' },
  { name: 'JSON followed by more', status: 400, body: '{"message":"x"} trailing' },
  { name: 'null', status: 400, body: 'null' },
  { name: 'a number', status: 400, body: '12' },
  { name: 'a string', status: 400, body: '"message"' },
  { name: 'an array', status: 400, body: '[{"message":"x"}]' },
  { name: 'an empty object', status: 400, body: '{}' },
  { name: 'an empty message', status: 400, body: '{"message":""}' },
  { name: 'a message of the wrong type', status: 400, body: '{"message":42}' },
  { name: 'a message that is an object', status: 400, body: '{"message":{}}' },
  { name: 'an unknown level', status: 400, body: event({ level: 'horrible' }) },
  { name: 'a level of syslog', status: 202, body: event({ level: 3 }) },
  { name: 'a number that is no level', status: 400, body: event({ level: 35 }) },
  { name: 'a timestamp that is nonsense', status: 400, body: event({ timestamp: 'yesterday' }) },
  { name: 'a timestamp that is an object', status: 400, body: event({ timestamp: {} }) },
  { name: 'a timestamp in the far future', status: 202, body: event({ timestamp: '9999-12-31T23:59:59Z' }) },
  { name: 'a timestamp before time', status: 202, body: event({ timestamp: -1e15 }) },
  { name: 'an event id that is none', status: 400, body: event({ event_id: 'xyz' }) },
  { name: 'an event id with a quote in it', status: 400, body: event({ event_id: "'; drop table events; --" }) },
  { name: 'tags that are a string', status: 400, body: event({ tags: 'a=b' }) },
  { name: 'tags that are too many', status: 202, body: event({ tags: manyKeys(500) }) },
  {
    name: 'tags with hostile keys',
    status: 202,
    body: event({ tags: { 'drop table': 'x', __proto__x: 'y', 'a\u0000b': 'z' } })
  },
  { name: 'an exception that is a number', status: 400, body: '{"exception":7}' },
  { name: 'an exception without type and value', status: [202, 400], body: '{"exception":{}}' },
  { name: 'frames that are null', status: [202, 400], body: '{"exception":{"type":"E","stacktrace":{"frames":null}}}' },
  { name: 'frames that are numbers', status: 400, body: '{"exception":{"type":"E","stacktrace":{"frames":[1,2]}}}' },
  {
    name: '10,000 frames',
    status: 202,
    body: JSON.stringify({
      exception: {
        type: 'E',
        value: 'v',
        stacktrace: { frames: Array.from({ length: 10_000 }, () => ({ function: 'f', lineno: 1 })) }
      }
    })
  },
  {
    name: '10,000 breadcrumbs',
    status: 202,
    body: event({ breadcrumbs: Array.from({ length: 10_000 }, () => ({ message: 'b' })) })
  },
  { name: 'breadcrumbs that are a number', status: 400, body: event({ breadcrumbs: 1 }) },
  { name: 'a user that is an array', status: 400, body: event({ user: [] }) },
  { name: 'a fingerprint of objects', status: 400, body: event({ fingerprint: [{}] }) },
  {
    name: 'a fingerprint of 10,000 parts',
    status: [202, 400],
    body: event({ fingerprint: Array.from({ length: 10_000 }, () => 'x') })
  },
  { name: 'a JSON string 10,000 levels deep', status: [202, 400], body: event({ extra: { deep: nested(10_000) } }) },
  {
    name: 'arrays 10,000 levels deep',
    status: [202, 400],
    body: `{"message":"deep","extra":{"deep":${nested(10_000)}}}`
  },
  {
    name: 'objects 100,000 levels deep',
    status: [202, 400],
    body: `{"message":"deep","extra":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`
  },
  { name: '100,000 keys at the top', status: 202, body: event(manyKeys(50_000)) },
  { name: '50,000 keys in extra', status: 202, body: event({ extra: manyKeys(50_000) }) },
  {
    name: '__proto__ as a key',
    status: 202,
    body:
      '{"message":"proto","__proto__":{"polluted":true},' +
      '"extra":{"__proto__":{"polluted":true},"constructor":{"prototype":1}}}'
  },
  { name: 'the same key twice', status: 202, body: '{"message":"one","message":"two"}' },
  {
    name: 'NUL in a string',
    status: 202,
    body: '{"message":"a\\u0000b","extra":{"k\\u0000":"\\u0000"},"tags":{"t":"\\u0000"}}'
  },
  {
    name: 'lone surrogates',
    status: 202,
    body: '{"message":"\\ud800 and \\udfff","release":"\\ud83d","extra":{"\\udc00":"\\ud800"}}'
  },
  { name: 'a raw NUL byte', status: 400, body: Buffer.from('{"message":"a\0b"}') },
  { name: 'bytes that are no UTF-8', status: 400, body: Buffer.from([0x7b, 0x22, 0x6d, 0xff, 0xfe, 0x22, 0x7d]) },
  {
    name: 'an overlong UTF-8 slash',
    status: 400,
    body: Buffer.concat([Buffer.from('{"message":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')])
  },
  { name: 'UTF-16', status: 400, body: Buffer.from('{"message":"x"}', 'utf16le') },
  { name: 'a byte order mark', status: 202, body: `\ufeff${event({})}` },
  {
    name: 'a number beyond all',
    status: 202,
    body: '{"message":"big","extra":{"n":1e999,"m":123456789012345678901234567890}}'
  },
  { name: 'NaN', status: 400, body: '{"message":"nan","extra":{"n":NaN}}' },
  { name: 'a message of 900 kB', status: 202, body: event({ message: 'm'.repeat(900_000) }) },
  {
    name: 'a message that takes regular expressions long',
    status: 202,
    body: event({ message: `${'a'.repeat(5_000)}@${'1.'.repeat(1_000)} ${'-1'.repeat(2_000)}${"='".repeat(1_000)}` })
  },
  { name: 'a body above the limit', status: 413, body: event({ message: 'm'.repeat(limits.eventBytesMax) }) },
  { name: 'a gzip bomb', status: 413, headers: { 'Content-Encoding': 'gzip' }, body: bomb },
  {
    name: 'a deflate bomb',
    status: 413,
    headers: { 'Content-Encoding': 'deflate' },
    body: deflateSync(Buffer.alloc(200 * 1024 * 1024), { level: 9 })
  },
  {
    name: 'a brotli bomb',
    status: 413,
    headers: { 'Content-Encoding': 'br' },
    body: brotliCompressSync(Buffer.alloc(100 * 1024 * 1024))
  },
  { name: 'corrupt gzip', status: 400, headers: { 'Content-Encoding': 'gzip' }, body: Buffer.from('this is not gzip') },
  {
    name: 'gzip that ends early',
    status: 400,
    headers: { 'Content-Encoding': 'gzip' },
    body: gzipSync(event({})).subarray(0, 20)
  },
  {
    name: 'gzip within gzip',
    status: [400, 415],
    headers: { 'Content-Encoding': 'gzip, gzip' },
    body: gzipSync(gzipSync(event({})))
  },
  { name: 'an unknown encoding', status: 415, headers: { 'Content-Encoding': 'foo' }, body: event({}) },
  { name: 'raw deflate', status: 202, headers: { 'Content-Encoding': 'deflate' }, body: deflateRawSync(event({})) },
  { name: 'brotli', status: 202, headers: { 'Content-Encoding': 'br' }, body: brotliCompressSync(event({})) },
  { name: 'an encoding in capitals', status: 202, headers: { 'Content-Encoding': 'GZIP' }, body: gzipSync(event({})) },
  { name: 'an image as content type', status: 202, headers: { 'Content-Type': 'image/png' }, body: event({}) },
  {
    name: 'chunked with a bad size',
    status: [0, 400],
    headers: { 'Transfer-Encoding': 'chunked' },
    body: 'zz\r\n{}\r\n0\r\n\r\n'
  },
  {
    name: 'two ways of saying the length',
    status: [0, 400],
    headers: { 'Content-Length': '5', 'Transfer-Encoding': 'chunked' },
    body: '0\r\n\r\n'
  },
  { name: 'a negative length', status: [0, 400], headers: { 'Content-Length': '-5' }, body: event({}) },
  {
    name: 'a length beyond all numbers',
    status: [0, 400, 413],
    headers: { 'Content-Length': '99999999999999999999' },
    body: event({})
  },
  {
    name: 'a length above the limit, announced only',
    status: 413,
    headers: { 'Content-Length': String(limits.eventBytesMax + 1) },
    body: ''
  },
  {
    name: 'a flood of headers',
    status: [0, 400, 431],
    headers: Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`X-Flood-${index}`, 'x'.repeat(100)])),
    body: event({})
  },
  { name: 'one endless header', status: [0, 400, 431], headers: { 'X-Long': 'x'.repeat(100_000) }, body: event({}) },
  {
    name: 'an endless address',
    status: [0, 400, 404, 414, 431],
    path: `/api/v1/events?${'x'.repeat(100_000)}`,
    body: event({})
  },
  { name: 'an address with a NUL', status: [0, 400, 404], path: '/api/v1/events%00', body: event({}) },
  { name: 'no key', status: 401, headers: { 'X-Mesher-Key': '' }, body: event({}) },
  { name: 'a key of another shape', status: 401, headers: { 'X-Mesher-Key': 'not a key' }, body: event({}) },
  { name: 'a key that nobody has', status: 401, headers: { 'X-Mesher-Key': '0'.repeat(32) }, body: event({}) },
  { name: 'SQL for a key', status: 401, headers: { 'X-Mesher-Key': "' or 1=1 --" }, body: event({}) }
]

const bulk: Case[] = [
  { name: 'an empty array', status: 400, body: '[]' },
  { name: 'an object', status: 400, body: '{"message":"x"}' },
  {
    name: 'too many events',
    status: [400, 413],
    body: JSON.stringify(Array.from({ length: 1_001 }, () => ({ message: 'x' })))
  },
  { name: 'an array of nothing useful', status: 202, body: '[null,1,"x",[],{}]' },
  {
    name: 'NDJSON with bad lines',
    status: 202,
    headers: { 'Content-Type': 'application/x-ndjson' },
    body: '{"message":"good"}\n\nnonsense\n{"level":3}\n'
  },
  { name: 'empty NDJSON', status: 400, headers: { 'Content-Type': 'application/x-ndjson' }, body: '\n\n\n' },
  { name: 'a body above the limit', status: 413, body: `["${'x'.repeat(limits.bulkBytesMax)}"]` },
  { name: 'a gzip bomb', status: 413, headers: { 'Content-Encoding': 'gzip' }, body: bomb }
]

const node = await runningNode(t)
await node.sql`update projects set rate_limit_per_minute = null`
const { port, key } = node
const auth = { 'X-Mesher-Key': key }

async function goodEvent(): Promise<number> {
  return (await postRaw(port, '/api/v1/events', auth, event({ message: 'good' }))).status
}

for (const [path, cases] of [
  ['/api/v1/events', single],
  ['/api/v1/events/bulk', bulk]
] as const) {
  t.test(`hostile requests to ${path}`, async t => {
    for (const { name, status, headers = {}, body, ...own } of cases) {
      const answer = await postRaw(port, own.path ?? path, { ...auth, ...headers }, body)
      t.ok(
        [status].flat().includes(answer.status),
        `${name}: ${answer.status}, expected ${String(status)} ${answer.body.slice(0, 200)}`
      )
      t.notMatch(answer.body, /node_modules|select |insert |at .*\.ts:/, `${name}: no inside is shown`)
      if (answer.status >= 400 && answer.body !== '' && answer.body.startsWith('{')) {
        t.match(JSON.parse(answer.body), { status: answer.status, title: String, detail: String, type: String })
      }
    }
    t.equal(await goodEvent(), 202, 'a good event is stored after all that')
  })
}

t.test('decompression bombs cost little memory', async t => {
  await postRaw(port, '/api/v1/events', { ...auth, 'Content-Encoding': 'gzip' }, bomb)
  const before = process.memoryUsage().rss
  for (let round = 0; round < 20; round++) {
    await postRaw(port, '/api/v1/events', { ...auth, 'Content-Encoding': 'gzip' }, bomb)
  }
  const grownMb = (process.memoryUsage().rss - before) / 1024 / 1024
  t.ok(grownMb < 50, `memory grew by ${Math.round(grownMb)} MB`)
})

t.test('any JSON and any bytes get 202 or 400', async t => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.json({ maxDepth: 6 }), fc.string(), eventLike()), async body => {
      const { status } = await postRaw(port, '/api/v1/events', auth, body)
      assert.ok([202, 400].includes(status), `status ${status}`)
    }),
    { numRuns: 300 }
  )
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom('gzip', 'deflate', 'br', ''),
      async (bytes, encoding) => {
        const { status } = await postRaw(
          port,
          '/api/v1/events/bulk',
          encoding === '' ? auth : { ...auth, 'Content-Encoding': encoding },
          bytes
        )
        assert.ok([202, 400, 413].includes(status), `status ${status}`)
      }
    ),
    { numRuns: 200 }
  )
  t.equal(await goodEvent(), 202)
})

t.test('nothing was lost, nothing crashed', async t => {
  const [counts] = await node.sql<{ good: number }[]>`select count(*)::int as good from events where message = 'good'`
  t.equal(counts?.good, 4, 'three good events of their own, and one in NDJSON')
  t.same(
    node.log.filter(line => line.includes('crashed')),
    []
  )
})

function eventLike(): fc.Arbitrary<string> {
  const any = fc.jsonValue({ maxDepth: 3 })
  return fc
    .record(
      {
        message: fc.oneof(fc.string({ unit: 'binary' }), any),
        level: fc.oneof(fc.constantFrom('error', 'info', 'LOG'), any),
        timestamp: any,
        exception: any,
        stacktrace: any,
        breadcrumbs: any,
        tags: any,
        user: any,
        request: any,
        contexts: any,
        extra: any,
        fingerprint: any
      },
      { requiredKeys: ['message'] }
    )
    .map(value => JSON.stringify(value))
}
