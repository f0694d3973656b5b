// Goal: every member of an event is kept, cut, replaced or dropped, with a note; and hostile values do no harm. Method:
// whole events through prepareEvent, as the processor does it; what is stored is read back from the payload.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { mintEventId, receivedAtOf } from '../../events/event-ids.ts'
import { prepareEvent } from '../../events/prepare.ts'
import { limits } from '../../schema/limits.ts'
import {
  nearlyEvent,
  nested,
  parsed,
  payload,
  prepare,
  prepared,
  project,
  receivedAt,
  validEvent
} from '../support/events.ts'

const dayMs = 24 * 60 * 60 * 1000
const nowText = new Date(receivedAt).toISOString()

/** Paths of the notes. */
const noted = (value: unknown) => Array.from(Object(payload(value).notes ?? []), note => Object(note).path)

t.test('the least event has a level, a time and a message', async t => {
  const event = prepared({ message: 'it broke' })
  t.same(JSON.parse(event.payload), { timestamp: nowText, level: 'error', message: 'it broke' })
  t.match(event, {
    projectId: 7,
    retentionDays: 30,
    receivedAt,
    occurredAt: receivedAt,
    eventId: null,
    level: 'error',
    environment: '',
    release: '',
    user: '',
    userHash: '',
    tags: {},
    title: 'it broke',
    culprit: '',
    message: 'it broke'
  })
})

t.test('columns and payload say the same', async t => {
  const event = prepared({
    message: 'it broke',
    level: 'warning',
    timestamp: '2026-11-23T11:59:58.500Z',
    event_id: '01234567-89AB-CDEF-0123-456789ABCDEF',
    platform: 'node',
    environment: 'production',
    release: 'shop@1',
    server_name: 'web-1',
    transaction: '/cart',
    logger: 'app',
    user: { id: 17, email: 'ann@example.com' },
    tags: { region: 'eu' }
  })
  const row = {
    level: 'warning',
    occurredAt: receivedAt - 1_500,
    eventId: '0123456789abcdef0123456789abcdef',
    platform: 'node',
    environment: 'production',
    release: 'shop@1',
    facets: { transaction: '/cart', server_name: 'web-1', logger: 'app' },
    user: '17',
    userNames: { email: 'ann@example.com', username: '' },
    tags: { region: 'eu' },
    culprit: '/cart'
  }
  t.match(event, row)
  t.match(event.userHash, /^[0-9a-f]{16}$/)
  t.match(JSON.parse(event.payload), {
    event_id: row.eventId,
    timestamp: '2026-11-23T11:59:58.500Z',
    level: 'warning',
    environment: 'production',
    user: { id: '17', email: 'ann@example.com' },
    tags: { region: 'eu' }
  })
})

t.test('levels have two other names', async t => {
  t.equal(prepared({ message: 'x', level: 'log' }).level, 'info')
  t.equal(prepared({ message: 'x', level: 'critical' }).level, 'fatal')
  t.equal(payload({ message: 'x', level: 'critical' }).level, 'fatal')
})

t.test('times: seconds or ISO; what no clock can have meant becomes the time of arrival', async t => {
  const at = (timestamp: unknown) => prepared({ message: 'x', timestamp }).occurredAt - receivedAt
  t.equal(at(receivedAt / 1000 - 1.25), -1_250)
  t.equal(at(new Date(receivedAt - dayMs).toISOString()), -dayMs)
  t.equal(at('2026-11-23T13:00:00+01:00'), 0)
  t.equal(at(new Date(receivedAt + limits.futureMsMax).toISOString()), limits.futureMsMax)
  t.equal(at(new Date(receivedAt - limits.pastMsMax).toISOString()), -limits.pastMsMax)
  for (const timestamp of [
    new Date(receivedAt + limits.futureMsMax + 1).toISOString(),
    new Date(receivedAt - limits.pastMsMax - 1).toISOString(),
    0,
    -1e300,
    1e300,
    receivedAt,
    '9999-12-31',
    '0000-01-01'
  ]) {
    t.equal(at(timestamp), 0, String(timestamp))
    const stored = payload({ message: 'x', timestamp, extra: { kept: 1 } })
    t.match(stored, {
      timestamp: nowText,
      extra: { kept: 1, original_timestamp: timestamp },
      notes: [{ path: 'timestamp' }]
    })
  }
})

