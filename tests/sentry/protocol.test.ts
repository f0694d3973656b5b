// Goal: paths, credentials, encodings, limits and answers are those of Sentry's protocol. Method: a whole node;
// requests by fetch and byte by byte, as SDKs of many languages and hostile clients send them.
import { once } from 'node:events'
import { connect } from 'node:net'
import zlib from 'node:zlib'
import t from 'tap'
import { limits } from '../../schema/limits.ts'
import { createProject } from '../../services/accounts/projects.ts'
import type { StoredPayloadColumns } from '../../services/events/payloads.ts'
import { parsedPayload } from '../support/payloads.ts'
import { postRaw, sendRaw } from '../support/raw-http.ts'
import {
  capture,
  envelope,
  eventEnvelope,
  limitedProject,
  newEventId,
  projectId,
  publicKey,
  sentryNode
} from './support.ts'

const node = await sentryNode(t)
const otherKey = 'fedcba9876543210fedcba9876543210'
await createProject(node.sql, { name: 'Other', id: 43, key: otherKey })

const path = `/api/${projectId}/envelope/`
const keyed = `${path}?sentry_key=${publicKey}`
const auth = `Sentry sentry_key=${publicKey}, sentry_version=7, sentry_client=test/1.0`
const plain = (): Buffer<ArrayBuffer> => eventEnvelope({ message: 'x' })

t.test('the key is found in every place that the protocol allows', async t => {
  const siteLogin = `Basic ${Buffer.from('guard:secret').toString('base64')}`
  const basic = `Basic ${Buffer.from(`${publicKey}:`).toString('base64')}`
  const dashed = '01234567-89AB-CDEF-0123-456789ABCDEF'
  const places: [string, string, Record<string, string>][] = [
    ['query', keyed, {}],
    [
      'query of a browser',
      `${path}?sentry_version=7&sentry_key=${publicKey}&sentry_client=sentry.javascript.browser%2F11.12.0`,
      {}
    ],
    ['header', path, { 'X-Sentry-Auth': auth }],
    [
      'header without spaces',
      path,
      { 'X-Sentry-Auth': `Sentry sentry_version=7,sentry_client=sentry.java/8.5,sentry_key=${publicKey}` }
    ],
    [
      'header in lower case, with quotes',
      path,
      { 'X-Sentry-Auth': `sentry sentry_version=7.0,sentry_key="${publicKey}"` }
    ],
    [
      'header with more than is needed',
      path,
      { 'X-Sentry-Auth': `Sentry sentry_timestamp=1764000000.5, ${auth.slice(7)}, sentry_secret=${otherKey}` }
    ],
    ['Authorization', path, { Authorization: auth }],
    [
      'Authorization beside a header without a key',
      path,
      { 'X-Sentry-Auth': 'Sentry sentry_version=7', Authorization: auth }
    ],
    ['Basic', path, { Authorization: basic }],
    ['query beside the login of a site in front', keyed, { Authorization: siteLogin }],
    ['query and header alike', keyed, { 'X-Sentry-Auth': auth }],
    ['with dashes and capitals', `${path}?sentry_key=${dashed}`, {}]
  ]
  for (const [name, address, headers] of places) t.equal((await node.post(address, plain(), headers)).status, 200, name)
})

t.test('the key of a tunnel is found in the DSN of the envelope, also in a compressed one', async t => {
  for (const dsn of [
    node.dsn,
    `http://${publicKey}:@host/42`,
    `https://${publicKey}:secret@errors.example.com:8443/base/42`
  ]) {
    const body = eventEnvelope({ message: 'x' }, { event_id: newEventId(), dsn })
    t.equal((await node.post(path, body)).status, 200, dsn)
    t.equal((await node.post(path, zlib.gzipSync(body), { 'Content-Encoding': 'gzip' })).status, 200, `${dsn} in gzip`)
    t.equal(
      (await node.post(path, zlib.brotliCompressSync(body), { 'Content-Encoding': 'br' })).status,
      200,
      `${dsn} in br`
    )
  }
  const big = envelope(
    { dsn: node.dsn },
    { headers: { type: 'event' }, payload: '{"message":"x"}' },
    { headers: { type: 'attachment', length: 300_000 }, payload: Buffer.alloc(300_000, 7) }
  )
  t.equal((await node.post(path, zlib.gzipSync(big), { 'Content-Encoding': 'gzip' })).status, 200)
  t.equal(
    (await node.post(path, eventEnvelope({ message: 'x' }, { dsn: `http://${otherKey}@host/43` }))).status,
    403,
    'of another project'
  )
  t.equal(
    (await node.post(keyed, eventEnvelope({ message: 'x' }, { dsn: `http://${otherKey}@host/43` }))).status,
    403,
    "another than the request's"
  )
  t.equal(
    (await node.post(path, zlib.gzipSync(Buffer.alloc(3_000_000)), { 'Content-Encoding': 'gzip' })).status,
    401,
    'a bomb'
  )
})

