// Goal: a member of the wrong type never makes an event fail: it is corrected, or dropped with a note. Method: tables
// of what SDKs of all ages send, with what is stored of it; then random values.
import fc from 'fast-check'
import t from 'tap'
import { coerceEvent } from '../../events/sentry/event.ts'
import { startNotes } from '../../events/notes.ts'
import { hasEventForm } from '../../events/validate.ts'
import { nearlyEvent, validEvent } from '../support/events.ts'
import { eventEnvelope, newEventId, parse, payloadOf, preparedIn, preparedOf } from './support.ts'

const receivedAt = Date.UTC(2026, 10, 23, 12)

/** One member of an event as stored. */
function stored(member: string, value: unknown): unknown {
  return payloadOf({ message: 'x', [member]: value }, { receivedAt })[member]
}

function notesOf(event: unknown): unknown {
  const { notes } = payloadOf(event)
  return Array.isArray(notes) ? notes.map(({ path }) => path) : []
}

t.test('a valid event is stored exactly as it came', async t => {
  const event = {
    event_id: newEventId(),
    timestamp: '2026-11-23T11:59:59.123Z',
    level: 'error',
    platform: 'node',
    environment: 'staging',
    release: 'shop@1.2.3',
    server_name: 'web-1',
    exception: {
      values: [
        {
          type: 'Error',
          value: 'x',
          mechanism: { type: 'generic', handled: true },
          stacktrace: { frames: [{ filename: 'a.js', function: 'f', lineno: 1, in_app: true }] }
        }
      ]
    },
    tags: { plan: 'team' },
    sdk: { name: 'sentry.javascript.node', version: '11.12.0' }
  }
  const body = eventEnvelope(event, { event_id: event.event_id, sent_at: '2026-11-23T12:00:00.000Z' })
  const parsed = parse(body, { receivedAt })
  const [item] = parsed.ok ? parsed.items : []
  t.ok(item !== undefined && 'text' in item && item.text === JSON.stringify(event))
  t.equal(preparedIn(body, { receivedAt }).payload, JSON.stringify(event))
})

t.test('times', async t => {
  const at = receivedAt / 1000 - 60
  for (const timestamp of [
    at,
    String(at),
    at * 1000,
    '2026-11-23T11:59:00Z',
    '2026-11-23T11:59:00.000000Z',
    '2026-11-23T11:59:00.000000000+00:00',
    '2026-11-23 11:59:00',
    '2026-11-23T11:59:00'
  ]) {
    t.equal(stored('timestamp', timestamp), '2026-11-23T11:59:00.000Z', String(timestamp))
  }
  for (const timestamp of ['nonsense', [], {}, true, null, '', '2026-02-30', 1e300]) {
    t.equal(stored('timestamp', timestamp), '2026-11-23T12:00:00.000Z', JSON.stringify(timestamp))
  }
  const future = payloadOf({ message: 'x', timestamp: '2099-01-01T00:00:00Z' }, { receivedAt })
  t.match(future, { timestamp: '2026-11-23T12:00:00.000Z', extra: { original_timestamp: '2099-01-01T00:00:00Z' } })
})

t.test('a clock that is wrong by hours is corrected by sent_at of the envelope', async t => {
  const event = {
    message: 'x',
    timestamp: '2026-11-23T05:59:00Z',
    breadcrumbs: [{ message: 'before', timestamp: '2026-11-23T05:58:00Z' }]
  }
  const { timestamp, breadcrumbs, notes } = JSON.parse(
    preparedIn(eventEnvelope(event, { sent_at: '2026-11-23T06:00:00Z' }), { receivedAt }).payload
  )
  t.equal(timestamp, '2026-11-23T11:59:00.000Z')
  t.equal(breadcrumbs[0].timestamp, Date.UTC(2026, 10, 23, 11, 58) / 1000)
  t.match(notes, [{ path: 'timestamp', message: /21600 s.*05:59:00Z/ }])
  const late = JSON.parse(preparedIn(eventEnvelope(event, { sent_at: '2026-11-23T11:06:00Z' }), { receivedAt }).payload)
  t.equal(late.timestamp, '2026-11-23T05:59:00.000Z', 'less than 55 minutes is the way it took')
})