t.test('an id of nothing but zeros is none', async t => {
  t.equal(prepared({ message: 'x', event_id: '0'.repeat(32) }).eventId, null)
  t.same(noted({ message: 'x', event_id: '00000000-0000-0000-0000-000000000000' }), ['event_id'])
})

t.test('what is too long is cut and noted, and a pair of surrogates is not cut in two', async t => {
  const long = 'x'.repeat(199) + '😀😀'
  const event = {
    message: `${'m'.repeat(8_191)}😀`,
    environment: long,
    release: long,
    exception: { type: 't'.repeat(300), value: 'v'.repeat(9_000) },
    fingerprint: ['f'.repeat(1_000)]
  }
  t.match(payload(event), {
    message: 'm'.repeat(8_191),
    environment: 'x'.repeat(199),
    release: 'x'.repeat(199),
    exception: { values: [{ type: 't'.repeat(200), value: 'v'.repeat(8_192) }] },
    fingerprint: ['f'.repeat(500)]
  })
  t.same(noted(event), [
    'environment',
    'release',
    'message',
    'exception.values.0.type',
    'exception.values.0.value',
    'fingerprint'
  ])
  t.equal(prepared(event).environment, 'x'.repeat(199))
  t.same(noted({ message: 'm'.repeat(8_192), release: 'r'.repeat(200) }), [])
})

t.test('tags: names and values that do not fit are dropped, what is beyond fifty too', async t => {
  const tags = {
    good: 'a',
    'with space': 'b',
    ['k'.repeat(201)]: 'c',
    long: 'v'.repeat(201),
    number: 1.5,
    flag: true,
    nothing: null,
    empty: '',
    'a.b:c-d_e': 'd',
    größe: 'e'
  }
  t.same(prepared({ message: 'x', tags }).tags, { good: 'a', number: '1.5', flag: 'true', empty: '', 'a.b:c-d_e': 'd' })
  t.same(noted({ message: 'x', tags }), [
    'tags.with space',
    `tags.${'k'.repeat(201)}`.slice(0, 100),
    'tags.long',
    'tags.nothing',
    'tags.größe'
  ])

  const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`t${index}`, index]))
  t.equal(Object.keys(prepared({ message: 'x', tags: many }).tags).length, 50)
  t.match(payload({ message: 'x', tags: many }).notes, [{ path: 'tags', message: '10 beyond 50 were dropped' }])
  t.same(
    prepared({
      message: 'x',
      tags: [
        ['a', 1],
        ['b', false],
        ['a', '2']
      ]
    }).tags,
    { a: '2', b: 'false' }
  )
  t.same(prepared(parsed('{"message":"x","tags":{"__proto__":"p","constructor":"c"}}')).tags, { constructor: 'c' })
})

t.test('exceptions, traces and breadcrumbs have one form', async t => {
  const frames = [{ filename: 'a.js', function: 'f', lineno: 1 }]
  const stored = { exception: { values: [{ type: 'A', value: 'b', stacktrace: { frames } }] } }
  for (const stacktrace of [frames, { frames }]) {
    const exception = { type: 'A', value: 'b', stacktrace }
    t.match(payload({ exception }), stored)
    t.match(payload({ exception: [exception] }), stored)
    t.match(payload({ exception: { values: [exception] } }), stored)
  }
  t.match(payload({ exception: { type: 'A', value: 'b' }, stacktrace: frames }), stored)
  t.same(payload({ message: 'x', stacktrace: frames }).stacktrace, { frames })
  t.same(payload({ message: 'x', breadcrumbs: { values: [{ message: 'b' }] } }).breadcrumbs, [{ message: 'b' }])
  t.same(
    payload({ message: 'x', breadcrumbs: { values: null }, exception: [], stacktrace: [] }),
    payload({ message: 'x', breadcrumbs: [] })
  )
})

