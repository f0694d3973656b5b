// Goal: behaviours start on another node, the ones that it allows and no others; links and starts are told; nothing is
// left behind. Method: two nodes of one Node.js process; a clock of the test's own where a time has to pass.
import t from 'tap'
import { worker } from '../../../mesh/index.ts'
import type { ReplyTo } from '../../../mesh/types.ts'
import { passed, testClock, testNode, until } from './node-support.ts'
import type { TestNode, TestNodeOptions } from './node-support.ts'
import { startProbe } from '../support.ts'

type Ask = ReplyTo<string>

const behaviours: NonNullable<TestNodeOptions['behaviours']> = {
  greeter: args => {
    if (typeof args !== 'string') throw new TypeError('a greeter needs a text')
    return worker<Ask, null>({
      init: () => null,
      handle: (state, replyTo, self) => {
        self.reply(replyTo, `${args} from ${self.name}`)
        return state
      }
    })
  },
  crash: () =>
    worker<null, null>({
      init: () => {
        throw new Error('no luck')
      },
      handle: state => state
    }),
  family: () => ({
    id: 'family',
    strategy: 'one_for_one',
    children: [
      { id: 'child', name: 'child', start: () => worker<null, null>({ init: () => null, handle: state => state }) }
    ]
  })
}

async function two(t: Parameters<typeof testNode>[0], options: TestNodeOptions = {}): Promise<[TestNode, TestNode]> {
  const [a, b] = [await testNode(t, 'a', options), await testNode(t, 'b', { behaviours, limits: { spawnedMax: 2 } })]
  await a.node.connect(b.address)
  return [a, b]
}

t.test('a behaviour starts on another node, with arguments, and answers', async t => {
  const [a, b] = await two(t)
  const pid = await a.node.spawnOn<Ask>('b', 'greeter', 'hello')
  t.match(pid, { node: 'b', incarnation: 1 })
  t.equal(await a.mesh.call(pid, (replyTo: Ask) => replyTo), 'hello from b')
  t.equal(b.mesh.processInfo(pid)?.label, 'greeter')
})

t.test('what a node does not allow, refuses or does not know fails', async t => {
  const [a] = await two(t)
  await t.rejects(a.node.spawnOn('b', 'eval', 'x'), {
    name: 'ExitError',
    message: 'NotAllowed: b starts no eval for other nodes'
  })
  await t.rejects(a.node.spawnOn('b', 'toString', 'x'), { message: /NotAllowed/ })
  await t.rejects(a.node.spawnOn('b', 'greeter', 5), { message: 'TypeError: a greeter needs a text' })
  await t.rejects(a.node.spawnOn('c', 'greeter', 'x'), { message: 'noconnection' })
  await t.rejects(a.node.spawnOn('b', 'greeter', 10n ** 30n), { message: /unsendable/ })
})

t.test('a link stands from the first moment, in both directions', async t => {
  const [a, b] = await two(t)
  const probe = startProbe(a.mesh, { trapExits: true })
  const crashing = await a.node.spawnOn('b', 'crash', null, { link: probe.pid })
  await until(() => probe.signals.length === 1)
  t.match(probe.signals, [{ type: 'exit', pid: crashing, reason: { error: { message: 'no luck' } } }])
  const greeter = await a.node.spawnOn('b', 'greeter', 'x', { link: probe.pid, startedTo: probe.pid })
  await until(() => probe.signals.length === 2)
  t.match(probe.signals[1], { type: 'started', pid: greeter })
  const ended = b.mesh.exitOf(greeter)
  a.mesh.exit(probe.pid, 'killed')
  t.same(await ended, { linked: probe.pid, reason: 'killed' })
})

t.test('a supervisor can be started too', async t => {
  const [a, b] = await two(t)
  const probe = startProbe(a.mesh)
  await a.node.spawnOn('b', 'family', null, { startedTo: probe.pid })
  await until(() => probe.signals.length === 1)
  t.equal(b.mesh.processes().filter(({ names }) => names.includes('child')).length, 1)
})

t.test('one node runs so many processes for another', async t => {
  const [a, b] = await two(t)
  const [first] = [await a.node.spawnOn('b', 'greeter', '1'), await a.node.spawnOn('b', 'greeter', '2')]
  await t.rejects(a.node.spawnOn('b', 'greeter', '3'), { message: /TooMany: b runs 2 processes for a already/ })
  b.mesh.exit(first, 'killed')
  t.match(await a.node.spawnOn('b', 'greeter', '3'), { node: 'b' })
})

t.test('a start that takes too long fails, and what comes of it is killed', async t => {
  const clock = testClock()
  const [a, b] = await two(t, { clock })
  const start = a.node.spawnOn('b', 'greeter', 'late', { timeoutMs: 100 })
  clock.advance(100)
  await t.rejects(start, { message: /SpawnTimeout: b did not start greeter within 100 ms/ })
  await passed(a, b)
  await until(() => b.mesh.processCount() === 0)
})

t.test('a start fails with its link', async t => {
  const [a, b] = await two(t)
  const start = a.node.spawnOn('b', 'greeter', 'x')
  a.node.disconnect('b')
  await t.rejects(start, { message: 'noconnection' })
  await b.stop()
})