t.test('levels', async t => {
  const levels: [unknown, string][] = [
    ['fatal', 'fatal'],
    ['critical', 'fatal'],
    ['ERROR', 'error'],
    ['warn', 'warning'],
    ['log', 'info'],
    ['trace', 'debug'],
    ['nope', 'error'],
    [10, 'debug'],
    [20, 'info'],
    [30, 'warning'],
    [40, 'error'],
    [50, 'fatal'],
    [7, 'error'],
    [null, 'error'],
    [{}, 'error']
  ]
  for (const [level, expected] of levels) t.equal(stored('level', level), expected, JSON.stringify(level))
})

t.test('names', async t => {
  t.equal(stored('release', 17), '17')
  t.equal(stored('release', '  shop@1 '), 'shop@1')
  t.equal(stored('release', ' '), undefined)
  t.equal(stored('logger', []), undefined)
  t.equal(stored('server_name', 'x'.repeat(300)), 'x'.repeat(200))
  for (const environment of ['a\nb', 'None', 'none', '', null, {}]) {
    t.equal(stored('environment', environment), undefined, JSON.stringify(environment))
  }
  t.equal(stored('environment', 'prod'), 'prod')
  t.equal(stored('environment', 'team/prod'), 'team/prod')
  t.equal(payloadOf({ message: 'x', culprit: 'the culprit' }).transaction, 'the culprit')
  t.equal(payloadOf({ message: 'x' }).platform, 'other')
  t.equal(stored('platform', 'cobol'), 'cobol')
})

t.test('ids', async t => {
  const id = newEventId()
  t.equal(preparedOf({ message: 'x', event_id: id.toUpperCase() }).eventId, id)
  for (const eventId of ['x', 5, null, [], '0'.repeat(32)]) {
    t.equal(preparedOf({ message: 'x', event_id: eventId }).eventId, null, JSON.stringify(eventId))
  }
})

t.test('messages in all their forms', async t => {
  const title = (event: unknown): string => preparedOf(event).title
  t.equal(title({ message: 'plain' }), 'plain')
  t.equal(title({ message: { formatted: 'said so' } }), 'said so')
  t.equal(title({ message: { message: 'order %d failed', params: [5] } }), 'order 5 failed')
  t.equal(title({ message: 5 }), '5')
  t.equal(title({ message: ['a', 1] }), '["a",1]')
  t.equal(title({ message: false }), '<unlabeled event>')
  t.equal(title({ logentry: 'a text' }), 'a text')
  t.equal(title({ 'sentry.interfaces.Message': { message: 'old form' } }), 'old form')
  t.equal(
    title({ logentry: { message: 'order %s failed for %s', params: [8812, 'ann'] } }),
    'order 8812 failed for ann'
  )
  t.equal(
    title({ logentry: { message: '{} of {1} and {name!r} %% {', params: ['a', 'b'] } }),
    'a of b and {name!r} % {'
  )
  t.equal(title({ logentry: { message: '%(user)s paid {sum}', params: { user: 'ann', sum: 5 } } }), 'ann paid 5')
  t.equal(title({ logentry: { message: '%s and %s', params: ['one'] } }), 'one and %s')
  t.equal(title({ logentry: { message: 'said %s', params: 'this' } }), 'said this')
  t.equal(title({ logentry: { message: 'with %j', params: [{ a: 1 }] } }), 'with {"a":1}')
  t.ok(
    String(
      payloadOf({
        logentry: { message: '%s'.repeat(4_000), params: Array.from({ length: 100 }, () => 'x'.repeat(9_000)) }
      }).logentry
    ).length < 50_000
  )
})

