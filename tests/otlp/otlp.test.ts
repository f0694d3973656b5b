// Goal: exporters of OpenTelemetry reach a project at every address and with every form of its key, and get answers of
// their protocol. Method: a whole node; requests that the SDKs for Python and Node.js sent, byte by byte, and requests
// by fetch.
import fs from 'node:fs'
import path from 'node:path'
import zlib from 'node:zlib'
import { BinaryReader } from '@bufbuild/protobuf/wire'
import t from 'tap'
import { limits } from '../../schema/limits.ts'
import type { StoredPayloadColumns } from '../../services/events/payloads.ts'
import { parsedPayload } from '../support/payloads.ts'
import { sendRaw } from '../support/raw-http.ts'
import { limitedProject, projectId, publicKey, sentryNode } from '../sentry/support.ts'

const node = await sentryNode(t)
const captures = path.resolve('tests/otlp/captures')
const json = { 'content-type': 'application/json' }
const protobuf = { 'content-type': 'application/x-protobuf' }
const bearer = { authorization: `Bearer ${publicKey}` }

type Stored = { title: string; level: string; culprit: string; count: number; payload: Record<string, unknown> }

async function stored(title: string): Promise<Stored[]> {
  const rows = await node.sql<(Omit<Stored, 'payload'> & StoredPayloadColumns)[]>`
    select i.title, e.level, e.culprit, i.event_count as count, e.payload::text as payload, e.packed
    from issues i join events e on e.project_id = i.project_id and e.issue_id = i.id
    where i.project_id = ${projectId} and i.title = ${title} order by e.id`
  return rows.map(({ payload, packed, ...row }) => ({ ...row, payload: parsedPayload({ payload, packed }) }))
}

function thrown(type: string, time = Date.now()): string {
  const attributes = [{ key: 'exception.type', value: { stringValue: type } }]
  return JSON.stringify({
    resourceLogs: [{ scopeLogs: [{ logRecords: [{ timeUnixNano: `${time}000000`, attributes }, { body: {} }] }] }]
  })
}

t.test('what the SDKs send arrives, once however often it is sent', async t => {
  for (const name of fs.readdirSync(captures)) {
    for (const time of ['first', 'second']) {
      const answer = await sendRaw(node.port, fs.readFileSync(path.join(captures, name)))
      t.equal(answer.status, 200, `${name}, ${time}`)
      t.equal(answer.body.toString(), name.includes('json') ? '{}' : '', name)
    }
  }
  const [inSpan, ...others] = await stored('PayError: cannot pay b')
  t.strictSame(others, [])
  t.match(inSpan, {
    level: 'error',
    culprit: '/pay/{id}',
    count: 1,
    payload: {
      platform: 'python',
      release: '1.2.3',
      environment: 'staging',
      user: { id: 'u7' },
      request: { method: 'POST', url: 'http://shop.example/pay/7' },
      exception: {
        values: [
          { type: 'KeyError', value: "'b'" },
          {
            type: 'PayError',
            stacktrace: {
              frames: [
                { function: 'use_span', in_app: false },
                { function: 'start_as_current_span', in_app: false },
                { function: '<module>', in_app: true },
                { function: 'pay', lineno: 24, in_app: true }
              ]
            }
          }
        ]
      }
    }
  })
  const [logged] = await stored('PayError: cannot pay c')
  t.match(logged, { level: 'error', payload: { logger: 'shop.stock', message: 'Payment of c failed' } })
  const node_ = await stored('TypeError: cannot pay c')
  t.strictSame(node_.map(({ level }) => level).sort(), ['error', 'error', 'fatal', 'fatal'])
  t.match(node_[0], { count: 4, payload: { platform: 'node', release: '4.5.6' } })
})

