// Goal: envelopes are cut into items by bytes, whatever is in them; a mistake is named, and costs only what comes after
// it. Method: bytes in, items out; then the same through the parser of requests.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { readEnvelope } from '../../events/sentry/envelope.ts'
import { limits } from '../../schema/limits.ts'
import { envelope, eventEnvelope, newEventId, parse, preparedIn } from './support.ts'

function itemsOf(body: string | Uint8Array): [string, string][] {
  return readEnvelope(Buffer.from(body)).items.map(({ type, payload }) => [type, payload.toString('latin1')])
}

function mistakeIn(body: string | Uint8Array): number | null {
  return readEnvelope(Buffer.from(body)).mistake?.status ?? null
}

/** The status of the refusal, or the items. */
function outcomeOf(body: string | Uint8Array): unknown {
  const parsed = parse(body)
  return parsed.ok
    ? { events: parsed.items.length, ignored: parsed.rest?.counts.map(({ reason }) => reason) }
    : parsed.refusal.status
}

t.test('headers alone are an envelope, with a newline or without', async t => {
  for (const body of ['{}', '{}\n', '{"event_id":""}', '{}\n\n\n']) {
    t.same(outcomeOf(body), { events: 0, ignored: [] }, body)
  }
})

t.test('an empty body, or one that does not begin with headers, is no envelope', async t => {
  for (const body of ['', 'garbage', '[]', 'null', '{"a":', '\n{}']) t.equal(outcomeOf(body), 400, body)
})

t.test('an item without a length ends with its line, and a carriage return belongs to it', async t => {
  t.same(itemsOf('{}\n{"type":"a"}\npayload'), [['a', 'payload']])
  t.same(itemsOf('{}\n{"type":"a"}\npayload\r\n{"type":"b"}\n\r'), [
    ['a', 'payload\r'],
    ['b', '\r']
  ])
  t.same(itemsOf('{}\n{"type":"a"}'), [['a', '']], 'headers at the end have an empty payload')
})

t.test('an item with a length holds any bytes', async t => {
  const payload = Buffer.from([0, 10, 13, 10, 255, 0])
  const body = envelope(
    {},
    { headers: { type: 'attachment', length: payload.length }, payload },
    { headers: { type: 'event', length: 2 }, payload: '{}' }
  )
  t.same(itemsOf(body), [
    ['attachment', payload.toString('latin1')],
    ['event', '{}']
  ])
})

t.test('lengths of zero are zero, with a newline at the end and without', async t => {
  const head =
    '{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc"}\n' +
    '{"type":"attachment","length":0}\n\n{"type":"attachment","length":0}\n'
  t.same(itemsOf(head), [
    ['attachment', ''],
    ['attachment', '']
  ])
  t.same(itemsOf(`${head}\n`), [
    ['attachment', ''],
    ['attachment', '']
  ])
})

t.test('headers may be in any order, have escaped slashes and unknown members', async t => {
  t.same(
    itemsOf('{}\n{"filename":"a\\/b","x":[1],"content_type":"application\\/json","length":1,"type":"attachment"}\nx'),
    [['attachment', 'x']]
  )
})

t.test('a length that is wrong ends the envelope', async t => {
  for (const length of [1, 4, 99, -1, 1.5, '3', true]) {
    t.equal(mistakeIn(`{}\n{"type":"event","length":${JSON.stringify(length)}}\nabc`), 400, String(length))
  }
  t.equal(outcomeOf('{}\n{"type":"event","length":99}\n{"message":"cut off"}'), 400)
})

t.test('an event that was complete before a mistake is kept', async t => {
  const event = { headers: { type: 'event' }, payload: '{"message":"kept"}' }
  t.match(outcomeOf(envelope({}, event, { headers: { type: 'attachment', length: 9 }, payload: 'short' })), {
    events: 1
  })
  t.equal(
    outcomeOf(
      envelope(
        {},
        { headers: { type: 'session' }, payload: '{}' },
        { headers: { type: 'attachment', length: 9 }, payload: 'short' }
      )
    ),
    400
  )
})

t.test('items of unknown types are skipped', async t => {
  const event = eventEnvelope({ message: 'after it' }, { event_id: newEventId() }).toString().split('\n')
  const body = [event[0], '{"type":"from_the_future","length":3}', 'abc', ...event.slice(1)].join('\n')
  t.same(outcomeOf(body), { events: 1, ignored: ['other'] })
  t.equal(preparedIn(body).title, 'after it')
})

t.test('items that are not kept are counted by type, containers by the count that they name', async t => {
  const parsed = parse(
    envelope(
      {},
      { headers: { type: 'session' }, payload: '{}' },
      { headers: { type: 'log', item_count: 7 }, payload: '{"items":[]}' },
      { headers: { type: 'log', item_count: 'x' }, payload: '' },
      { headers: {}, payload: '' },
      { headers: { type: 'transaction' }, payload: 'not looked at' }
    )
  )
  t.same(parsed.ok && parsed.rest?.counts, [
    { outcome: 'ignored', reason: 'session', count: 1 },
    { outcome: 'ignored', reason: 'log', count: 7 },
    { outcome: 'ignored', reason: 'log', count: 1 },
    { outcome: 'ignored', reason: 'other', count: 1 },
    { outcome: 'ignored', reason: 'transaction', count: 1 }
  ])
})