t.test('exceptions in all their forms', async t => {
  const values = (exception: unknown): unknown => payloadOf({ message: 'x', exception }).exception
  const one = { type: 'Error', value: 'x' }
  for (const exception of [[one], one, { values: [one] }, { values: [null, one] }, [null, one, 5], { values: one }]) {
    t.match(values(exception), { values: [one] }, JSON.stringify(exception))
  }
  for (const exception of [[], {}, { values: [] }, { values: null }, null, 'x', 5, [null], [{ module: 'm' }]]) {
    t.equal(values(exception), undefined, JSON.stringify(exception))
  }
  t.match(values({ type: 5, value: { code: 7 }, mechanism: 'generic' }), {
    values: [{ type: '5', value: '{"code":7}', mechanism: { type: 'generic' } }]
  })
  t.equal(preparedOf({ exception: [], message: "on the message's way" }).title, "on the message's way")
})

t.test('frames in all their forms', async t => {
  const frames = (stacktrace: unknown): unknown =>
    JSON.parse(JSON.stringify(payloadOf({ exception: { type: 'E', stacktrace } }).exception)).values[0].stacktrace
      ?.frames
  for (const stacktrace of [null, { frames: null }, { frames: [] }, [], 'x', { frames: [null] }, { frames: 'x' }]) {
    t.equal(frames(stacktrace), undefined, JSON.stringify(stacktrace))
  }
  t.match(
    frames({
      frames: [
        null,
        {
          filename: 'a.py',
          lineno: '12',
          in_app: 1,
          vars: [1],
          pre_context: ['a', null],
          context_line: 5,
          function: null
        },
        'x'
      ]
    }),
    [{ filename: 'a.py', lineno: 12, in_app: true, pre_context: ['a', ''], context_line: '5' }]
  )
  t.same(
    notesOf({ exception: { type: 'E', stacktrace: { frames: [{ filename: 'a', vars: [1], in_app: 'maybe' }] } } }),
    ['exception.values.0.stacktrace.frames.vars', 'exception.values.0.stacktrace.frames.in_app']
  )
})

t.test('threads in all their forms', async t => {
  const one = { id: 1, current: true, stacktrace: { frames: [{ function: 'f', filename: 'a.c' }] } }
  for (const threads of [{ values: [one] }, [one], one, [null, one, 5], { values: one }]) {
    t.same(stored('threads', threads), { values: [one] }, JSON.stringify(threads))
  }
  for (const threads of [null, [], {}, { values: null }, 'x', [null]]) {
    t.equal(stored('threads', threads), undefined, JSON.stringify(threads))
  }
  t.match(stored('threads', [{ id: 'main', crashed: 1, current: 'false', stacktrace: [{ function: 'f' }] }]), {
    values: [{ id: 'main', crashed: true, current: false, stacktrace: { frames: [{ function: 'f' }] } }]
  })
})

t.test('requests are kept in all forms of their parts, without secrets', async t => {
  t.match(
    stored('request', {
      headers: [
        ['Cookie', 'hunter2'],
        ['Accept', 'b']
      ],
      query_string: [
        ['token', 'hunter2'],
        ['q', '1']
      ],
      cookies: 'sid=hunter2',
      data: { password: 'hunter2', a: 1 }
    }),
    {
      headers: [
        ['Cookie', '[Filtered]'],
        ['Accept', 'b']
      ],
      query_string: [
        ['token', '[Filtered]'],
        ['q', '1']
      ],
      cookies: '[Filtered]',
      data: { password: '[Filtered]', a: 1 }
    }
  )
  t.match(
    stored('request', {
      headers: { Accept: ['a', 'b'], Cookie: ['hunter2'] },
      query_string: '?token=hunter2&b=1',
      data: 'password=hunter2&x=1'
    }),
    {
      headers: { Accept: ['a', 'b'], Cookie: '[Filtered]' },
      query_string: '?token=[Filtered]&b=1',
      data: 'password=[Filtered]&x=1'
    }
  )
})

