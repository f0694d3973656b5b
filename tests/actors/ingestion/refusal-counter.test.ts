// Goal: every refusal reaches the database once, added up by project, reason and hour, however long the database is
// away. Method: `write` is a gate; the test says when to flush and what hour it is.
import t from 'tap'
import { refusalCounter, type RefusalCounterOptions } from '../../../actors/ingestion/refusal-counter.ts'
import { gated, keptLog, node, quiet } from '../support.ts'
import type { RefusalCounterMessage } from '../../../actors/ingestion/messages.ts'

function startCounter(t: Parameters<typeof node>[0]) {
  const mesh = node(t)
  const writes = gated<Parameters<RefusalCounterOptions['write']>, void>()
  const reported: [string, number][] = []
  let hour = 0
  const counter = mesh.spawn(
    refusalCounter({
      write: writes.run,
      hour: () => hour,
      report: { refused: (reason, count) => reported.push([reason, count]) },
      flushMs: 1_000_000,
      log: keptLog().log
    })
  )
  const tell = async (message: RefusalCounterMessage) => {
    mesh.cast(counter, message)
    await quiet(mesh)
  }
  return {
    writes,
    reported,
    flush: () => tell({ type: 'flush' }),
    refuse: (projectId: number, reason: 'invalid' | 'rate_limited', count: number) =>
      tell({ type: 'refused', refusals: [{ projectId, reason, count }] }),
    count: (projectId: number, reason: string, count: number) =>
      tell({ type: 'counted', items: [{ projectId, outcome: 'ignored', reason, count }] }),
    atHour: (next: number) => {
      hour = next
    },
    end: async (error?: Error) => {
      if (error === undefined) writes.last().succeed()
      else writes.last().fail(error)
      await quiet(mesh)
    }
  }
}

t.test('adds up by project, hour and reason, and writes what there is', async t => {
  const { writes, reported, flush, refuse, atHour } = startCounter(t)
  await flush()
  t.equal(writes.calls.length, 0, 'nothing is not written')
  await refuse(1, 'invalid', 2)
  await refuse(1, 'invalid', 3)
  await refuse(2, 'invalid', 1)
  await refuse(1, 'rate_limited', 1)
  atHour(3_600_000)
  await refuse(1, 'invalid', 7)
  await flush()
  t.same(writes.last().args, [
    [
      { projectId: 1, outcome: 'refused', reason: 'invalid', count: 5, hour: 0 },
      { projectId: 2, outcome: 'refused', reason: 'invalid', count: 1, hour: 0 },
      { projectId: 1, outcome: 'refused', reason: 'rate_limited', count: 1, hour: 0 },
      { projectId: 1, outcome: 'refused', reason: 'invalid', count: 7, hour: 3_600_000 }
    ]
  ])
  t.equal(reported.length, 5, 'the figures of the node are told at once')
})

t.test('an outage loses nothing and reports nothing twice', async t => {
  const { writes, reported, flush, refuse, end } = startCounter(t)
  for (let round = 0; round < 3; round++) {
    await refuse(1, 'invalid', 1)
    await flush()
    await end(new Error('the connection was refused'))
  }
  await flush()
  t.match(writes.last().args, [[{ count: 3 }]])
  t.equal(reported.length, 3)
})

t.test('what was ignored is counted beside what was refused, and is no refusal', async t => {
  const { writes, reported, flush, refuse, count } = startCounter(t)
  await refuse(1, 'invalid', 1)
  await count(1, 'invalid', 2)
  await count(1, 'session', 3)
  await count(1, 'session', 4)
  await flush()
  t.same(writes.last().args, [
    [
      { projectId: 1, outcome: 'refused', reason: 'invalid', count: 1, hour: 0 },
      { projectId: 1, outcome: 'ignored', reason: 'invalid', count: 2, hour: 0 },
      { projectId: 1, outcome: 'ignored', reason: 'session', count: 7, hour: 0 }
    ]
  ])
  t.same(reported, [['invalid', 1]])
})
