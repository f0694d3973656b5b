// Goal: the work runs at the start and at every tick, never twice at a time; an outage is one line in the log and its
// end another. Method: the work is a gate, ticks are sent by the test where the timer does not matter.
import t from 'tap'
import { periodic, type PeriodicMessage, type PeriodicState } from '../../../actors/behaviours/periodic.ts'
import type { Behaviour } from '../../../mesh/types.ts'
import { gated, keptLog, node, quiet, until } from '../support.ts'

const never = 1_000_000

/** Adds up what the work returns; a sum of 9 has nothing to do. */
function startAdder(t: Parameters<typeof node>[0], times: { tickMs?: number; retryMs?: number } = {}) {
  const mesh = node(t)
  const { log, lines } = keptLog()
  const work = gated<[number], number>()
  const { start, handle } = periodic<number, number>({
    work: sum => (sum === 9 ? null : work.run(sum)),
    done: (sum, result) => sum + result,
    tickMs: never,
    failing: 'cannot add',
    working: 'adds again',
    log,
    ...times
  })
  const adder: Behaviour<PeriodicMessage<number>, PeriodicState<number>> = { init: self => start(0, self), handle }
  const pid = mesh.spawn(adder)
  const after = async (act: () => void) => {
    await quiet(mesh)
    act()
    await quiet(mesh)
  }
  return {
    work,
    lines,
    tick: () => after(() => mesh.cast(pid, { type: 'tick' })),
    succeed: (result: number) => after(() => work.last().succeed(result)),
    fail: (text: string) => after(() => work.last().fail(new Error(text)))
  }
}

t.test('the work gets the state that the last result has made, and one runs at a time', async t => {
  const { work, tick, succeed } = startAdder(t)
  await tick()
  await tick()
  t.same(work.last().args, [0])
  t.equal(work.calls.length, 1)
  await succeed(4)
  await tick()
  t.same(work.last().args, [4])
  await succeed(5)
  await tick()
  await tick()
  t.equal(work.calls.length, 2, 'there is nothing to do')
})

t.test('the end of the work sets the timer', async t => {
  const { work, succeed } = startAdder(t, { tickMs: 1 })
  for (let runs = 1; runs <= 3; runs++) {
    await until(() => work.calls.length === runs)
    await succeed(1)
  }
})

t.test('with nothing to do the timer goes on', async t => {
  const mesh = node(t)
  let asked = 0
  const { start, handle } = periodic<null, never>({
    work: () => {
      asked += 1
      return null
    },
    done: own => own,
    tickMs: 1,
    failing: '',
    working: '',
    log: keptLog().log
  })
  mesh.spawn({ init: self => start(null, self), handle } satisfies Behaviour<
    PeriodicMessage<never>,
    PeriodicState<null>
  >)
  await until(() => asked === 3)
})

t.test('each outage is one line, and its end another', async t => {
  const { lines, tick, succeed, fail } = startAdder(t)
  for (const text of ['away', 'still away']) {
    await fail(text)
    await tick()
  }
  await succeed(1)
  await tick()
  await succeed(1)
  t.same(lines, ['warn: cannot add', 'info: adds again'])
  await tick()
  await fail('away once more')
  t.same(lines.slice(2), ['warn: cannot add'])
})

t.test('a failure is retried in its own time', async t => {
  const { work, fail } = startAdder(t, { retryMs: 1 })
  for (let runs = 1; runs <= 3; runs++) {
    await until(() => work.calls.length === runs)
    await fail('away')
  }
})

t.test('a tick before its time takes the place of the one that the timer would send', async t => {
  const { work, tick, succeed, fail } = startAdder(t, { retryMs: 20 })
  await fail('away')
  await tick()
  await succeed(1)
  t.equal(work.calls.length, 2)
  // Its timer is set after the one above was, so it fires after that would have.
  const clock = startAdder(t, { retryMs: 20 })
  await clock.fail('away')
  await until(() => clock.work.calls.length === 2)
  t.equal(work.calls.length, 2)
})