t.test('breadcrumbs are the same in a list and under values', async t => {
  const crumbs = [
    { timestamp: receivedAt / 1000, type: null, category: 'http', message: 'GET /', data: { status: 200 } },
    null,
    'x',
    { message: 5, data: 'text', level: 'log' }
  ]
  const expected = [
    { timestamp: receivedAt / 1000, category: 'http', message: 'GET /', data: { status: 200 } },
    { message: '5', data: { value: 'text' }, level: 'log' }
  ]
  t.same(stored('breadcrumbs', crumbs), expected)
  t.same(stored('breadcrumbs', { values: crumbs }), expected)
  t.match(stored('breadcrumbs', [{ message: 'x', type: null }]), [{ message: 'x' }])
})

t.test('tags', async t => {
  t.same(stored('tags', { n: 5, flag: true, x: null }), { n: '5', flag: 'true' })
  t.same(stored('tags', [['a', 'b'], ['c', 1], ['d'], null]), { a: 'b', c: '1' })
  t.same(stored('tags', [{ key: 'a', value: 'b' }]), { a: 'b' })
  t.same(stored('tags', { 'with space': 'two\nlines', long: 'x'.repeat(300), deep: { a: 1 } }), {
    'with-space': 'two lines',
    long: 'x'.repeat(200)
  })
  t.equal(stored('tags', 'x'), undefined)
})

t.test('users', async t => {
  t.match(stored('user', { id: 17, email: 'a@b.c' }), { id: '17', email: 'a@b.c' })
  t.match(stored('user', 'ann'), { id: 'ann' })
  t.equal(stored('user', { id: null, username: null, email: null, ip_address: null }), undefined)
  t.match(stored('user', { id: true, email: [], plan: 'team' }), { id: 'true', plan: 'team' })
  const user = (user: unknown, sdk: unknown = {}): unknown =>
    payloadOf({ message: 'x', user, sdk }, { client: { address: '203.0.113.7' } }).user
  t.match(user({ id: 'ann', ip_address: '{{auto}}' }), { id: 'ann', ip_address: '203.0.113.7' })
  t.match(user(undefined, { settings: { infer_ip: 'auto' } }), { ip_address: '203.0.113.7' })
  t.equal(user(undefined, { settings: { infer_ip: 'never' } }), undefined)
  t.same(stored('user', { id: 'ann', ip_address: '{{auto}}' }), { id: 'ann' }, "nobody's address is not made up")
})

t.test('fingerprints', async t => {
  for (const fingerprint of [[], null, [null]]) {
    t.equal(stored('fingerprint', fingerprint), undefined, JSON.stringify(fingerprint))
  }
  t.same(stored('fingerprint', 'one'), ['one'])
  t.same(stored('fingerprint', [1, true, null, 'a', { b: 1 }]), ['1', 'true', 'a', '{"b":1}'])
})

t.test('the rest', async t => {
  t.same(stored('extra', [1]), { value: [1] })
  t.same(stored('extra', 'text'), { value: 'text' })
  t.equal(stored('modules', ['a']), undefined)
  t.same(stored('modules', { a: null, b: 1 }), { a: null, b: 1 })
  t.same(stored('sdk', 'raven'), { name: 'raven' })
  t.same(payloadOf({ message: 'x' }, { client: { sdk: 'sentry.python/2.68.0' } }).sdk, {
    name: 'sentry.python',
    version: '2.68.0'
  })
  t.equal(stored('contexts', 'x'), undefined)
  t.same(stored('contexts', { os: { name: 'Debian' }, a: 5, b: null, c: ['x'] }), {
    os: { name: 'Debian' },
    a: { value: 5 },
    c: { value: ['x'] }
  })
  t.equal(stored('request', []), undefined)
  t.same(
    notesOf({ message: 'x', _meta: {}, errors: [], received: 1, type: 'error', version: '7', project: 3 }),
    [],
    'what is not for us is left out without a word'
  )
  t.match(payloadOf({ exception: { type: 'E' }, stacktrace: { frames: [{ filename: 'a.js' }] } }), {
    exception: { values: [{ stacktrace: { frames: [{ filename: 'a.js' }] } }] }
  })
})

