// Goal: a dashboard that comes back gets exactly what it missed, or hears that something may be missing. Method: single
// cases, then any sequence of additions against a plain list (fast-check).
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { streamLog } from '../../../actors/streaming/stream-log.ts'
import type { StreamEvent } from '../../../schema/stream.ts'

const event = (id: string): StreamEvent => ({
  id,
  issue_id: 'issue',
  title: 'Title',
  culprit: '/cart',
  level: 'error',
  environment: '',
  release: '',
  received_at: '2026-01-01T00:00:00.000Z'
})
const ids = (events: StreamEvent[] | null) => events?.map(({ id }) => id) ?? null

t.test('tells what came after a position', async t => {
  const log = streamLog('run', { eventsMax: 10, ageMsMax: 1_000 })
  const start = log.position()
  const first = log.add([event('a'), event('b')], 0)
  log.add([event('c')], 1)
  t.same(ids(log.after(start)), ['a', 'b', 'c'])
  t.same(ids(log.after(first)), ['c'])
  t.same(ids(log.after(log.position())), [])
})

t.test('what is too old, too far back, of another run or no position at all is a gap', async t => {
  const log = streamLog('run', { eventsMax: 3, ageMsMax: 1_000 })
  const start = log.position()
  const first = log.add([event('a')], 0)
  log.add([event('b'), event('c'), event('d')], 1)
  t.equal(log.after(start), null, 'one of four had to go')
  t.same(ids(log.after(first)), ['b', 'c', 'd'])
  log.add([event('e')], 2_000)
  t.equal(log.after(first), null, 'b, c and d are too old')
  for (const other of ['other-1', 'run-9', 'run-', 'run--1', '', 'run-1e3', '-1', 'run-99999999999999999999']) {
    t.equal(log.after(other), null, other)
  }
})

t.test('resumes exactly, whatever the bounds', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 60 }),
      fc.integer({ min: 1, max: 100 }),
      async (sizes, eventsMax) => {
        const log = streamLog('run', { eventsMax, ageMsMax: Infinity })
        const all: string[] = []
        const positions = [log.position()]
        for (const size of sizes) {
          const events = Array.from({ length: size }, (_, index) => event(String(all.length + index)))
          all.push(...events.map(({ id }) => id))
          positions.push(log.add(events, 0))
        }
        let seen = 0
        for (const [index, position] of positions.entries()) {
          const missed = ids(log.after(position))
          const expected = all.slice(seen)
          assert.deepEqual(missed, expected.length > eventsMax ? null : expected)
          seen += sizes[index] ?? 0
        }
      }
    )
  )
})
