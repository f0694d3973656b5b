// Goal: exactly what the schema describes is an event, and everything that is wrong with others is named. Method: the
// plain conditions are compared with the schema on random events, on events with something wrong in them, on any JSON,
// and on values made from the schema itself; a table of wrong values says which paths are named.
import assert from 'node:assert/strict'
import { toJsonSchema } from '@valibot/to-json-schema'
import fc from 'fast-check'
import t from 'tap'
import * as v from 'valibot'
import { eventErrors, isEvent } from '../../events/validate.ts'
import { eventSchema } from '../../schema/event.ts'
import { limits } from '../../schema/limits.ts'
import { nearlyEvent, parsed, validEvent, wrongPaths } from '../support/events.ts'
import { nearlySchema } from '../support/nearly-schema.ts'

/** Fails with the value and the schema's errors where conditions and schema differ. True for an event. */
function sameVerdict(value: unknown): boolean {
  const { success, issues } = v.safeParse(eventSchema, value)
  const errors = issues?.map(({ path, message }) => `${path?.map(({ key }) => key).join('.')} ${message}`)
  const json = JSON.stringify(value)
  const ofSchema = errors?.join('; ') ?? 'no errors'
  assert.equal(isEvent(value), success, `conditions and schema differ on ${json}; the schema has ${ofSchema}`)
  if (!success) assert.notEqual(eventErrors(value).length, 0, `no error is named for ${json}`)
  return success
}

/** Runs the comparison on `numRuns` values; how many were events and how many were not. */
function compare(values: fc.Arbitrary<unknown>, numRuns: number): { events: number; others: number } {
  const counts = { events: 0, others: 0 }
  fc.assert(
    fc.property(values, value => {
      counts[sameVerdict(value) ? 'events' : 'others'] += 1
    }),
    { numRuns }
  )
  return counts
}

const { $schema: _, ...jsonSchema } = toJsonSchema(eventSchema, { errorMode: 'ignore' })
const ids = fc.constantFrom('0123456789abcdef0123456789abcdef', '01234567-89AB-cdef-0123-456789abcdef')
const names = fc.constantFrom(
  'values',
  'frames',
  'type',
  'message',
  '__proto__',
  'constructor',
  'toString',
  'length',
  ''
)
const texts = fc.oneof(ids, names, fc.constantFrom(' ', '\ud800', 'error', '2026-11-23', '2026-02-30'))
const numbers = fc.constantFrom('1e999', '-1e999', '-0', '1.5').map(parsed)
/** Lists and objects within each other, whose members have names that mean something elsewhere. */
const { hostile } = fc.letrec(tie => ({
  hostile: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(texts, numbers, fc.boolean(), fc.constant(null)),
    fc.array(tie('hostile'), { maxLength: 3 }),
    fc.dictionary(names, tie('hostile'), { maxKeys: 3 })
  )
}))
const ofTheSchema = nearlySchema(jsonSchema, {
  other: hostile,
  texts: pattern => (pattern === undefined ? texts : ids)
})

t.test('valid events are events for the conditions and for the schema', async t => {
  t.same(compare(validEvent, 200), { events: 200, others: 0 })
})

t.test('conditions and schema agree on events with something wrong in them', async t => {
  t.ok(compare(nearlyEvent, 1_000).others > 100)
})

t.test('conditions and schema agree on values made from the schema, with hostile ones in their places', async t => {
  const { events, others } = compare(ofTheSchema, 3_000)
  t.ok(events > 500, `${events} of them were events`)
  t.ok(others > 500, `${others} of them were none`)
})

t.test('conditions and schema agree on any JSON', async t => {
  t.equal(compare(fc.jsonValue(), 300).events, 0)
})

