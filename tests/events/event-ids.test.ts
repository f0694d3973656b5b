// Goal: ids that say when an event was received, and that a request gets again when it is processed again.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { version, validate } from 'uuid'
import { eventIdAt, mintBulkSeed, mintEventId, receivedAtOf } from '../../events/event-ids.ts'
import { limits } from '../../schema/limits.ts'

t.test('an id is a UUIDv7 and holds its millisecond', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), ms => {
      const id = mintEventId(ms)
      assert.ok(validate(id), id)
      assert.equal(version(id), 7)
      assert.equal(receivedAtOf(id), ms)
      assert.equal(id, id.toLowerCase())
    })
  )
})

t.test('ids of one millisecond differ', async t => {
  t.equal(new Set(Array.from({ length: 10_000 }, () => mintEventId(1_000))).size, 10_000)
})

t.test('the events of a request have ids of their own, all of one time, always the same', async t => {
  const seed = mintBulkSeed(1_795_440_000_000)
  const ids = Array.from({ length: limits.bulkEventsMax }, (_, index) => eventIdAt(seed, index))
  t.equal(ids[0], seed)
  t.equal(new Set(ids).size, ids.length)
  t.ok(ids.every(id => validate(id) && receivedAtOf(id) === 1_795_440_000_000))
  t.same(ids, [...ids].sort())
  t.equal(eventIdAt(seed, 999), ids[999])
})

t.test('a seed that leaves no room is a mistake of ours', async t => {
  t.throws(() => eventIdAt('01a2089c-682f-7d29-85cd-9e7a34baffff', 1))
})
