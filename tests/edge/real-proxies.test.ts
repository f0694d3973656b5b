// Goal: Mesher works behind the proxies that people have, set up as people set them up: a path of another site that is
// passed on or taken off, TLS without a setting, HTTP/1.0 to the server, bodies passed on as they come, health checks.
// Method: Debian's nginx and HAProxy in front of a whole node; requests by TLS are checked against their certificate.
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectSocket } from 'node:net'
import { request } from 'node:https'
import os from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { v4 as uuidv4 } from 'uuid'
import { WebSocket } from 'ws'
import * as v from 'valibot'
import { freePort } from '../support/ports.ts'
import { apiUnderTest, type ApiUnderTest } from '../support/api.ts'
import { runningNode, type TestNode } from '../support/running-node.ts'
import { haproxy, nginx, withoutProxy } from '../support/web-proxies.ts'
import { transport } from './support.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'mesher-page-'))
writeFileSync(path.join(folder, 'index.html'), '<!doctype html><base href="/" /><script src="./a.js"></script>')
writeFileSync(path.join(folder, 'a.js'), 'a()')
t.teardown(() => rmSync(folder, { recursive: true }))

const overHttp11 =
  'proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_set_header Upgrade $http_upgrade; ' +
  'proxy_set_header Connection $connection_upgrade;'

type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: string }
type Test = { equal: typeof t.equal; ok: typeof t.ok; match: typeof t.match }
type Ask = { method?: string; headers?: Record<string, string>; body?: string | Buffer }

/** The certificate is the test's own. */
const tlsOptions = { rejectUnauthorized: false }

async function ask(url: string, { method = 'GET', headers = {}, body = '' }: Ask = {}): Promise<Answer> {
  const sent = request(url, {
    ...tlsOptions,
    method,
    headers: { 'content-length': Buffer.byteLength(body), ...headers }
  })
  sent.end(body)
  return await new Promise((resolve, reject) => {
    sent.on('error', reject)
    sent.on('response', response => {
      text(response).then(
        all => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: all }),
        reject
      )
    })
  })
}

function envelope(id = uuidv4().replaceAll('-', '')): string {
  return `{"event_id":"${id}"}\n{"type":"event"}\n{"message":"through a proxy","platform":"other"}\n`
}

async function storedCount({ sql }: TestNode): Promise<number> {
  const rows = await sql`select count(*)::int as count from events`
  return v.parse(v.tuple([v.object({ count: v.number() })]), [...rows])[0].count
}

for (const [how, passedOn] of [
  ['is passed on', true],
  ['is taken off', false]
] as const) {
  t.test(`a path of another site that ${how}`, { skip: withoutProxy('nginx') }, async t => {
    const port = await freePort()
    const publicUrl = `https://localhost:${port}/errors`
    const node = await apiUnderTest(t, { env: { MESHER_PUBLIC_URL: publicUrl }, dashboardFolder: folder })
    const target = `http://127.0.0.1:${node.port}${passedOn ? '' : '/'}`
    await nginx(t, {
      port,
      tls: true,
      text: `${overHttp11} location /errors/ { proxy_pass ${target}; } location / { return 404 "another site"; }`
    })

    for (const address of ['/', '/login', '/acme/web/issues/1']) {
      const page = await ask(publicUrl + address)
      t.match(page, { status: 200, body: '<base href="/errors/" />' }, `the page at ${address}`)
    }
    t.match(await ask(`${publicUrl}/a.js`), { status: 200, body: 'a()' })
    t.match(await ask(`${publicUrl}/healthz`), { status: 200 })
    t.match(await ask(`${publicUrl}/nothing.js`), { status: 404 })

    await tryAccounts(t, node, publicUrl)
    await tryDoors(t, node, publicUrl)
  })
}