t.test('no key, a wrong key or a wrong project is refused in JSON that pages may read', async t => {
  const refusals: [string, number][] = [
    [path, 401],
    [`${path}?sentry_key=`, 401],
    [`${path}?sentry_key=${'0'.repeat(32)}`, 403],
    [`${path}?sentry_key=nonsense`, 403],
    [`${path}?sentry_key=${otherKey}`, 403],
    [`/api/999/envelope/?sentry_key=${publicKey}`, 403],
    [`/api/abc/envelope/?sentry_key=${publicKey}`, 404],
    [`/api/0/envelope/?sentry_key=${publicKey}`, 404]
  ]
  for (const [address, status] of refusals) {
    const answer = await node.post(address, plain())
    t.equal(answer.status, status, address)
    t.match(answer.body, { detail: String }, address)
    t.equal(answer.headers.get('x-sentry-error'), answer.body.detail, 'SDKs log the header')
    t.equal(answer.headers.get('access-control-allow-origin'), '*')
    t.equal(answer.headers.get('access-control-expose-headers'), 'x-sentry-error, x-sentry-rate-limits, retry-after')
  }
})

t.test('the slash at the end, doubled slashes and the path of a proxy make no difference', async t => {
  for (const address of [
    `/api/${projectId}/envelope`,
    `//api/${projectId}//envelope/`,
    `/api//${projectId}/envelope//`,
    `/errors/api/${projectId}/envelope/`
  ]) {
    t.equal((await postRaw(node.port, `${address}?sentry_key=${publicKey}`, {}, plain())).status, 200, address)
  }
  t.equal((await postRaw(node.port, '/nowhere', {}, '{}')).status, 404, 'what leads nowhere still does')
  t.equal((await postRaw(node.port, '//api//v1//events', {}, '{}')).status, 404)
})

t.test('other endpoints and methods get a clear answer', async t => {
  for (const name of ['minidump/', 'unreal/x/', 'nel', 'cron/slug/', 'integration/x/']) {
    const { status, body, headers } = await node.post(`/api/${projectId}/${name}?sentry_key=${publicKey}`, 'x')
    t.match({ status, body }, { status: 404, body: { detail: /not supported/ } }, name)
    t.equal(headers.get('access-control-allow-origin'), '*', name)
    t.equal((await fetch(`${node.url}/api/${projectId}/${name}`)).status, 404, `GET ${name}`)
    const asked = await fetch(`${node.url}/api/${projectId}/${name}`, {
      method: 'OPTIONS',
      headers: { 'Access-Control-Request-Headers': 'x-custom' }
    })
    t.same([asked.status, asked.headers.get('access-control-allow-headers')], [204, 'x-custom'], `OPTIONS ${name}`)
  }
  const twoInOne = await sendRaw(
    node.port,
    `HEAD ${keyed} HTTP/1.1\r\nHost: x\r\n\r\nOPTIONS ${keyed} HTTP/1.1\r\nHost: x\r\n\r\n`
  )
  t.match(twoInOne, { status: 405, body: /^HTTP\/1\.1 204/ }, 'an answer to HEAD has no body')
  const wrong = await fetch(node.url + keyed)
  t.match({ status: wrong.status, allow: wrong.headers.get('allow') }, { status: 405, allow: 'POST, OPTIONS' })
})

