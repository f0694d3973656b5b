// Goal: records of OTLP that tell of an exception become events with all that they say, the same from Protocol Buffers
// and from JSON; others are counted; hostile requests are refused. Method: requests written field by field.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import t from 'tap'
import * as v from 'valibot'
import { parseOtlp } from '../../events/otlp/requests.ts'
import type { ParsedRequest } from '../../events/parsed.ts'
import { prepareEvent } from '../../events/prepare.ts'
import { limits } from '../../schema/limits.ts'
import type { OtlpFormat } from '../../schema/pipeline.ts'

type Attributes = Record<string, unknown>

const time = '1764425000123456789'
const stack = 'Error: no stock\n    at pay (/srv/shop/cart.js:4:9)\n    at main (/srv/shop/main.js:1:2)'
const resource = {
  'service.name': 'shop',
  'service.version': '1.2.3',
  'deployment.environment.name': 'staging',
  'host.name': 'web-1',
  'process.runtime.name': 'nodejs',
  'telemetry.sdk.language': 'nodejs',
  'telemetry.sdk.version': '2.0.0'
}
const exception = {
  'exception.type': 'StockError',
  'exception.message': 'no stock',
  'exception.stacktrace': stack,
  'exception.escaped': true
}
const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }

const attributesSchema = v.record(v.string(), v.unknown())

function jsonValue(value: unknown): unknown {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number') return { intValue: String(value) }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(jsonValue) } }
  return { kvlistValue: { values: list(v.parse(attributesSchema, value)) } }
}

function list(attributes: Attributes): unknown[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: jsonValue(value) }))
}

function logsJson(records: unknown[]): unknown {
  return {
    resourceLogs: [
      { resource: { attributes: list(resource) }, scopeLogs: [{ scope: { name: 'stock' }, logRecords: records }] }
    ]
  }
}

function logJson(attributes: Attributes, more: object = {}): unknown {
  return { timeUnixNano: time, severityNumber: 17, attributes: list(attributes), ...ids, ...more }
}

function spansJson(events: unknown[], more: object = {}): unknown {
  const span = {
    ...ids,
    name: 'POST /pay',
    kind: 2,
    attributes: list({ 'http.request.method': 'POST' }),
    events,
    ...more
  }
  return { resourceSpans: [{ resource: { attributes: list(resource) }, scopeSpans: [{ spans: [span] }] }] }
}

function parse(body: unknown, format: OtlpFormat): ParsedRequest {
  const bytes = body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return parseOtlp({ body: bytes, encoding: '' }, format)
}

function eventsIn(parsed: ParsedRequest): Record<string, unknown>[] {
  if (!parsed.ok) throw new Error(parsed.refusal.detail)
  return parsed.items.flatMap(item => ('value' in item ? [v.parse(attributesSchema, item.value)] : []))
}

function countsIn(parsed: ParsedRequest): unknown {
  return parsed.ok ? parsed.rest?.counts : parsed.refusal
}

/** Writes messages of Protocol Buffers: fields by number, texts, whole numbers of 64 bits, messages. */
function message(...fields: [number, string | bigint | Uint8Array][]): Uint8Array {
  const writer = new BinaryWriter()
  for (const [number, value] of fields) {
    if (typeof value === 'bigint') writer.tag(number, WireType.Bit64).fixed64(value)
    else if (typeof value === 'string') writer.tag(number, WireType.LengthDelimited).string(value)
    else writer.tag(number, WireType.LengthDelimited).bytes(value)
  }
  return writer.finish()
}

function attribute(key: string, value: string): Uint8Array {
  return message([1, key], [2, message([1, value])])
}

function logsBinary(records: Uint8Array[]): Uint8Array {
  const attributes = Object.entries(resource).map(([key, value]): [number, Uint8Array] => [1, attribute(key, value)])
  const scope = message([1, message([1, 'stock'])], ...records.map((record): [number, Uint8Array] => [2, record]))
  return message([1, message([1, message(...attributes)], [2, scope])])
}

function logBinary(attributes: Record<string, string>): Uint8Array {
  const severity = new BinaryWriter().tag(2, WireType.Varint).int32(17).finish()
  const others = message(
    [1, BigInt(time)],
    ...Object.entries(attributes).map(([key, value]): [number, Uint8Array] => [6, attribute(key, value)]),
    [9, Buffer.from(ids.traceId, 'hex')],
    [10, Buffer.from(ids.spanId, 'hex')]
  )
  return Buffer.concat([severity, others])
}

