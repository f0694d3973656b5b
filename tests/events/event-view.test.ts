// Goal: every event that was ever stored can be shown, with all its members, and its traces also as text. Method: an
// event with everything; random events through the real preparation; payloads that no version would have stored.
import fc from 'fast-check'
import t from 'tap'
import * as v from 'valibot'
import { viewOf } from '../../events/event-view.ts'
import { markdownOf } from '../../events/markdown.ts'
import { eventDetail } from '../../schema/api/events.ts'
import { payload, prepare, validEvent } from '../support/events.ts'

const facts = {
  title: 'T',
  culprit: '',
  id: 'id',
  receivedAt: '2026-11-23T12:00:00.000Z',
  timestamp: '2026-11-23T12:00:00.000Z',
  level: 'error',
  environment: '',
  release: '',
  user: '',
  issue: { shortId: 'WEB-1', status: 'unresolved', eventCount: 1, userCount: 0, firstSeen: '', lastSeen: '' }
}

/** What the view gives to the body of an answer. */
const viewSchema = v.omit(eventDetail, [
  'id',
  'facets',
  'weight',
  'mapped_when_read',
  'feedback',
  'project',
  'issue',
  'issue_id',
  'title',
  'culprit',
  'received_at',
  'timestamp',
  'level',
  'environment',
  'release',
  'navigation'
])

t.test('an event keeps its members, and what it lacks is there and empty', async t => {
  const view = viewOf(
    JSON.stringify(
      payload({
        event_id: 'A'.repeat(32),
        platform: 'node',
        message: 'm',
        exception: [
          { type: 'Inner', value: 'first' },
          {
            type: 'Outer',
            value: 'last',
            mechanism: { handled: false },
            stacktrace: [{ function: 'f', filename: 'f.js', lineno: 1, vars: { a: 1 } }]
          }
        ],
        breadcrumbs: [{ message: 'b' }],
        tags: { a: 1 },
        user: { id: 7 },
        contexts: { os: { name: 'x' } },
        extra: { __proto__: null, e: [1] }
      })
    )
  )
  t.match(view, {
    event_id: 'a'.repeat(32),
    platform: 'node',
    message: 'm',
    exception: {
      values: [
        { type: 'Inner', stacktrace: null },
        {
          type: 'Outer',
          mechanism: { handled: false },
          stacktrace: {
            frames: [{ function: 'f', vars: { a: 1 }, formatted: 'at f (f.js:1)' }],
            formatted: 'Outer: last\n    at f (f.js:1)'
          }
        }
      ]
    },
    breadcrumbs: [{ message: 'b' }],
    tags: { a: '1' },
    user: { id: '7' },
    request: null,
    contexts: { os: { name: 'x' } },
    extra: { e: [1] },
    modules: {},
    notes: []
  })
})

t.test('whatever was stored of a valid event has the form that the API promises', async () => {
  fc.assert(
    fc.property(validEvent, event => {
      const prepared = prepare(event)
      if (prepared.kind !== 'prepared') return
      const view = viewOf(prepared.event.payload)
      v.assert(viewSchema, JSON.parse(JSON.stringify(view)))
      markdownOf(view, facts)
    }),
    { numRuns: 300 }
  )
})

t.test('so has anything else that is JSON, or is none', async t => {
  const members = [
    'exception',
    'stacktrace',
    'threads',
    'breadcrumbs',
    'tags',
    'user',
    'request',
    'contexts',
    'extra',
    'sdk',
    'notes',
    'fingerprint',
    'logentry',
    'platform',
    'message',
    'values',
    'frames',
    'type',
    'data',
    'timestamp',
    '__proto__'
  ]
  const hostile = fc.letrec(tie => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.jsonValue({ maxDepth: 1 }),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...members), tie('value'), { maxKeys: 6 })
    )
  })).value
  fc.assert(
    fc.property(hostile, value => {
      const view = viewOf(JSON.stringify(value))
      v.assert(viewSchema, JSON.parse(JSON.stringify(view)))
      markdownOf(view, facts)
    }),
    { numRuns: 500 }
  )
  t.equal(viewOf('no JSON').message, '')
})