t.test('a preflight allows what the page asks for', async t => {
  for (const address of [
    keyed,
    `/api/${projectId}/store/`,
    `/api/${projectId}/security/`,
    `//api/${projectId}/envelope/`
  ]) {
    const answer = await fetch(node.url + address, {
      method: 'OPTIONS',
      headers: {
        Origin: 'https://shop.example',
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'x-custom, sentry-trace'
      }
    })
    t.ok(answer.status === 204 || answer.status === 200, address)
    t.equal(answer.headers.get('access-control-allow-origin'), '*')
    t.equal(answer.headers.get('access-control-allow-headers'), 'x-custom, sentry-trace')
    t.match(answer.headers.get('access-control-allow-methods'), /POST/)
    t.equal(answer.headers.get('access-control-max-age'), '3600')
  }
  const plainPreflight = await fetch(node.url + keyed, { method: 'OPTIONS' })
  t.equal(
    plainPreflight.headers.get('access-control-allow-headers'),
    'x-sentry-auth, x-requested-with, x-forwarded-for, origin, referer, accept, content-type, ' +
      'authentication, authorization, content-encoding, transfer-encoding, sentry-trace, baggage'
  )
  t.equal(plainPreflight.headers.get('access-control-allow-methods'), 'POST, OPTIONS')
})

t.test("a browser's simple request gets an answer that the page may read", async t => {
  const { status, headers } = await node.send(plain(), {
    'Content-Type': 'text/plain;charset=UTF-8',
    Origin: 'https://shop.example'
  })
  t.equal(status, 200)
  t.equal(headers.get('access-control-allow-origin'), '*')
  t.equal(headers.get('access-control-expose-headers'), 'x-sentry-error, x-sentry-rate-limits, retry-after')
})

t.test('every encoding that SDKs send is read, others are refused', async t => {
  const packings: [string, (body: Buffer<ArrayBuffer>) => Uint8Array<ArrayBuffer>, number][] = [
    ['', body => body, 200],
    ['identity', body => body, 200],
    ['utf-8', body => body, 200],
    ['gzip', body => zlib.gzipSync(body), 200],
    ['x-gzip', body => zlib.gzipSync(body), 200],
    ['GZIP', body => zlib.gzipSync(body), 200],
    ['deflate', body => zlib.deflateSync(body), 200],
    ['deflate', body => zlib.deflateRawSync(body), 200],
    ['br', body => zlib.brotliCompressSync(body), 200],
    ['gzip', body => body, 400],
    ['gzip', body => zlib.gzipSync(body).subarray(0, -9), 400],
    ['br', body => zlib.gzipSync(body), 400],
    ['foo', body => body, 415],
    ['gzip, br', body => zlib.gzipSync(body), 415]
  ]
  for (const [encoding, pack, expected] of packings) {
    const { status, body } = await postRaw(node.port, keyed, { 'Content-Encoding': encoding }, pack(plain()))
    t.equal(status, expected, `${encoding} ${expected}`)
    if (expected !== 200) t.match(JSON.parse(body), { detail: String })
  }
})

t.test('a body that is too large is refused, compressed or not, without using much memory', async t => {
  const attachment = (bytes: number): Buffer<ArrayBuffer> =>
    envelope(
      { event_id: newEventId() },
      { headers: { type: 'event' }, payload: '{"message":"with a large attachment"}' },
      { headers: { type: 'attachment', length: bytes }, payload: Buffer.alloc(bytes, 7) }
    )
  t.equal((await node.send(attachment(15 * 1024 * 1024))).status, 200, 'attachments may be large')
  t.equal((await node.send(attachment(limits.envelopeBytesMax))).status, 413)
  t.equal(
    (await postRaw(node.port, keyed, { 'Content-Length': String(50 * 1024 * 1024) }, '')).status,
    413,
    'by its announcement'
  )

  const before = process.memoryUsage.rss()
  const bomb = zlib.gzipSync(Buffer.alloc(200 * 1024 * 1024))
  t.equal((await node.send(bomb, { 'Content-Encoding': 'gzip' })).status, 413)
  t.equal(
    (
      await node.send(
        zlib.brotliCompressSync(Buffer.alloc(100 * 1024 * 1024), {
          params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 }
        }),
        { 'Content-Encoding': 'br' }
      )
    ).status,
    413
  )
  // As many gzip members as a body may hold, each of which unpacks to 64 MiB: 20 GiB in all.
  const member = zlib.gzipSync(Buffer.alloc(64 * 1024 * 1024))
  const endless = Buffer.concat(
    Array.from({ length: Math.floor(limits.envelopeBytesMax / member.length) }, () => member)
  )
  t.equal((await node.send(endless, { 'Content-Encoding': 'gzip' })).status, 413, 'as large as it may be')
  t.ok(process.memoryUsage.rss() - before < 600 * 1024 * 1024, 'memory is bounded')
})