/** The first user is made, the session's cookie is for the path, a change and the stream go through. */
async function tryAccounts(t: Test, node: ApiUnderTest, publicUrl: string): Promise<void> {
  const { origin } = new URL(publicUrl)
  const owner = { email: 'ada@example.com', password: 'correct horse battery', name: 'Ada' }
  const made = await ask(`${publicUrl}/api/v1/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: JSON.stringify({ token: node.running.setupToken, ...owner })
  })
  t.equal(made.status, 201, made.body)
  const set = [made.headers['set-cookie'] ?? []].flat()
  t.ok(set.length === 2 && set.every(line => /; Path=\/errors;.*Secure/.test(line)), set.join('\n'))
  const cookie = set.map(line => line.split(';', 1)[0]).join('; ')
  const headers = { cookie, origin, 'content-type': 'application/json' }
  const { projectId } = node
  const renamed = await ask(`${publicUrl}/api/v1/projects/${projectId}`, {
    method: 'PATCH',
    headers,
    body: '{"name":"Behind"}'
  })
  t.equal(renamed.status, 200, renamed.body)
  t.match(JSON.parse(renamed.body), { dsn: new RegExp(`^https://[0-9a-f]+@localhost:\\d+/errors/${projectId}$`) })
  const stream = new WebSocket(`${publicUrl.replace('https', 'wss')}/api/v1/stream`, { ...tlsOptions, headers })
  await once(stream, 'open')
  stream.terminate()
}

/** Events come in on all doors. */
async function tryDoors(t: Test, node: TestNode, publicUrl: string): Promise<void> {
  const { key, projectId } = node
  const before = await storedCount(node)
  const own = { 'x-mesher-key': key, 'content-type': 'application/json' }
  const one = await ask(`${publicUrl}/api/v1/events`, { method: 'POST', headers: own, body: '{"message":"one"}' })
  t.equal(one.status, 202, one.body)
  for (const place of ['envelope/', 'envelope']) {
    const sent = await ask(`${publicUrl}/api/${projectId}/${place}?sentry_key=${key}`, {
      method: 'POST',
      body: envelope()
    })
    t.equal(sent.status, 200, sent.body)
  }
  const socket = new WebSocket(`${publicUrl.replace('https', 'wss')}/ingest?key=${key}`, {
    ...tlsOptions,
    headers: { 'x-mesher-key': key }
  })
  await once(socket, 'open')
  socket.send('{"message":"by socket"}')
  await once(socket, 'message')
  socket.terminate()
  t.equal(await storedCount(node), before + 4)
}

t.test('TLS in front without MESHER_PUBLIC_URL', { skip: withoutProxy('nginx') }, async t => {
  const node = await apiUnderTest(t)
  const port = await freePort()
  const text = `${overHttp11} location / { proxy_pass http://127.0.0.1:${node.port}; }`
  await nginx(t, { port, tls: true, text })
  const origin = `https://localhost:${port}`
  const { credential } = await node.user('owner')
  const headers = { ...credential, origin, 'content-type': 'application/json' }
  const advice = `set MESHER_PUBLIC_URL=${origin} `

  t.match(JSON.parse((await ask(`${origin}/api/v1/auth/me`, { headers })).body), {
    public_url: `http://localhost:${port}`,
    public_url_is_set: false
  })
  const change = await ask(`${origin}/api/v1/projects/${node.projectId}`, { method: 'PATCH', headers, body: '{}' })
  t.match(change, { status: 403 })
  t.ok(change.body.includes(advice), change.body)
  const stream = new WebSocket(`${origin.replace('https', 'wss')}/api/v1/stream`, { ...tlsOptions, headers })
  t.match(await once(stream, 'error'), [{ message: /403/ }])

  t.equal(node.log.filter(line => line.includes(advice)).length, 1, 'the log says it once')
  const ready = await fetch(`${node.url}/readyz`)
  t.match(await ready.json(), { ready: true, checks: [{}, {}, {}, {}, { name: 'address', ok: true }] })

  const foreign = { ...headers, origin: 'https://elsewhere.example' }
  const refused = await ask(`${origin}/api/v1/projects/${node.projectId}`, { method: 'PATCH', headers: foreign })
  t.match(refused, { status: 403 })
  t.notMatch(refused.body, /MESHER_PUBLIC_URL/, 'another site is told nothing')
})

t.test('nginx as it is by default, with HTTP/1.0 to the server', { skip: withoutProxy('nginx') }, async t => {
  const node = await runningNode(t)
  const port = await freePort()
  await nginx(t, { port, tls: true, text: `location / { proxy_pass http://127.0.0.1:${node.port}; }` })
  const url = `https://localhost:${port}/api/${node.projectId}/envelope/?sentry_key=${node.key}`
  const { status } = await ask(url, { method: 'POST', body: envelope() })
  // uWebSockets.js has no HTTP/1.0: docs/operations.md says what to set.
  t.equal(status, transport.name === 'node' ? 200 : 505)
  t.equal(await storedCount(node), transport.name === 'node' ? 1 : 0)
})

t.test('a body that is passed on piece by piece, larger than the windows', { skip: withoutProxy('nginx') }, async t => {
  const node = await runningNode(t)
  const port = await freePort()
  const text =
    `${overHttp11} proxy_request_buffering off; client_max_body_size 40m; ` +
    `location / { proxy_pass http://127.0.0.1:${node.port}; }`
  await nginx(t, { port, tls: true, text })
  for (const framing of ['content-length', 'transfer-encoding'] as const) {
    const body = largeEnvelope()
    const sent = request(`https://localhost:${port}/api/${node.projectId}/envelope/?sentry_key=${node.key}`, {
      ...tlsOptions,
      method: 'POST',
      headers: framing === 'content-length' ? { 'content-length': body.length } : { [framing]: 'chunked' }
    })
    const answered = once(sent, 'response')
    for (let at = 0; at < body.length; at += 7_000) {
      if (!sent.write(body.subarray(at, at + 7_000))) await once(sent, 'drain')
    }
    sent.end()
    t.match(await answered, [{ statusCode: 200 }], framing)
  }
  t.equal(await storedCount(node), 2)
})

/** An event with an attachment of 3 MB, which is not kept. */
function largeEnvelope(): Buffer {
  const attachment = Buffer.alloc(3_000_000, 'x')
  const head = `{"type":"attachment","filename":"x.txt","length":${attachment.length}}\n`
  return Buffer.concat([Buffer.from(envelope() + head), attachment, Buffer.from('\n')])
}

t.test('HAProxy with TLS and a health check of HTTP/1.1', { skip: withoutProxy('haproxy') }, async t => {
  const node = await runningNode(t)
  const port = await freePort()
  const text = `  option httpchk
  http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host localhost
  server node 127.0.0.1:${node.port} check inter 50ms fall 2 rise 1`
  const { folder: place } = await haproxy(t, { port, tls: true, text })
  t.equal(await checkOf(place), 'UP')
  const url = `https://localhost:${port}`
  const sent = await ask(`${url}/api/${node.projectId}/envelope/?sentry_key=${node.key}`, {
    method: 'POST',
    body: envelope()
  })
  t.equal(sent.status, 200)
  const socket = new WebSocket(`wss://localhost:${port}/ingest`, {
    ...tlsOptions,
    headers: { 'x-mesher-key': node.key }
  })
  await once(socket, 'open')
  socket.send('{"message":"by socket"}')
  await once(socket, 'message')
  socket.terminate()
  t.equal(await storedCount(node), 2)
})

t.test('the health check of HAProxy as it is by default', { skip: withoutProxy('haproxy') }, async t => {
  const node = await runningNode(t)
  const port = await freePort()
  const text = `  option httpchk GET /readyz\n  server node 127.0.0.1:${node.port} check inter 50ms fall 2 rise 1`
  const { folder: place } = await haproxy(t, { port, text })
  t.equal(await checkOf(place), transport.name === 'node' ? 'UP' : 'DOWN')
})

/** What HAProxy found, once it has checked. */
async function checkOf(place: string): Promise<string> {
  for (;;) {
    const socket = connectSocket(path.join(place, 'stats'))
    socket.end('show stat\n')
    const lines = (await text(socket)).split('\n')
    const names = (lines[0] ?? '').split(',')
    const row = lines.find(line => line.startsWith('back,node,'))?.split(',') ?? []
    const [status = '', check = ''] = ['status', 'check_status'].map(name => row[names.indexOf(name)] ?? '')
    if (/^L7/.test(check) && /^(?:UP|DOWN)$/.test(status)) return status
  }
}