t.test('of too many frames the first and the last stay, of too many breadcrumbs the newest', async t => {
  const frames = Array.from({ length: 300 }, (_, lineno) => ({ filename: 'a.js', lineno }))
  const event = {
    exception: { type: 'A', stacktrace: { frames } },
    breadcrumbs: Array.from({ length: 130 }, (_, index) => ({ message: String(index) }))
  }
  const { exception, breadcrumbs } = payload(event)
  const kept = Array.from(Object(exception).values[0].stacktrace.frames, frame => Object(frame).lineno)
  t.same([kept.length, kept[0], kept[124], kept[125], kept[249]], [250, 0, 124, 175, 299])
  t.same(
    [Object(breadcrumbs).length, Object(breadcrumbs)[0].message, Object(breadcrumbs)[99].message],
    [100, '30', '129']
  )
  t.same(noted(event), ['exception.values.0.stacktrace', 'breadcrumbs'])
})

t.test('what is deeper than ten levels is replaced, wherever it is', async t => {
  for (const part of ['request', 'contexts', 'extra', 'modules', 'sdk', 'user', 'csp', 'debug_meta']) {
    t.same(payload({ message: 'x', [part]: nested(10) })[part], nested(10), `${part} at ten levels`)
    const deep = JSON.stringify(payload({ message: 'x', [part]: nested(10_000) })[part])
    t.equal(deep.replace('[Too deep]', '').match(/[[{]/g)?.length, 10, part)
    t.match(deep, '[Too deep]')
    t.same(noted({ message: 'x', [part]: nested(10_000) }), [part])
  }
  const frame = payload({ exception: { type: 'A', stacktrace: [{ vars: nested(10_000), own: nested(10_000) }] } })
  t.ok(JSON.stringify(frame).length < 600)
  t.ok(JSON.stringify(payload({ message: 'x', breadcrumbs: [{ data: nested(10_000) }] })).length < 400)
  t.ok(
    JSON.stringify(payload({ exception: { type: 'A', own: nested(10_000), mechanism: nested(10_000) } })).length < 800
  )
})

t.test('members that no event has go to extra, and their notes are bounded', async t => {
  t.same(noted({ message: 'x', foo: 1, event: {}, notes: [] }), ['foo', 'event', 'notes'])
  const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`k${index}`, index]))
  const stored = payload({ message: 'x', ...many })
  t.same(Object.keys(stored), ['timestamp', 'level', 'message', 'extra', 'notes'])
  t.equal(Object.keys(Object(stored.extra)).length, limits.keysMax)
  t.equal(Object(stored.notes).length, limits.notesMax + 1)
  t.match(Object(stored.notes).at(-1), { message: '99951 more notes were left out' })
})