t.test('a large body with Expect: 100-continue is told to go on at once', async t => {
  const body = envelope(
    { event_id: newEventId() },
    { headers: { type: 'event' }, payload: '{"message":"asked first"}' },
    { headers: { type: 'attachment', length: 2_000_000 }, payload: Buffer.alloc(2_000_000, 7) }
  )
  const socket = connect({ host: '127.0.0.1', port: node.port })
  await once(socket, 'connect')
  socket.write(`POST ${keyed} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`)
  const [first] = await once(socket, 'data')
  t.match(String(first), /^HTTP\/1\.1 100/)
  socket.write(body)
  const [second] = await once(socket, 'data')
  t.match(String(second), /^HTTP\/1\.1 200 OK[^]*"id":"/)
  socket.destroy()
})

t.test('an event is answered with the id of its client, a repetition too, and stored once', async t => {
  const eventId = newEventId()
  const dashed = eventId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5').toUpperCase()
  for (const id of [eventId, eventId, dashed]) {
    const { status, headers, text } = await node.send(eventEnvelope({ message: 'once' }, { event_id: id }))
    t.same([status, headers.get('content-type'), text], [200, 'application/json', `{"id":"${eventId}"}`])
  }
  const [row] = await node.sql<{ count: number }[]>`select count(*)::int as count from events where message = 'once'`
  t.equal(row?.count, 1)
})

t.test('an event without an id is answered with the id under which it is stored', async t => {
  const { body } = await node.send(eventEnvelope({ message: 'given an id' }, {}))
  t.match(body.id, /^[0-9a-f]{32}$/)
  const [row] = await node.sql`select message from events where id = ${String(body.id)}`
  t.match(row, { message: 'given an id' })
})

t.test('/store/ takes an event as JSON, compressed, or as base64 of either', async t => {
  const store = `/api/${projectId}/store/?sentry_key=${publicKey}&sentry_version=7`
  const json = (): Buffer<ArrayBuffer> =>
    Buffer.from(JSON.stringify({ event_id: newEventId(), message: 'stored the old way' }))
  const forms: [string, Buffer<ArrayBuffer>, Record<string, string>][] = [
    ['JSON', json(), {}],
    ['JSON after blanks', Buffer.concat([Buffer.from(' \n'), json()]), {}],
    ['base64 of zlib', Buffer.from(zlib.deflateSync(json()).toString('base64')), {}],
    [
      'base64 with newlines',
      Buffer.from(
        zlib
          .deflateSync(json())
          .toString('base64')
          .replaceAll(/(.{20})/g, '$1\n')
      ),
      { 'Content-Type': 'application/octet-stream' }
    ],
    ['base64 of JSON', Buffer.from(json().toString('base64')), {}],
    ['zlib without a word', zlib.deflateSync(json()), {}],
    ['gzip without a word', zlib.gzipSync(json()), {}],
    ['gzip', zlib.gzipSync(json()), { 'Content-Encoding': 'gzip' }],
    ['an envelope', plain(), { 'Content-Type': 'application/x-sentry-envelope' }]
  ]
  for (const [name, body, headers] of forms) {
    const answer = await node.post(store, body, headers)
    t.match({ status: answer.status, text: answer.text }, { status: 200, text: /^\{"id":"[0-9a-f]{32}"\}$/ }, name)
  }
  const [row] = await node.sql<
    { count: number }[]
  >`select count(*)::int as count from events where message = 'stored the old way'`
  t.equal(row?.count, forms.length - 1)

  t.match((await node.post(store, '{"message":"no id"}')).text, /^\{"id":"[0-9a-f]{32}"\}$/)
  t.match(await node.post(store, '{"type":"transaction"}'), { status: 200, text: '{}' })
  for (const body of ['', 'garbage!', '[]', '5', Buffer.from('x').toString('base64')]) {
    t.equal((await node.post(store, body)).status, 400, body)
  }
  t.equal((await node.post(store, zlib.deflateSync(Buffer.alloc(9_000_000)).toString('base64'))).status, 413)
  t.equal((await node.post(`/api/${projectId}/store/`, '{"message":"x"}', { 'X-Sentry-Auth': auth })).status, 200)
})

t.test('security reports of browsers become events', async t => {
  const context = 'sentry_release=shop%401.2.3&sentry_environment=staging'
  const security = `/api/${projectId}/security/?sentry_key=${publicKey}&${context}`
  const csp = {
    'csp-report': {
      'document-uri': 'https://shop.example/cart',
      'violated-directive': 'script-src https://shop.example',
      'effective-directive': 'script-src',
      'blocked-uri': 'https://evil.example/x.js',
      referrer: 'https://search.example/'
    }
  }
  for (const type of ['application/csp-report', 'application/json; charset=utf-8']) {
    const { status, text, headers } = await node.post(security, JSON.stringify(csp), {
      'Content-Type': type,
      'User-Agent': 'Browser/1.0'
    })
    t.same([status, text, headers.get('access-control-allow-origin')], [200, '', '*'], type)
  }
  const reports = [
    {
      type: 'csp-violation',
      age: 1,
      url: 'https://shop.example/',
      user_agent: 'Reporter/2.0',
      body: {
        documentURL: 'https://shop.example/cart',
        effectiveDirective: 'img-src',
        blockedURL: 'data',
        disposition: 'enforce'
      }
    },
    { type: 'deprecation', body: {} },
    { type: 'csp-violation', body: { effectiveDirective: 'img-src', blockedURL: 'inline' } }
  ]
  t.match(await node.post(security, JSON.stringify(reports), { 'Content-Type': 'application/reports+json' }), {
    status: 200,
    text: ''
  })
  t.match(
    await node.post(
      security.replace('security', 'csp-report'),
      JSON.stringify({ 'expect-ct-report': { hostname: 'shop.example' } }),
      { 'Content-Type': 'application/expect-ct-report+json' }
    ),
    { status: 200 }
  )

  const rows = await node.sql<{ title: string; rule: string; events: number }[]>`
    select i.title, g.rule, i.event_count as events from issues i join issue_groupings g on g.issue_id = i.id
    where g.rule = 'security' or i.title like 'Expect%' order by i.title collate "C"`
  t.same(
    rows.map(row => ({ ...row })),
    [
      { title: "Blocked 'img-src' from 'data'", rule: 'security', events: 1 },
      { title: "Blocked 'img-src' from 'inline'", rule: 'security', events: 1 },
      { title: "Blocked 'script-src' from 'evil.example'", rule: 'security', events: 2 },
      { title: "Expect-CT failed for 'shop.example'", rule: 'message', events: 1 }
    ]
  )
  const stored = await node.sql<StoredPayloadColumns[]>`
    select release, environment, payload::text as payload, packed from events`
  const events = stored.map(row => ({ ...row, payload: parsedPayload(row) }))
  t.match(
    events.find(({ payload }) => payload.csp?.referrer !== undefined),
    {
      release: 'shop@1.2.3',
      environment: 'staging',
      payload: {
        logger: 'csp',
        request: {
          url: 'https://shop.example/cart',
          headers: { 'User-Agent': 'Browser/1.0', Referer: 'https://search.example/' }
        }
      }
    }
  )

  t.equal((await node.post(security, JSON.stringify(csp), { 'Content-Type': 'text/plain' })).status, 415)
  for (const body of ['', '{}', '5', '{"csp-report":5}']) {
    t.equal((await node.post(security, body, { 'Content-Type': 'application/json' })).status, 400, body)
  }
  t.equal(
    (await node.post(`/api/${projectId}/security/`, JSON.stringify(csp), { 'Content-Type': 'application/csp-report' }))
      .status,
    401
  )
  t.equal(
    (await node.post(security, '[]', { 'Content-Type': 'application/reports+json' })).status,
    200,
    'a list without reports is no mistake'
  )
})

t.test('beyond the limit of the project a client gets the time to wait in both headers', async t => {
  const key = 'a'.repeat(32)
  const id = await limitedProject(node, { name: 'Limited', key, ratePerMinute: 2 })
  const address = `/api/${id}/envelope/?sentry_key=${key}`
  const session = envelope({}, { headers: { type: 'session' }, payload: '{}' })
  for (let sent = 0; sent < 5; sent++) {
    t.equal((await node.post(address, session)).status, 200, 'what is no event costs nothing')
  }
  for (let sent = 0; sent < 2; sent++) t.equal((await node.post(address, plain())).status, 200)
  const { status, headers, body } = await node.post(address, plain())
  t.equal(status, 429)
  t.match(body, { detail: /rate limit/ })
  const retryAfter = headers.get('retry-after') ?? ''
  t.match(retryAfter, /^[1-9]\d?$/)
  t.equal(
    headers.get('x-sentry-rate-limits'),
    `${retryAfter}:error;default;security;attachment;feedback:key:quota_exceeded`
  )
})

t.test('hostile JSON is stored or refused, and never a 5xx', async t => {
  const payloads = [
    '{"message":"nul \\u0000 and \\ud800 alone"}',
    `{"extra":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`,
    `{"message":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
    JSON.stringify(Object.fromEntries(Array.from({ length: 80_000 }, (_, index) => [`k${index}`, 0]))),
    '{"tags":{"__proto__":"x"},"__proto__":{"a":1}}',
    '{"timestamp":1e308,"level":{"a":1}}',
    '{"release":"\\u0000","user":{"id":"\\ud800"},"fingerprint":["\\u0000"]}',
    '{"exception":{"values":[{"type":"\\udc00\\u0000","value":null}]}}'
  ]
  for (const payload of payloads) {
    const { status } = await node.send(envelope({ event_id: newEventId() }, { headers: { type: 'event' }, payload }))
    t.equal(status, 200, payload.slice(0, 60))
  }
  const [row] = await node.sql<{ count: number }[]>`select count(*)::int as count from quarantined_events`
  t.equal(row?.count, 0, 'nothing had to be put aside')
})

t.test('bytes as three other SDKs send them', async t => {
  const inner = (id: string): string =>
    eventEnvelope({ message: 'elsewhere', level: 'info' }, { event_id: id }).toString()
  const ids = [newEventId(), newEventId(), newEventId()]
  const [ruby = '', java = '', go = ''] = ids
  const requests: [string, Record<string, string>, Uint8Array][] = [
    [
      'Ruby: an empty encoding, a timestamp, the DSN inside as well',
      {
        'Content-Encoding': '',
        'Content-Type': 'application/x-sentry-envelope',
        'X-Sentry-Auth':
          'Sentry sentry_version=7, sentry_client=sentry-ruby/6.6.2, sentry_timestamp=1764000000, ' +
          `sentry_key=${publicKey}`
      },
      Buffer.from(inner(ruby).replace('{', `{"dsn":"${node.dsn}",`))
    ],
    [
      'Java: no spaces, the connection ends',
      {
        'Content-Encoding': 'gzip',
        Connection: 'close',
        'X-Sentry-Auth': `Sentry sentry_version=7,sentry_client=sentry.java/8.5.0,sentry_key=${publicKey}`
      },
      zlib.gzipSync(inner(java))
    ],
    [
      'Go: quotes nothing, says its agent',
      {
        'User-Agent': 'sentry-go/0.40',
        'Content-Type': 'application/x-sentry-envelope',
        'X-Sentry-Auth': `Sentry sentry_version=7, sentry_client=sentry.go/0.40, sentry_key=${publicKey}`
      },
      Buffer.from(inner(go))
    ]
  ]
  for (const [name, headers, body] of requests) {
    t.equal((await postRaw(node.port, path, headers, body)).status, 200, name)
  }
  for (const id of ids) t.match(await node.stored(id), { level: 'info', title: 'elsewhere' })
})

t.test('a chain of causes from Java has the title of the last exception, with the cause first', async t => {
  const id = newEventId()
  const exception = (type: string, module: string, value: string) => ({
    type,
    module,
    value,
    thread_id: 1,
    mechanism: { type: 'chained' },
    stacktrace: {
      frames: [{ module: `${module}.Cart`, function: 'pay', filename: 'Cart.java', lineno: 7, in_app: true }]
    }
  })
  const event = JSON.stringify({
    timestamp: '2026-11-23T12:00:00.123Z',
    event_id: id,
    level: 'error',
    platform: 'java',
    fingerprint: [],
    logger: null,
    exception: {
      values: [
        exception('IllegalStateException', 'java.lang', 'order 8812'),
        exception('RuntimeException', 'java.lang', 'wrapped')
      ]
    },
    threads: {
      values: [{ id: 1, name: 'main', crashed: true, current: true, stacktrace: { frames: [{ function: 'main' }] } }]
    }
  })
  const body =
    `{"event_id":"${id}","sdk":{"name":"sentry.java"},"sent_at":"${new Date().toISOString()}"}\n` +
    `{"content_type":"application/json","type":"event","length":${event.length}}\n${event}\n`
  const { status, body: answer } = await postRaw(
    node.port,
    path,
    {
      'Content-Encoding': 'gzip',
      'Content-Type': 'application/x-sentry-envelope',
      Connection: 'close',
      'X-Sentry-Auth': `Sentry sentry_version=7,sentry_client=sentry.java/8.5.0,sentry_key=${publicKey}`
    },
    zlib.gzipSync(body)
  )
  t.same([status, answer], [200, `{"id":"${id}"}`])
  t.match(await node.stored(id), {
    title: 'RuntimeException: wrapped',
    payload: { exception: { values: [{ type: 'IllegalStateException' }, { type: 'RuntimeException' }] } }
  })
})

t.test('a report of Go, whose id is empty, is taken and counted', async t => {
  const before = await node.sql`select count(*) as count from events`
  const report = {
    timestamp: 1_764_000_000,
    discarded_events: [{ reason: 'sample_rate', category: 'error', quantity: 3 }]
  }
  const body = envelope(
    { event_id: '', sent_at: '2026-11-23T12:00:00.123456789Z', dsn: node.dsn },
    { headers: { type: 'client_report', length: JSON.stringify(report).length }, payload: JSON.stringify(report) }
  )
  t.match(
    await node.post(path, body, {
      'X-Sentry-Auth': `Sentry sentry_version=7, sentry_client=sentry.go/0.50.0, sentry_key=${publicKey}`
    }),
    { status: 200, text: '{}' }
  )
  t.same(await node.sql`select count(*) as count from events`, before)
  let counted: unknown
  // Counters are written a few seconds later.
  while (counted === undefined) {
    ;[counted] = await node.sql`
        select count::int from outcome_hours where project_id = ${projectId} and reason = 'sample_rate:error'`
  }
  t.match(counted, { count: 3 })
})

t.test('a capture in two pieces, cut anywhere, is the same request', async t => {
  const bytes = capture('node11-message-02')
  for (const at of [1, 40, bytes.indexOf('\r\n\r\n') + 3, bytes.length - 3]) {
    t.equal((await sendRaw(node.port, bytes.subarray(0, at), bytes.subarray(at))).status, 200, String(at))
  }
})

t.test(
  'the address that a client leaves to the server to see is its own, also behind a proxy that is trusted',
  async t => {
    const behind = await sentryNode(t, { env: { MESHER_TRUSTED_PROXIES: '127.0.0.1' } })
    const event = { message: 'x', user: { id: 'ann', ip_address: '{{auto}}' } }
    const [here, there] = [newEventId(), newEventId()]
    await node.send(eventEnvelope(event, { event_id: here }), { 'X-Forwarded-For': '203.0.113.7' })
    t.match((await node.stored(here))?.payload, { user: { ip_address: '127.0.0.1' } }, 'anybody may say anything')
    await behind.send(eventEnvelope(event, { event_id: there }), { 'X-Forwarded-For': '203.0.113.7' })
    t.match((await behind.stored(there))?.payload, { user: { ip_address: '203.0.113.7' } })
  }
)