t.test('client reports are counted only under the names of the protocol', async t => {
  const report = {
    timestamp: 1,
    discarded_events: [
      { reason: 'ratelimit_backoff', category: 'error', quantity: 3 },
      { reason: 'made up', category: 'x'.repeat(999), quantity: 1 },
      { reason: 'queue_overflow', category: 'error', quantity: -1 },
      { quantity: 1e99 },
      null,
      'x'
    ]
  }
  const parsed = parse(
    envelope(
      { event_id: '', dsn: 'https://0123456789abcdef0123456789abcdef@host/42' },
      { headers: { type: 'client_report' }, payload: JSON.stringify(report) }
    )
  )
  t.same(parsed.ok && parsed.rest, {
    eventId: null,
    feedback: [],
    counts: [
      { outcome: 'client_discarded', reason: 'ratelimit_backoff:error', count: 3 },
      { outcome: 'client_discarded', reason: 'other:other', count: 1 }
    ]
  })
  const broken = parse(envelope({}, { headers: { type: 'client_report' }, payload: 'broken' }))
  t.same(broken.ok && broken.rest?.counts, [{ outcome: 'ignored', reason: 'client_report', count: 1 }])
})

t.test('the id in the headers wins over the id of the event, in every form', async t => {
  const id = '9ec79c33-ec99-42ab-8353-589fcb2e04dc'
  const plain = '9ec79c33ec9942ab8353589fcb2e04dc'
  t.equal(preparedIn(eventEnvelope({ message: 'x', event_id: newEventId() }, { event_id: id })).eventId, plain)
  t.equal(preparedIn(eventEnvelope({ message: 'x' }, { event_id: id.toUpperCase() })).eventId, plain)
  t.equal(preparedIn(eventEnvelope({ message: 'x', event_id: plain }, {})).eventId, plain)
  t.equal(
    preparedIn(eventEnvelope({ message: 'x', event_id: plain }, { event_id: '0'.repeat(32) })).eventId,
    plain,
    'zeros are no id'
  )
  const parsed = parse(eventEnvelope({ message: 'x', event_id: 'nonsense' }, {}))
  t.equal(parsed.ok && parsed.rest?.eventId, null)
})

t.test('of several events the first counts', async t => {
  const item = (message: string) => ({ headers: { type: 'event' }, payload: JSON.stringify({ message }) })
  const body = envelope({}, item('first'), item('second'))
  t.same(outcomeOf(body), { events: 1, ignored: ['event'] })
  t.equal(preparedIn(body).title, 'first')
})

t.test('an event that is no JSON object, or is above the limit, is refused', async t => {
  for (const payload of ['broken', '[]', '5', 'null', '']) {
    t.equal(outcomeOf(envelope({}, { headers: { type: 'event' }, payload })), 400, payload)
  }
  const padded = (chars: number) => eventEnvelope({ message: 'x', extra: { text: 'x'.repeat(chars) } }, {})
  const overhead = JSON.stringify({ message: 'x', extra: { text: '' } }).length
  t.match(outcomeOf(padded(limits.eventBytesMax - overhead)), { events: 1 })
  t.equal(outcomeOf(padded(limits.eventBytesMax - overhead + 1)), 413)
})

t.test('lines of headers and the number of items are bounded', async t => {
  const header = (chars: number) => `{"x":"${'x'.repeat(chars - 8)}"}`
  t.match(outcomeOf(header(limits.envelopeHeaderBytesMax)), { events: 0 })
  t.equal(outcomeOf(header(limits.envelopeHeaderBytesMax + 1)), 400)
  const items = (count: number) => '{}' + '\n{"type":"session"}\n{}'.repeat(count)
  t.match(outcomeOf(items(limits.envelopeItemsMax)), { events: 0 })
  t.equal(outcomeOf(items(limits.envelopeItemsMax + 1)), 413)
})

t.test('an event with invalid UTF-8 is not lost', async t => {
  const body = Buffer.concat([
    Buffer.from('{}\n{"type":"event"}\n{"message":"caf'),
    Buffer.from([0xe9]),
    Buffer.from(' closed"}')
  ])
  t.equal(preparedIn(body).title, 'caf\ufffd closed')
})

t.test('any bytes are read or refused without an error', async () => {
  const line = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .record({
        type: fc.constantFrom('event', 'attachment', 'feedback', 'x'),
        length: fc.oneof(fc.nat(40), fc.constant(undefined))
      })
      .map(value => JSON.stringify(value))
  )
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), lines => {
      const parsed = parse(['{}', ...lines].join('\n'))
      assert.ok(parsed.ok || [400, 413].includes(parsed.refusal.status), JSON.stringify(parsed))
    }),
    { numRuns: 500 }
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
      const parsed = parse(bytes)
      assert.ok(parsed.ok || parsed.refusal.status === 400, JSON.stringify(parsed))
    }),
    { numRuns: 500 }
  )
})