t.test('a log record says what happened, where, in which release and environment, and in which trace', async t => {
  const [event] = eventsIn(
    parse(logsJson([logJson(exception, { body: { stringValue: 'Payment failed' } })]), 'otlp_logs_json')
  )
  t.match(event, {
    level: 'error',
    platform: 'node',
    timestamp: 1764425000.123,
    message: 'Payment failed',
    release: '1.2.3',
    environment: 'staging',
    server_name: 'web-1',
    logger: 'stock',
    tags: { 'service.name': 'shop' },
    contexts: { trace: { trace_id: ids.traceId, span_id: ids.spanId }, runtime: { name: 'nodejs' } },
    sdk: { name: 'opentelemetry.nodejs', version: '2.0.0' }
  })
  t.strictSame(event?.exception, {
    values: [
      {
        type: 'StockError',
        value: 'no stock',
        stacktrace: {
          frames: [
            {
              function: 'main',
              filename: '/srv/shop/main.js',
              abs_path: '/srv/shop/main.js',
              lineno: 1,
              colno: 2,
              in_app: true
            },
            {
              function: 'pay',
              filename: '/srv/shop/cart.js',
              abs_path: '/srv/shop/cart.js',
              lineno: 4,
              colno: 9,
              in_app: true
            }
          ]
        },
        mechanism: { type: 'opentelemetry', handled: false }
      }
    ]
  })
})

t.test('Protocol Buffers and JSON give the same event, and the same record has the same id', async t => {
  const { 'exception.escaped': _, ...texts } = exception
  const parsed = parse(logsBinary([logBinary(texts), logBinary({ plain: 'record' })]), 'otlp_logs')
  const [fromBinary] = eventsIn(parsed)
  const [fromJson] = eventsIn(parse(logsJson([logJson(texts)]), 'otlp_logs_json'))
  t.strictSame(fromBinary, fromJson)
  t.match(fromBinary?.event_id, /^[0-9a-f]{32}$/)
  t.strictSame(countsIn(parsed), [{ outcome: 'ignored', reason: 'otel_log', count: 1 }])
  const [later] = eventsIn(parse(logsJson([logJson(texts, { timeUnixNano: '1764425000123456790' })]), 'otlp_logs_json'))
  t.not(later?.event_id, fromJson?.event_id)
})

t.test('each exception of a span is an event with what the span says', async t => {
  const thrown = { name: 'exception', timeUnixNano: time, attributes: list(exception) }
  const parsed = parse(
    spansJson([thrown, { name: 'retry' }, { ...thrown, timeUnixNano: '1764425001000000000' }]),
    'otlp_traces_json'
  )
  const events = eventsIn(parsed)
  t.equal(events.length, 2)
  t.match(events[0], {
    transaction: 'POST /pay',
    request: { method: 'POST' },
    contexts: { trace: { trace_id: ids.traceId, description: 'POST /pay' } }
  })
  t.strictSame(countsIn(parsed), [])
  const route = spansJson([thrown], { attributes: list({ 'http.route': '/pay/{id}' }) })
  t.equal(eventsIn(parse(route, 'otlp_traces_json'))[0]?.transaction, '/pay/{id}')
  t.strictSame(countsIn(parse(spansJson([{ name: 'retry' }]), 'otlp_traces_json')), [
    { outcome: 'ignored', reason: 'otel_span', count: 1 }
  ])
})

t.test('the level follows the severity', async t => {
  for (const [severityNumber, level] of [
    [1, 'debug'],
    [9, 'info'],
    [13, 'warning'],
    [17, 'error'],
    [21, 'fatal'],
    [0, 'error'],
    ['ERROR', 'error']
  ] as const) {
    const [event] = eventsIn(parse(logsJson([logJson(exception, { severityNumber })]), 'otlp_logs_json'))
    t.equal(event?.level, level, String(severityNumber))
  }
})

t.test('a stack that cannot be read is kept as text, and the place of the record stands in for it', async t => {
  const odd = {
    ...exception,
    'exception.stacktrace': 'somewhere',
    'code.file.path': '/srv/a.js',
    'code.line.number': 7
  }
  const [event] = eventsIn(parse(logsJson([logJson(odd)]), 'otlp_logs_json'))
  t.match(event?.extra, { 'exception.stacktrace': 'somewhere' })
  t.match(event?.exception, { values: [{ stacktrace: { frames: [{ filename: '/srv/a.js', lineno: 7 }] } }] })
})