t.test('secrets are replaced by their names, everywhere', async t => {
  const secret = {
    password: 'p',
    nested: { 'api-key': 'k', list: [{ token: 't' }] },
    author: 'ann',
    empty_password: ''
  }
  const shown = {
    password: '[Filtered]',
    nested: { 'api-key': '[Filtered]', list: [{ token: '[Filtered]' }] },
    author: 'ann',
    empty_password: ''
  }
  t.match(
    payload({
      message: 'x',
      extra: secret,
      contexts: { app: secret },
      user: { id: 'u', ...secret },
      tags: { password: 'p', author: 'ann' },
      breadcrumbs: [{ data: { ...secret, url: '/a?token=t' } }],
      exception: { type: 'A', stacktrace: [{ filename: 'a.js', vars: secret }] },
      request: {
        url: 'https://a.example/?token=t&a=1',
        query_string: 'token=t&a=1',
        headers: { Authorization: 'Bearer t', Cookie: 'a=b', Accept: '*/*' },
        cookies: { a: 'b' },
        data: secret,
        env: { SECRET: 's' }
      }
    }),
    {
      extra: shown,
      contexts: { app: shown },
      user: { id: 'u', ...shown },
      tags: { password: '[Filtered]', author: 'ann' },
      breadcrumbs: [{ data: { ...shown, url: '/a?token=[Filtered]' } }],
      exception: { values: [{ stacktrace: { frames: [{ vars: shown }] } }] },
      request: {
        url: 'https://a.example/?token=[Filtered]&a=1',
        query_string: 'token=[Filtered]&a=1',
        headers: { Authorization: '[Filtered]', Cookie: '[Filtered]', Accept: '*/*' },
        cookies: '[Filtered]',
        data: shown,
        env: { SECRET: '[Filtered]' }
      }
    }
  )
  t.equal(prepared({ message: 'x', tags: { token: 't' } }).tags.token, '[Filtered]')
})

t.test('requests hide secrets in pairs, forms and JSON as well', async t => {
  const request = (value: object) => payload({ message: 'x', request: value }).request
  t.same(request({ headers: [['Authorization', 'b'], ['Accept', '*/*'], 'odd'] }), {
    headers: [['Authorization', '[Filtered]'], ['Accept', '*/*'], 'odd']
  })
  t.same(
    request({
      query_string: [
        ['token', 'b'],
        ['a', '1']
      ]
    }),
    {
      query_string: [
        ['token', '[Filtered]'],
        ['a', '1']
      ]
    }
  )
  t.same(request({ data: 'a=1&password=p' }), { data: 'a=1&password=[Filtered]' })
  t.same(request({ data: '{"a":[{"password":"p"}]}' }), { data: '{"a":[{"password":"[Filtered]"}]}' })
  t.same(request({ data: '{ "a": 1 }' }), { data: '{ "a": 1 }' })
  t.same(request({ data: '{"a":1,"cut' }), { data: '{"a":1,"cut' })
  t.same(request({ data: null, headers: 5 }), { data: null, headers: 5 })
})

t.test('scrubbing can be switched off, and told more names', async t => {
  t.same(
    payload(
      { message: 'x', extra: { password: 'p' } },
      { scrub: { enabled: false, fields: [], safeFields: [], ip: 'keep' } }
    ).extra,
    { password: 'p' }
  )
  t.same(
    payload(
      { message: 'x', extra: { customerNumber: 5, other: 1 } },
      { scrub: { enabled: true, fields: ['customer_number'], safeFields: [], ip: 'keep' } }
    ).extra,
    { customerNumber: '[Filtered]', other: 1 }
  )
})

t.test('addresses are dropped where the project wants it', async t => {
  const event = {
    message: 'x',
    user: { id: 'u', ip_address: '10.0.0.7' },
    request: {
      headers: { 'X-Forwarded-For': '10.0.0.7', 'x-real-ip': '10.0.0.7', Accept: '*/*' },
      env: { REMOTE_ADDR: '10.0.0.7', SERVER_PORT: 80 }
    }
  }
  const dropped = payload(event, { scrub: { enabled: true, fields: [], safeFields: [], ip: 'drop' } })
  t.notMatch(JSON.stringify(dropped), '10.0.0.7')
  t.match(dropped, { user: { id: 'u' }, request: { headers: { Accept: '*/*' }, env: { SERVER_PORT: 80 } } })
  t.match(payload(event), event)
  t.same(
    payload(
      {
        message: 'x',
        request: {
          headers: [
            ['Forwarded', 'for=10.0.0.7'],
            ['Accept', 'a']
          ]
        }
      },
      { scrub: { enabled: false, fields: [], safeFields: [], ip: 'drop' } }
    ).request,
    { headers: [['Accept', 'a']] }
  )
})