t.test('secrets are removed, also from coerced members', async t => {
  const text = JSON.stringify(
    payloadOf({
      message: 'x',
      extra: [{ password: 'hunter2' }],
      request: { headers: { Cookie: 'hunter2' } },
      user: { id: 1, token: 'hunter2' }
    })
  )
  t.notMatch(text, /hunter2/)
})

t.test('characters that PostgreSQL cannot store, depth and breadth do no harm', async t => {
  t.equal(preparedOf({ message: 'a\0b \ud800 c' }).title, 'ab \ufffd c')
  const deep = `{"message":"deep","extra":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`
  t.equal(preparedIn(`{}\n{"type":"event"}\n${deep}`).title, 'deep')
  const lists = `{"message":"lists","exception":${'['.repeat(10_000)}${']'.repeat(10_000)}}`
  t.equal(preparedIn(`{}\n{"type":"event"}\n${lists}`).title, 'lists')
  t.equal(
    preparedIn(`{}\n{"type":"event"}\n{"message":${'['.repeat(10_000)}${']'.repeat(10_000)}}`).title,
    '[Too deep]'
  )
  const wide = {
    message: 'wide',
    extra: Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`k${index}`, 1])),
    tags: Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`k ${index}`, {}]))
  }
  t.equal(preparedOf(wide).title, 'wide')
  t.equal(
    preparedOf(Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`k${index}`, 1]))).title,
    '<unlabeled event>'
  )
  t.match(
    preparedIn(
      '{}\n{"type":"event"}\n' +
        '{"message":"x","__proto__":{"a":1},"tags":{"__proto__":"b","c":"d"},"constructor":1,"toString":2}'
    ).tags,
    { c: 'd' }
  )
})

t.test('an event that says nothing is still an event', async t => {
  for (const event of [{}, { level: 'info' }, { message: '' }, { message: null, exception: { values: [] } }]) {
    t.equal(preparedOf(event).title, '<unlabeled event>', JSON.stringify(event))
  }
})

function coerced(event: object): unknown {
  return coerceEvent(
    { ...event },
    null,
    { address: '', sdk: '', userAgent: '', release: '', environment: '' },
    { notes: startNotes(), shiftMs: 0 }
  )
}

t.test('every coerced value has the form of an event', async () => {
  const members = [
    'event_id',
    'timestamp',
    'level',
    'platform',
    'environment',
    'message',
    'logentry',
    'exception',
    'stacktrace',
    'threads',
    'csp',
    'breadcrumbs',
    'tags',
    'user',
    'request',
    'contexts',
    'extra',
    'modules',
    'sdk',
    'fingerprint',
    'debug_meta',
    'culprit',
    'values',
    'frames',
    'type',
    'value',
    'params',
    'formatted',
    '__proto__'
  ]
  const anything = fc.letrec<{ any: unknown }>(tie => ({
    any: fc.oneof(
      { maxDepth: 5 },
      fc.string(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...members), tie('any'), { maxKeys: 4 })
    )
  })).any
  const event = fc.dictionary(fc.constantFrom(...members), anything, { maxKeys: 8 })
  fc.assert(
    fc.property(fc.oneof(event, nearlyEvent), value => hasEventForm(coerced(JSON.parse(JSON.stringify(value))))),
    { numRuns: 2_000 }
  )
})

t.test('an event that is valid by our own rules stays valid', async () => {
  fc.assert(
    fc.property(validEvent, value => hasEventForm(coerced(Object(value)))),
    { numRuns: 500 }
  )
})
