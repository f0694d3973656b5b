// Goal: values arrive as they were sent: every digit, every name, in order, with the address that Sentry would see.
// Method: the inputs of reported faults and their siblings, through both protocols, looked at as they are stored.
import t from 'tap'
import { parseEvents } from '../../events/parse.ts'
import { prepareEvent } from '../../events/prepare.ts'
import { limits } from '../../schema/limits.ts'
import { eventId as id, project, receivedAt } from '../support/events.ts'
import { envelope, parse, payloadOf as stored, preparedIn, type ParseOptions } from './support.ts'

type Values = { values: Record<string, unknown>[] }
/** The parts that these tests put into events. */
type Payload = {
  user?: Record<string, unknown>
  tags?: Record<string, unknown>
  request?: Record<string, unknown>
  extra: Record<string, unknown> & { order?: unknown; a: object; list: unknown[] }
  notes: { path: string }[]
  exception: Values
  threads: Values
  breadcrumbs: { message: string }[]
}

function payloadOf(event: unknown, options?: ParseOptions): Payload {
  return JSON.parse(JSON.stringify(stored(event, options)))
}

/** What an envelope with the text of an event comes to. */
function inEnvelope(payload: string) {
  return preparedIn(envelope({}, { headers: { type: 'event' }, payload }), { receivedAt })
}

/** As the route for native events stores it. */
function native(body: string) {
  const parsed = parseEvents({ body: Buffer.from(body), encoding: '' }, 'event')
  const [item] = parsed.ok ? parsed.items : []
  if (item === undefined || !('value' in item)) throw new Error('no event')
  const prepared = prepareEvent(item.value, { id, receivedAt, project, text: item.text })
  if (prepared.kind !== 'prepared') throw new Error(JSON.stringify(prepared))
  const payload: Payload = JSON.parse(prepared.event.payload)
  return { ...prepared.event, payload, text: prepared.event.payload }
}

const long = '1234567890123456789'

t.test('whole numbers beyond 2^53 keep their digits, on both routes', async t => {
  const body = `{"message":"x","user":{"id":${long}},"tags":{"guild":${long}},"extra":{"order":[${long},-${long}]}}`
  const read = (text: string): Payload => JSON.parse(text)
  for (const stored of [native(body).payload, read(inEnvelope(body).payload)]) {
    t.equal(stored.user?.id, long)
    t.same(stored.tags, { guild: long })
    t.same(stored.extra.order, [long, `-${long}`])
  }
  t.not(native(body).userHash, native(body.replace('789}', '788}')).userHash, 'two users are two')
  const entry = `{"logentry":{"message":"order %s of %d","params":[${long},${long}]}}`
  t.equal(inEnvelope(entry).message, `order ${long} of ${long}`)
})

t.test('other numbers stay numbers, and texts stay texts', async t => {
  const extra = '{"safe":9007199254740991,"float":1234567890.1234567,"exponent":1e21,"text":"1234567890123456789"}'
  t.same(native(`{"message":"x","extra":${extra}}`).payload.extra, JSON.parse(extra))
  const quoted = `{"message":"x","extra":{"a":"\\"${long}","b":"\\\\","c":${long}}}`
  t.same(native(quoted).payload.extra, { a: `"${long}`, b: '\\', c: long })
  t.equal(native(`{"message":"x", "timestamp" : ${long}}`).payload.extra.original_timestamp, Number(long))
})

t.test('an event with a long number is not stored as it came', async t => {
  const { text } = native(`{"message":"x","level":"error",  "extra":{"order":${long}}}`)
  t.equal(JSON.parse(text).extra.order, long)
})

t.test('text that is no JSON is refused as before', async t => {
  for (const body of [
    `{"a":${long}`,
    `{"a":0${long}}`,
    `[${long} ${long}]`,
    `"${long}`,
    `${long}\\`,
    `{"a":${long}.}`
  ]) {
    t.notOk(parseEvents({ body: Buffer.from(body), encoding: '' }, 'event').ok, body)
  }
})

t.test('a string that never ends costs one look at each character', async t => {
  t.notOk(parseEvents({ body: Buffer.from(`"${'\\"'.repeat(500_000)}${long}`), encoding: '' }, 'event').ok)
})