t.test('users: the first thing known of them, and a hash that differs from project to project', async t => {
  const user = (value: object, settings = {}) => prepared({ message: 'x', user: value }, settings)
  t.equal(user({ id: 5, email: 'e' }).user, '5')
  t.equal(user({ id: '', email: 'e', username: 'n' }).user, 'e')
  t.equal(user({ email: null, username: 'n', ip_address: 'i' }).user, 'n')
  t.equal(user({ ip_address: '10.0.0.7' }).user, '10.0.0.7')
  t.match(user({ ip_address: '10.0.0.7' }, { scrub: { enabled: true, fields: [], safeFields: [], ip: 'drop' } }), {
    user: '',
    userHash: ''
  })
  t.match(user({ email: 'e' }, { scrub: { enabled: true, fields: ['email'], safeFields: [], ip: 'keep' } }), {
    user: '',
    userHash: ''
  })
  t.equal(user({ id: 'x'.repeat(1_000) }).user.length, limits.nameCharsMax)
  t.equal(user({ id: 5 }).userHash, user({ id: '5', email: 'other' }).userHash)
  t.not(user({ id: 5 }).userHash, user({ id: 6 }).userHash)
  t.not(user({ id: 5 }).userHash, user({ id: 5 }, { projectId: 8 }).userHash)
})

t.test('search sees the message and the main exception', async t => {
  t.equal(
    prepared({
      exception: [
        { type: 'Cause', value: 'c' },
        { type: 'A', value: 'first\nsecond' }
      ]
    }).message,
    'A: first\nsecond'
  )
  t.equal(prepared({ message: 'm', exception: { type: 'A' } }).message, 'm\nA')
  t.equal(prepared({ logentry: { message: 'order %d', params: [5], formatted: 'order 5' } }).message, 'order 5')
  t.equal(
    prepared({ message: 'm'.repeat(8_192), exception: { type: 'A', value: 'v'.repeat(8_192) } }).message.length,
    8_192
  )
})

t.test('sampling weighs the share that is asked for, and decides by the id alone', async t => {
  const ids = Array.from({ length: 4_000 }, () => mintEventId())
  for (const sampleRate of [0, 0.1, 0.5, 1]) {
    const weightsOf = (message: string) =>
      ids.map(id => {
        const result = prepare({ message }, { sampleRate }, id)
        return result.kind === 'prepared' ? (result.event.weights?.sampled ?? 1) : 0
      })
    const weights = weightsOf('x')
    t.same(weights, weightsOf('other'))
    const share = weights.filter(weight => weight > 0).length / ids.length
    t.ok(Math.abs(share - sampleRate) < 0.05, `${share} of ${sampleRate}`)
    const mean = weights.reduce((sum, weight) => sum + weight, 0) / ids.length
    t.ok(Math.abs(mean - Math.ceil(sampleRate)) < 0.35, `a mean of ${mean}`)
  }
  t.same(prepare({ message: 'x' }, { sampleRate: 0 }, ids[0]), {
    kind: 'sampled_out',
    event: { id: ids[0], projectId: 7 }
  })
  t.equal(prepare({ message: 5 }, { sampleRate: 0 }).kind, 'invalid')
})

t.test('NUL and lone surrogates are taken out of every name and text', async t => {
  const json =
    '{"message":"a\\u0000b\\ud800c\\udc00\\ud83d\\ude00","release":"r\\u0000","tags":{"t":"\\ud800"},' +
    '"extra":{"k\\u0000":"v\\u0000","__proto__":{"a":"\\u0000"}},"user":{"id":"\\u0000u"}}'
  const event = prepared(parsed(json))
  const whole = JSON.stringify(event)
  t.notMatch(whole, /\\u0000|\\\\u0000|\\ud|\\\\ud/)
  t.equal(event.message, 'ab\ufffdc\ufffd😀')
  t.equal(event.tags.t, '\ufffd')
  t.equal(event.user, 'u')
  t.match(event.payload, '"extra":{"k":"v","__proto__":{"a":""}}')
  t.equal(prepared({ message: 'C:\\udata \\u0000 as text' }).message, 'C:\\udata \\u0000 as text')
  t.same(prepare({ message: '\0' }), {
    kind: 'invalid',
    errors: [{ path: 'message', message: 'is required, or an exception' }]
  })
})