const wrong: ReadonlyArray<readonly [string, string[]]> = [
  ['null', ['']],
  ['5', ['']],
  ['"text"', ['']],
  ['true', ['']],
  ['[]', ['']],
  ['[{"message":"x"}]', ['']],
  ['{}', ['message']],
  ['{"message":null}', ['message']],
  ['{"message":""}', ['message']],
  ['{"message":" \\n\\t "}', ['message']],
  ['{"exception":[]}', ['message']],
  ['{"exception":{"values":[]}}', ['message']],
  ['{"exception":{"values":null}}', ['message']],
  ['{"message":5}', ['message']],
  ['{"message":{"a":1}}', ['message']],
  ['{"message":["a"]}', ['message']],
  ['{"message":false}', ['message']],
  ['{"message":"x","level":"loud"}', ['level']],
  ['{"message":"x","level":41}', ['level']],
  ['{"message":"x","level":true}', ['level']],
  ['{"message":"x","level":"constructor"}', ['level']],
  ['{"message":"x","timestamp":"yesterday"}', ['timestamp']],
  ['{"message":"x","timestamp":"2026-02-30T00:00:00Z"}', ['timestamp']],
  ['{"message":"x","timestamp":""}', ['timestamp']],
  ['{"message":"x","timestamp":"1"}', ['timestamp']],
  ['{"message":"x","timestamp":1e999}', ['timestamp']],
  ['{"message":"x","timestamp":{}}', ['timestamp']],
  ['{"message":"x","event_id":"abc"}', ['event_id']],
  ['{"message":"x","event_id":"g123456789abcdef0123456789abcdef"}', ['event_id']],
  ['{"message":"x","event_id":"0123456789abcdef0123456789abcdef\\n"}', ['event_id']],
  ['{"message":"x","event_id":17}', ['event_id']],
  [
    '{"message":"x","environment":["a"],"release":1,"platform":{},"server_name":true,' +
      '"transaction":5,"logger":[],"dist":7}',
    ['platform', 'environment', 'release', 'dist', 'server_name', 'transaction', 'logger']
  ],
  ['{"exception":"boom"}', ['exception']],
  ['{"exception":5}', ['exception']],
  ['{"exception":{}}', ['exception.type']],
  ['{"exception":{"stacktrace":[]}}', ['exception.type']],
  ['{"exception":{"values":5}}', ['exception.values']],
  ['{"exception":{"values":{"type":"A"}}}', ['exception.values']],
  ['{"exception":[null]}', ['exception.0']],
  ['{"exception":[[]]}', ['exception.0']],
  ['{"exception":{"type":5,"value":["x"],"module":{}}}', ['exception.type', 'exception.value', 'exception.module']],
  ['{"exception":[{"type":"A"},{"type":1},"x",{"value":2}]}', ['exception.1.type', 'exception.2', 'exception.3.value']],
  ['{"exception":{"values":[{"type":"A","mechanism":"m"}]}}', ['exception.values.0.mechanism']],
  ['{"exception":{"type":"A","stacktrace":"s"}}', ['exception.stacktrace']],
  ['{"exception":{"type":"A","stacktrace":{"frames":{}}}}', ['exception.stacktrace.frames']],
  ['{"exception":{"type":"A","stacktrace":[null,5]}}', ['exception.stacktrace.0', 'exception.stacktrace.1']],
  [
    '{"message":"x","stacktrace":{"frames":[{"filename":1,"function":2,"module":3,"lineno":"4","colno":{},' +
      '"abs_path":5,"in_app":"yes","context_line":6,"pre_context":"a","post_context":[7],"vars":[]}]}}',
    [
      'filename',
      'function',
      'module',
      'lineno',
      'colno',
      'abs_path',
      'in_app',
      'context_line',
      'pre_context',
      'post_context.0',
      'vars'
    ].map(name => `stacktrace.frames.0.${name}`)
  ],
  ['{"message":"x","stacktrace":[{"lineno":1e999}]}', ['stacktrace.0.lineno']],
  ['{"message":"x","breadcrumbs":"b"}', ['breadcrumbs']],
  ['{"message":"x","breadcrumbs":{}}', ['breadcrumbs.values']],
  [
    '{"message":"x","breadcrumbs":[5,{"timestamp":{},"type":1,"category":2,"level":3,"message":4,"data":[]}]}',
    [
      'breadcrumbs.0',
      ...['timestamp', 'type', 'category', 'level', 'message', 'data'].map(name => `breadcrumbs.1.${name}`)
    ]
  ],
  ['{"message":"x","tags":"a=b"}', ['tags']],
  ['{"message":"x","tags":{"a":{},"b":[1],"c":"fine"}}', ['tags.a', 'tags.b']],
  ['{"message":"x","tags":{"__proto__":{},"constructor":[]}}', ['tags.__proto__', 'tags.constructor']],
  ['{"message":"x","tags":[["a"],["a","b","c"],[1,"b"],5]}', ['tags.0', 'tags.1', 'tags.2.0', 'tags.3']],
  ['{"message":"x","user":"ann"}', ['user']],
  ['{"message":"x","user":[]}', ['user']],
  [
    '{"message":"x","user":{"id":{},"email":1,"username":[],"ip_address":5}}',
    ['user.id', 'user.email', 'user.username', 'user.ip_address']
  ],
  [
    '{"message":"x","request":[],"contexts":"c","extra":5,"modules":[],"sdk":true}',
    ['request', 'contexts', 'extra', 'modules', 'sdk']
  ],
  ['{"message":"x","fingerprint":"f"}', ['fingerprint']],
  ['{"message":"x","fingerprint":["a",1,null]}', ['fingerprint.1', 'fingerprint.2']],
  ['{"message":"x","logentry":"l","threads":5,"csp":[],"debug_meta":1}', ['logentry', 'threads', 'csp', 'debug_meta']],
  [
    '{"message":"x","logentry":{"message":1,"formatted":2,"params":"p"}}',
    ['logentry.message', 'logentry.formatted', 'logentry.params']
  ],
  [
    '{"message":"x","threads":[{"crashed":"yes","current":1,"stacktrace":5}]}',
    ['threads.0.crashed', 'threads.0.current', 'threads.0.stacktrace']
  ]
]

for (const [json, paths] of wrong) {
  t.test(`${json} is wrong at ${paths.join(', ') || 'its root'}`, async t => t.same(wrongPaths(parsed(json)), paths))
}

t.test('null is the same as absent', async t => {
  const members = [
    'level',
    'timestamp',
    'event_id',
    'platform',
    'exception',
    'stacktrace',
    'breadcrumbs',
    'tags',
    'user',
    'request',
    'extra',
    'fingerprint',
    'threads'
  ]
  t.ok(isEvent({ message: 'x', ...Object.fromEntries(members.map(name => [name, null])) }))
  t.ok(isEvent({ exception: { type: 'A', value: null, stacktrace: { frames: null } } }))
})

t.test('an error behind thousands of right items is found', async t => {
  const right = Array.from({ length: 5_000 }, () => 'right')
  t.same(wrongPaths({ message: 'x', fingerprint: [...right, 5, 6] }), ['fingerprint.5000'])
  t.same(wrongPaths({ exception: { type: 'A', stacktrace: [{ pre_context: right, post_context: [...right, 5] }] } }), [
    'exception.stacktrace.0.post_context.5000'
  ])
})

t.test('errors are bounded in number and in length', async t => {
  const errors = eventErrors({
    message: 'x',
    fingerprint: Array.from({ length: 100_000 }, () => 1),
    tags: { ['k'.repeat(5_000)]: {} }
  })
  t.equal(errors.length, limits.fieldErrorsMax)
  t.ok(errors.every(({ path, message }) => path.length <= 200 && message.length <= 200))
})