t.test('a body in a text keeps its digits when a secret is taken out of it', async t => {
  const data = `{"order":${long},"tokens":["a","b"]}`
  const { request } = native(JSON.stringify({ message: 'x', request: { data } })).payload
  t.equal(request?.data, `{"order":"${long}","tokens":"[Filtered]"}`)
})

t.test('names of tags have up to 200 characters', async t => {
  const name = 'kubernetes.deployment.strategy.rolling'
  t.same(payloadOf({ message: 'x', tags: { [name]: 'a' } }).tags, { [name]: 'a' })
  t.same(payloadOf({ message: 'x', tags: { ['k'.repeat(limits.tagKeyCharsMax)]: 'a' } }).tags, {
    ['k'.repeat(200)]: 'a'
  })
  const cut = payloadOf({ message: 'x', tags: { a: 'v'.repeat(300) } })
  t.match(cut, { tags: { a: 'v'.repeat(200) }, notes: [{ path: 'tags.a', message: 'cut from 300 to 200 characters' }] })
})

t.test('fields that old clients give as tags are fields', async t => {
  const tags = {
    environment: 'staging',
    release: 'shop@1',
    server_name: 'web-1',
    transaction: '/a',
    logger: 'l',
    level: 'warn',
    own: 'x'
  }
  t.match(payloadOf({ message: 'x', tags }), {
    environment: 'staging',
    release: 'shop@1',
    server_name: 'web-1',
    transaction: '/a',
    logger: 'l',
    level: 'warning',
    tags: { own: 'x' }
  })
  const both = payloadOf({ message: 'x', environment: 'prod', tags: { environment: 'staging' } })
  t.match(both, { environment: 'prod', tags: { environment: 'staging' } })
})

t.test('an exception with frames alone is kept, on both routes', async t => {
  const event = { exception: { values: [{ stacktrace: { frames: [{ function: '-[Cart pay]', in_app: true }] } }] } }
  for (const stored of [payloadOf(event), native(JSON.stringify(event)).payload]) {
    t.match(stored.exception, { values: [{ stacktrace: { frames: [{ function: '-[Cart pay]' }] } }] })
  }
  t.match(payloadOf({ message: 'x', exception: { values: [{ mechanism: { type: 'a' } }] } }).notes, [
    { path: 'exception' }
  ])
})

t.test('breadcrumbs are sorted by their times before the newest are kept', async t => {
  const crumb = (timestamp: unknown, message: string) => ({ timestamp, message })
  const old = Array.from({ length: 60 }, (_, index) => crumb(1_795_914_000 - index, `old ${index}`))
  const recent = Array.from({ length: 60 }, (_, index) => crumb(1_795_916_000 - index, `new ${index}`))
  const { breadcrumbs } = payloadOf({ message: 'x', breadcrumbs: { values: [...recent, ...old] } })
  const messages = breadcrumbs.map(kept => kept.message)
  t.equal(messages.length, limits.breadcrumbsMax)
  t.equal(messages.at(-1), 'new 0')
  t.equal(messages[0], 'old 39')
  t.equal(messages.filter(message => message.startsWith('new')).length, 60)
  const mixed = [
    crumb('2026-11-23T11:00:00Z', 'b'),
    crumb(undefined, 'c'),
    crumb(Date.UTC(2026, 10, 23, 10) / 1000, 'a')
  ]
  const sorted = payloadOf({ message: 'x', breadcrumbs: mixed }).breadcrumbs
  t.same(
    sorted.map(kept => kept.message),
    ['a', 'b', 'c'],
    'one without a time follows its own'
  )
})

t.test('a byte order mark is skipped on every route', async t => {
  const bom = Buffer.from([0xef, 0xbb, 0xbf])
  const event = Buffer.from('{"message":"x"}')
  const store = Buffer.concat([bom, event])
  const kinds = [
    { body: store, format: 'store' as const },
    { body: Buffer.concat([bom, Buffer.from('{}\n{"type":"event"}\n'), event]), format: 'envelope' as const },
    { body: Buffer.concat([Buffer.from('{}\n{"type":"event"}\n'), store]), format: 'envelope' as const }
  ]
  for (const { body, format } of kinds) {
    const parsed = parse(body, { format })
    t.match(parsed, { ok: true, items: [{ value: { message: 'x' } }] }, format)
  }
  t.equal(native(`\ufeff{"message":"x"}`).message, 'x')
})