t.test('a project is found at every address and with every form of its key', async t => {
  const places: [string, Record<string, string>][] = [
    ['/v1/logs', bearer],
    ['/otlp/v1/logs/', { 'x-mesher-key': publicKey }],
    [`/api/${projectId}/otlp/v1/logs`, { 'x-sentry-auth': `sentry sentry_key=${publicKey}` }],
    [`/api/${projectId}/integration/otlp/v1/logs`, { authorization: `Bearer ${node.dsn}` }],
    ['/v1/logs', { 'x-mesher-key': node.dsn }],
    ['/v1/logs', { authorization: `Basic ${Buffer.from(`${publicKey}:`).toString('base64')}` }],
    [`/v1/logs?sentry_key=${publicKey}`, {}]
  ]
  for (const [index, [place, headers]] of places.entries()) {
    const sent = await node.post(place, thrown(`Place${index}`), { ...json, ...headers })
    t.match({ status: sent.status, text: sent.text }, { status: 200, text: '{}' }, place)
    t.equal((await stored(`Place${index}`)).length, 1, place)
  }
})

t.test('a wrong key, project, type or body is refused in the form and encoding of the protocol', async t => {
  const refusals: [string, Record<string, string>, string, number, number][] = [
    ['/v1/logs', json, '{}', 401, 16],
    ['/v1/logs', { ...json, authorization: 'Bearer nothing' }, '{}', 401, 16],
    ['/api/77/otlp/v1/logs', { ...json, ...bearer }, '{}', 403, 7],
    ['/v1/logs', { ...bearer, 'content-type': 'text/plain' }, '{}', 415, 3],
    ['/v1/logs', { ...json, ...bearer }, '[]', 400, 3],
    ['/v1/logs', { ...json, ...bearer, 'content-encoding': 'lzw' }, '{}', 415, 3]
  ]
  for (const [place, headers, body, status, code] of refusals) {
    const sent = await node.post(place, body, headers)
    t.equal(sent.status, status, JSON.stringify(headers))
    t.match(sent.body, { code, message: /./ })
  }
  const response = await fetch(`${node.url}/v1/traces`, {
    method: 'POST',
    headers: { ...protobuf, ...bearer },
    body: 'no'
  })
  t.equal(response.status, 400)
  t.equal(response.headers.get('content-type'), 'application/x-protobuf')
  const reader = new BinaryReader(new Uint8Array(await response.arrayBuffer()))
  t.strictSame([reader.tag()[0], reader.int32()], [1, 3])
  t.strictSame([reader.tag()[0], reader.string()], [2, 'The body is not a message of OTLP.'])
  t.equal((await fetch(`${node.url}/v1/logs`)).status, 405)
})

t.test('beyond the rate limit an exporter is told when to come again', async t => {
  const key = 'feedfeedfeedfeedfeedfeedfeedfeed'
  await limitedProject(node, { name: 'Slow', key, ratePerMinute: 1 })
  const send = (type: string) => node.post('/v1/logs', thrown(type), { ...json, authorization: `Bearer ${key}` })
  t.equal((await send('First')).status, 200)
  const second = await send('Second')
  t.equal(second.status, 429)
  t.match(second.body, { code: 8 })
  t.ok(Number(second.headers.get('retry-after')) >= 1)
})

t.test('what of a request was not taken is said, and records of other kinds are counted', async t => {
  const attributes = [{ key: 'exception.type', value: { stringValue: 'Beyond' } }]
  const logRecords = Array.from({ length: limits.otlpEventsMax + 2 }, () => ({ attributes }))
  const body = zlib.gzipSync(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }))
  const sent = await node.post('/v1/logs', new Uint8Array(body), { ...json, ...bearer, 'content-encoding': 'gzip' })
  t.equal(sent.status, 200)
  t.match(sent.body, { partialSuccess: { rejectedLogRecords: '2', errorMessage: /2 of 1002/ } })
  const metrics = { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'a' }, { name: 'b' }] }] }] }
  t.equal((await node.post('/v1/metrics', JSON.stringify(metrics), { ...json, ...bearer })).text, '{}')
})