t.test('without a language the form of the stack tells it; modules of Python and Java stand apart', async t => {
  const text = 'java.lang.IllegalStateException: no\n\tat com.shop.Cart.pay(Cart.java:7)'
  const record = {
    timeUnixNano: time,
    attributes: list({ 'exception.type': 'java.lang.IllegalStateException', 'exception.stacktrace': text })
  }
  const [event] = eventsIn(parse({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] }, 'otlp_logs_json'))
  t.match(event, {
    platform: 'java',
    exception: {
      values: [
        { type: 'IllegalStateException', module: 'java.lang', stacktrace: { frames: [{ module: 'com.shop.Cart' }] } }
      ]
    }
  })
})

t.test('every event is one that can be stored, whatever the records hold', async t => {
  const project = {
    projectId: 1,
    retentionDays: 30 as const,
    sampleRate: 1,
    rateLimitPerMinute: null,
    scrub: { enabled: true, fields: [], ip: 'keep' as const }
  }
  const odd: unknown[] = [
    logJson({ 'exception.message': '' }),
    logJson({ 'exception.type': 7 }),
    logJson({ 'exception.type': 'X', 'http.route': ['a'], 'url.full': { a: 1 }, __proto__: 'x' }),
    logJson({ 'exception.stacktrace': '' }),
    logJson(
      { 'exception.type': 'X' },
      { timeUnixNano: '-1', traceId: 'zz', attributes: [...list({ 'exception.type': 'X' }), null, 7, { key: 1 }] }
    )
  ]
  for (const value of eventsIn(parse(logsJson(odd), 'otlp_logs_json'))) {
    const prepared = prepareEvent(value, {
      id: '01981b2c-0000-7000-8000-000000000000',
      receivedAt: 1764425000000,
      project,
      coerced: []
    })
    t.equal(prepared.kind, 'prepared', JSON.stringify(prepared))
  }
})

t.test('what is no request is refused', async t => {
  for (const [body, format] of [
    ['[]', 'otlp_logs_json'],
    ['{', 'otlp_traces_json'],
    [Buffer.from('{"resourceLogs":[]}'), 'otlp_logs'],
    [Buffer.from([0x0a, 0xff, 0xff, 0xff, 0x0f]), 'otlp_traces']
  ] as const) {
    t.match(parse(body, format), { ok: false, refusal: { status: 400, reason: 'malformed' } })
  }
  t.match(parse(new Uint8Array(0), 'otlp_metrics'), { ok: true, items: [] })
  for (const odd of [{ resourceLogs: 7 }, { resourceLogs: [{ scopeLogs: [null, { logRecords: [null, 7, {}] }] }] }]) {
    t.match(parse(odd, 'otlp_logs_json'), { ok: true, items: [] })
  }
})

t.test('values nested without end are left out; too many of them, or records, are refused', async t => {
  let deep = message([1, 'exception'])
  for (let depth = 0; depth < 10_000; depth++) deep = message([5, message([1, deep])])
  const record = message([6, message([1, 'exception.type'], [2, message([1, 'Deep'])])], [5, deep])
  t.match(eventsIn(parse(logsBinary([record]), 'otlp_logs')), [{ exception: { values: [{ type: 'Deep' }] } }])

  const many = Buffer.alloc((limits.otlpValuesMax + 1) * 2)
  for (let at = 0; at < many.length; at += 2) many[at] = 0x0a
  const refused = { ok: false, refusal: { status: 413, reason: 'too_large' } }
  t.match(parse(many, 'otlp_logs'), refused)
  t.match(parse(logsJson(Array.from({ length: limits.otlpRecordsMax + 2 }, () => ({}))), 'otlp_logs_json'), refused)
})

t.test('exceptions beyond the limit of a request are refused by themselves', async t => {
  const records = Array.from({ length: limits.otlpEventsMax + 3 }, (_, at) => logJson({ 'exception.type': `E${at}` }))
  const parsed = parse(logsJson(records), 'otlp_logs_json')
  t.equal(eventsIn(parsed).length, limits.otlpEventsMax)
  t.equal(parsed.ok && parsed.items.filter(item => 'error' in item).length, 3)
})
