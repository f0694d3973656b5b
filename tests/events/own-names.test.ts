// Goal: what a row keeps of an event's title and culprit gives exactly these back, however title and message relate,
// and what is stored of any event gives them too. Method: random valid events through the real preparation.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { keptTitle, namesOf, namesOfPayload } from '../../events/own-names.ts'
import { messageCharsInLists } from '../../schema/api/events.ts'
import { prepare, prepared, receivedAt, validEvent } from '../support/events.ts'

t.test('rows and payloads give the title and the culprit of any event', async () => {
  fc.assert(
    fc.property(validEvent, event => {
      const result = prepare(event)
      if (result.kind !== 'prepared') return
      const { title, culprit, message, payload } = result.event
      const row = { title: keptTitle({ title, message }), culprit, message: message.slice(0, messageCharsInLists) }
      assert.deepEqual(namesOf(row), { title, culprit })
      assert.deepEqual(namesOfPayload(payload, receivedAt), { title, culprit })
    }),
    { numRuns: 500 }
  )
})

t.test('the title is kept where the message does not say it', async t => {
  const kept = (event: unknown) => keptTitle(prepared(event))
  const exception = { type: 'Broke', value: 'no money\nat all' }
  t.equal(kept({ message: 'Order 5 failed\nsee the log' }), null)
  t.equal(kept({ exception }), null)
  t.equal(kept({ message: 'Payment failed', exception }), 'Broke: no money')
})

t.test('a row that is older than its columns has no names, and what is no event neither', async t => {
  t.equal(namesOf({ title: null, culprit: null, message: 'm' }), null)
  for (const payload of ['', '[]', '{"exception":7}', '{"stacktrace":{"frames":[null]}}']) {
    t.equal(namesOfPayload(payload, receivedAt), null, payload)
  }
})