t.test('levels have the names of all loggers on the native route', async t => {
  const levels: Record<string, unknown[]> = {
    fatal: ['crit', 'emerg', 'EMERGENCY', 'alert', 60, 0, '2'],
    error: ['err', 'Error', 50, 3],
    warning: ['warn', 'WARNING', 40, 4],
    info: ['notice', 'Information', 30, 6],
    debug: ['trace', 'verbose', 'silly', 20, 10, 7]
  }
  for (const [level, given] of Object.entries(levels)) {
    for (const name of given) {
      t.equal(native(JSON.stringify({ message: 'x', level: name })).level, level, JSON.stringify(name))
    }
  }
})

t.test('members that events do not have go to extra; what is there already counts', async t => {
  const { extra, notes } = native('{"message":"x","hostname":"h","pid":7,"extra":{"pid":8}}').payload
  t.same(extra, { hostname: 'h', pid: 8 })
  t.same(
    notes.map(note => note.path),
    ['hostname', 'pid']
  )
})

t.test('the address of a user, as Sentry infers it', async t => {
  const sent = (event: object, sdk = {}) =>
    payloadOf({ message: 'x', ...event, ...sdk }, { client: { address: '203.0.113.7' } }).user
  const ip = (address: string) => ({ ip_address: address })
  t.same(sent({ user: { id: 'a', ip_address: '{{auto}}' }, platform: 'php' }), { id: 'a', ...ip('203.0.113.7') })
  t.same(sent({ platform: 'javascript' }), ip('203.0.113.7'))
  t.same(sent({ platform: 'cocoa', user: { id: 'a' } }), { id: 'a', ...ip('203.0.113.7') })
  t.equal(sent({ platform: 'javascript', sdk: { name: 'a', settings: { infer_ip: 'never' } } }), undefined)
  t.equal(sent({ platform: 'python' }), undefined)
  t.same(sent({ platform: 'php', request: { env: { REMOTE_ADDR: '203.0.113.44' } } }), ip('203.0.113.44'))
  t.equal(sent({ platform: 'php', request: { env: { REMOTE_ADDR: 'nobody' } } }), undefined)
  t.same(sent({ platform: 'javascript', user: ip('198.51.100.1') }), ip('198.51.100.1'))
  for (const mapped of ['::ffff:198.51.100.1', '::FFFF:c633:6401']) {
    t.same(sent({ platform: 'php', user: ip(mapped) }), ip('198.51.100.1'), mapped)
  }
  t.same(sent({ platform: 'php', user: ip('::ffff:nobody') }), ip('::ffff:nobody'))
  t.same(native('{"message":"x","user":{"id":"a","ip_address":"{{auto}}"}}').payload.user, { id: 'a' })
})

t.test('what no page could show is bounded, with a note', async t => {
  const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]))
  const wide = payloadOf({ message: 'x', extra: { a: keys(2_000), list: Array.from({ length: 2_000 }, () => 1) } })
  t.equal(Object.keys(wide.extra.a).length, limits.keysMax)
  t.equal(wide.extra.list.length, limits.keysMax)
  t.match(wide.notes, [{ path: 'extra' }])
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`o${index}`, keys(400)]))
  t.ok(JSON.stringify(payloadOf({ message: 'x', extra: many }).extra).length < 30 * limits.partKeysMax)
  const exceptions = Array.from({ length: 200 }, (_, index) => ({ type: `E${index}` }))
  const { values } = payloadOf({ exception: { values: exceptions } }).exception
  t.equal(values.length, limits.exceptionsMax)
  t.equal(values.at(-1)?.type, 'E199')
  const threads = Array.from({ length: 300 }, (_, index) => ({ id: index, crashed: index === 250 }))
  const kept = payloadOf({ message: 'x', threads: { values: threads } }).threads.values
  t.equal(kept.length, limits.threadsMax)
  t.ok(
    kept.some(thread => thread.crashed === true),
    'the thread that crashed is kept'
  )
})