t.test('names of the members of every object are ordinary names', async t => {
  const json =
    '{"message":"x","extra":{"__proto__":{"password":"p"},"constructor":{"prototype":{"polluted":1}},"toString":1},' +
    '"user":{"__proto__":{"id":"evil"}},"__proto__":{"message":"evil"}}'
  const { payload, user } = prepared(parsed(json))
  t.match(payload, '"__proto__":{"password":"[Filtered]"}')
  t.equal(user, '')
  t.notOk('polluted' in {})
})

t.test('numbers that no reader of JSON has become text', async t => {
  t.match(payload(parsed('{"message":"x","extra":{"a":1e999,"b":[-1e999],"c":1e308}}')), {
    extra: { a: 'Infinity', b: ['-Infinity'], c: 1e308 },
    notes: [{ path: 'extra' }]
  })
})

t.test('a value is not changed by being prepared', async () => {
  fc.assert(
    fc.property(validEvent, event => {
      const before = JSON.stringify(event)
      prepare(event)
      assert.equal(JSON.stringify(event), before)
    }),
    { numRuns: 200 }
  )
})

t.test(
  'whatever is sent is stored or told what is wrong with it; the payload is JSON that PostgreSQL takes',
  async () => {
    fc.assert(
      fc.property(fc.oneof(validEvent, nearlyEvent, fc.jsonValue()), value => {
        const result = prepare(value)
        if (result.kind !== 'prepared') {
          assert.ok(result.kind === 'invalid' && result.errors.length > 0, result.kind)
          return
        }
        const { event } = result
        const texts = [
          event.payload,
          event.message,
          event.title,
          event.culprit,
          event.environment,
          event.release,
          event.user,
          ...event.grouping.components,
          ...Object.entries(event.tags).flat()
        ]
        assert.deepEqual(
          texts.filter(text => !text.isWellFormed() || text.includes('\0')),
          []
        )
        assert.doesNotMatch(event.payload, /\\u0000/)
        assert.equal(typeof JSON.parse(event.payload), 'object')
        assert.match(event.fingerprint, /^[0-9a-f]{64}$/)
        assert.notEqual(event.title, '')
        assert.ok(event.title.length <= 256, event.title)
        assert.ok(event.culprit.length <= 200, event.culprit)
      }),
      { numRuns: 500 }
    )
  }
)

t.test('what was stored would be stored again as it is', async () => {
  fc.assert(
    fc.property(validEvent, event => {
      const first = prepared(event)
      const { notes, ...stored } = JSON.parse(first.payload)
      const second = prepared(stored)
      const { notes: moreNotes, ...again } = JSON.parse(second.payload)
      assert.equal(JSON.stringify(again), JSON.stringify(stored))
      assert.equal(moreNotes, undefined)
      assert.equal(second.fingerprint, first.fingerprint)
      assert.equal(second.title, first.title)
      assert.equal(second.userHash, first.userHash)
    }),
    { numRuns: 200 }
  )
})

t.test('the same event has the same result a second time', async () => {
  fc.assert(
    fc.property(validEvent, fc.uuid({ version: 7 }), (value, id) => {
      const context = { id, receivedAt: receivedAtOf(id), project }
      assert.deepEqual(prepareEvent(structuredClone(value), context), prepareEvent(value, context))
    }),
    { numRuns: 100 }
  )
})
