// Goal: the schema says the same for people (errors), for machines (JSON Schema) and for limits that it shares with
// others. Method: tests/events/validate.test.ts has the table of wrong values; here stands what other parts rely on.
import { toJsonSchema } from '@valibot/to-json-schema'
import t from 'tap'
import * as v from 'valibot'
import { eventSchema, isText, saysWhatHappened } from '../../schema/event.ts'

t.test('what comes out of the schema is what went in', async t => {
  const event = {
    message: 'x',
    level: 'log',
    exception: {
      values: [{ type: 'A', value: 'b', stacktrace: { frames: [{ filename: 'a.js', own: 1 }], lang: 'js' } }]
    },
    tags: [['a', 1]],
    unknown: { a: [1] }
  }
  t.same(v.parse(eventSchema, event), event)
})

t.test('it can be written as JSON Schema', async t => {
  const { properties } = toJsonSchema(eventSchema, { errorMode: 'ignore' })
  t.ok(properties)
  t.match(Object.keys(properties ?? {}), ['message', 'level', 'timestamp', 'event_id'])
  t.match(JSON.stringify(properties?.level), '"critical"')
})

t.test('an event tells what happened in a message, an exception, a log entry, threads or a report', async t => {
  for (const event of [
    { message: 'x' },
    { exception: { type: 'A' } },
    { exception: [{}] },
    { logentry: { message: 'x' } },
    { logentry: { formatted: 'x' } },
    { threads: [{}] },
    { csp: {} }
  ]) {
    t.ok(saysWhatHappened(event), JSON.stringify(event))
  }
  for (const event of [
    {},
    { message: ' ' },
    { exception: [] },
    { exception: { values: [] } },
    { logentry: {} },
    { threads: { values: null } },
    { csp: null }
  ]) {
    t.notOk(saysWhatHappened(event), JSON.stringify(event))
  }
})

t.test('text is what has something to read in it', async t => {
  t.same(['a', ' a ', '0'].map(isText), [true, true, true])
  t.same(['', ' ', '\n\t', null, undefined, 5, {}].map(isText), [false, false, false, false, false, false, false])
})
