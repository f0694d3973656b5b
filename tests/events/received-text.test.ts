// Goal: a received text is stored only when it says exactly what would have been written: nothing hidden, nothing more.
// Method: what is stored with the text at hand is compared with what is stored without; texts are made that hide
// members and win the length back with numbers, escapes or names.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { prepareEvent } from '../../events/prepare.ts'
import { holdsNothingElse } from '../../events/received-text.ts'
import { eventId, prepared, project, receivedAt, validEvent } from '../support/events.ts'

const holds = (text: string) => holdsNothingElse(text, JSON.parse(text))

function stored(text: string): string {
  const result = prepareEvent(JSON.parse(text), { id: eventId, receivedAt, project, text })
  if (result.kind !== 'prepared') throw new Error(JSON.stringify(result))
  return result.event.payload
}

const canonical = { timestamp: '2026-11-23T11:59:58.500Z', level: 'error' }

t.test('an event in its one form is stored as it came', async t => {
  const frames = [
    { filename: 'a.js', function: 'f', lineno: 12, in_app: true, vars: { a: [1, null, -5, 0.25, 'größe 😀'] } }
  ]
  for (const event of [
    { ...canonical, message: 'x' },
    {
      message: 'order changed',
      ...canonical,
      tags: { a: 'b' },
      user: { id: 'u' },
      breadcrumbs: [{ message: 'b' }],
      extra: { a: {}, b: [] },
      fingerprint: ['a'],
      request: { url: '/' }
    },
    { ...canonical, exception: { values: [{ type: 'A', value: 'said "no"\n', stacktrace: { frames } }] } }
  ]) {
    const text = JSON.stringify(event)
    t.ok(holds(text))
    // The very text: a new one would be in the order of the table.
    t.equal(stored(text), text)
  }
})

t.test('what would be written otherwise is written anew', async t => {
  for (const event of [
    { message: 'no level', timestamp: canonical.timestamp },
    { message: 'no time', level: 'error' },
    { ...canonical, message: 'x', event_id: '01234567-89ab-cdef-0123-456789abcdef' },
    { ...canonical, message: 'x', release: null },
    { ...canonical, message: 'x', tags: { a: 1 } },
    { ...canonical, message: 'x', unknown: 1 },
    { ...canonical, message: 'x', extra: { password: '0123456789' } },
    { ...canonical, message: 'x', exception: { type: 'A' } },
    { ...canonical, message: 'x', stacktrace: { frames: [] } }
  ]) {
    t.equal(stored(JSON.stringify(event)), prepared(event).payload)
  }
})

const hiding = [
  ['a member that comes twice', '{"message":"hidden","message":"shown"}'],
  ['a nested one', '{"message":"x","extra":{"a":{"password":"p"},"a":1}}'],
  ['hidden depth', `{"message":"x","extra":{"a":${'['.repeat(50)}${']'.repeat(50)},"a":1}}`],
  [
    'length won back by exponents',
    '{"message":"x","extra":{"password":"hidden","password":1e9,"b":1e20,"c":1e14,"d":1e-6}}'
  ],
  ['length won back by one exponent', '{"message":"x","extra":{"a":"","a":1e9}}'],
  ['length won back by a fraction', '{"message":"x","extra":{"a":1,"a":1e-6}}'],
  ['space', '{"message":"x", "extra":{}}'],
  ['space around it', ' {"message":"x"}'],
  ['a line feed behind it', '{"message":"x"}\n'],
  ['escapes that are not needed', '{"message":"\\u0078"}'],
  ['NUL as an escape', '{"message":"x\\u0000"}'],
  ['a lone surrogate', '{"message":"x\\ud800"}'],
  ['minus zero', '{"message":"x","extra":{"a":-0}}'],
  ['a number beyond all numbers', '{"message":"x","extra":{"a":1e999}}'],
  ['a number with more digits than it has', '{"message":"x","extra":{"a":1.50}}']
] as const
for (const [what, text] of hiding) t.test(`${what} is seen`, async t => t.notOk(holds(text)))

t.test('a text that holds nothing else is as long as the one that would be written', async () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      const text = JSON.stringify(value)
      return !holdsNothingElse(text, JSON.parse(text)) || text.length === JSON.stringify(JSON.parse(text)).length
    }),
    { numRuns: 1_000 }
  )
})

t.test('no other way to write a value passes', async () => {
  const spaced = fc
    .tuple(fc.jsonValue(), fc.integer({ min: 1, max: 4 }))
    .map(([value, spaces]) => ({ value, text: JSON.stringify(value, null, spaces) }))
  fc.assert(
    fc.property(spaced, ({ value, text }) => text === JSON.stringify(value) || !holds(text)),
    { numRuns: 500 }
  )
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.nat(9_999).map(n => n / 100),
    fc.nat(999).map(n => n * 1000)
  )
  fc.assert(
    fc.property(number, value => {
      const forms = [
        value.toExponential(),
        value.toExponential().replace('+', ''),
        ...[1, 2, 3, 4].map(digits => value.toPrecision(digits))
      ]
      return forms.every(
        form => !holdsNothingElse(form, JSON.parse(form)) || form.length === JSON.stringify(JSON.parse(form)).length
      )
    }),
    { numRuns: 2_000 }
  )
})

t.test('with or without the text the same is stored', async () => {
  fc.assert(
    fc.property(validEvent, event => {
      const text = JSON.stringify({ ...canonical, ...Object(event) })
      assert.deepEqual(sorted(JSON.parse(stored(text))), sorted(JSON.parse(prepared(JSON.parse(text)).payload)))
    }),
    { numRuns: 300 }
  )
})

function sorted(value: object): unknown {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
}
