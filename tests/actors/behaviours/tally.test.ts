// Goal: what is told is added up and written once, one write at a time; a failed write loses nothing, and an outage
// fills no memory. Method: `write` is a gate, and the test says when to flush.
import t from 'tap'
import { tally, type TallyMessage, type TallyState } from '../../../actors/behaviours/tally.ts'
import type { Behaviour } from '../../../mesh/types.ts'
import { gated, keptLog, node, quiet } from '../support.ts'

type Entry = { name: string; count: number }
type Message = { type: 'told'; entries: Entry[] } | TallyMessage<Entry>

function startTally(t: Parameters<typeof node>[0]) {
  const mesh = node(t)
  const writes = gated<[Entry[]], void>()
  const { start, add, handle } = tally<Entry, Message>({
    nameOf: ({ name }) => name,
    addTo: (known, { count }) => {
      known.count += count
    },
    write: writes.run,
    flushMs: 1_000_000,
    log: keptLog().log,
    what: 'counts'
  })
  const counter: Behaviour<Message, TallyState<Entry>> = {
    init: start,
    handle: (state, message, self) =>
      message.type === 'told' ? add(state, message.entries) : handle(state, message, self)
  }
  const pid = mesh.spawn(counter)
  const send = async (message: Message) => {
    mesh.cast(pid, message)
    await quiet(mesh)
  }
  return {
    writes,
    flush: () => send({ type: 'flush' }),
    tell: (...entries: [name: string, count: number][]) =>
      send({ type: 'told', entries: entries.map(([name, count]) => ({ name, count })) }),
    end: async (error?: Error) => {
      if (error === undefined) writes.last().succeed()
      else writes.last().fail(error)
      await quiet(mesh)
    }
  }
}

t.test('entries of one name are one, and nothing is not written', async t => {
  const { writes, flush, tell } = startTally(t)
  await flush()
  t.equal(writes.calls.length, 0)
  await tell(['a', 1], ['b', 2], ['a', 3])
  await flush()
  t.same(writes.last().args, [
    [
      { name: 'a', count: 4 },
      { name: 'b', count: 2 }
    ]
  ])
})

t.test('one write runs at a time; what comes meanwhile is written next', async t => {
  const { writes, flush, tell, end } = startTally(t)
  await tell(['a', 1])
  await flush()
  await tell(['a', 2])
  await flush()
  t.equal(writes.calls.length, 1)
  await end()
  await flush()
  t.same(writes.last().args, [[{ name: 'a', count: 2 }]])
})

t.test('what a failed write had is in the next, with what came meanwhile', async t => {
  const { writes, flush, tell, end } = startTally(t)
  await tell(['a', 1])
  await flush()
  await tell(['a', 2], ['b', 1])
  await end(new Error('the database is away'))
  await flush()
  t.same(writes.last().args, [
    [
      { name: 'a', count: 3 },
      { name: 'b', count: 1 }
    ]
  ])
})

t.test('so many wait and no more; those that do are added to all the same', async t => {
  const { writes, flush, tell } = startTally(t)
  await tell(...Array.from({ length: 10_001 }, (_, at): [string, number] => [String(at), 1]))
  await tell(['0', 1], ['10001', 1])
  await flush()
  const [written = []] = writes.last().args
  t.equal(written.length, 10_000)
  t.same(written[0], { name: '0', count: 2 })
})
