// Goal: one owner of a name for all nodes that are linked, the same on each; the losers stand by; a split heals into
// one owner. Method: nodes of one Node.js process with clocks of the test's own, so that it is known who wins.
import t from 'tap'
import { processName } from '../../../mesh/index.ts'
import { proxy } from '../../support/proxy.ts'
import { linkedNodes, passed, testClock, testNode, until } from './node-support.ts'
import type { TestNode } from './node-support.ts'
import { startProbe } from '../support.ts'

const leader = processName<never>('leader')
const ownerOn = ({ node }: TestNode): string | undefined => node.names.whereis(leader)?.node

t.test('a name is known on every node, and on one that comes later', async t => {
  const [a, b] = (await linkedNodes(t, ['a', 'b'])) as [TestNode, TestNode]
  const probe = startProbe(a.mesh)
  t.equal(a.node.names.register('leader', probe.pid), true)
  t.equal(a.node.names.register('leader', probe.pid), true, 'registering twice is registering once')
  t.same(a.node.names.whereis(leader), probe.pid)
  await until(() => ownerOn(b) === 'a')
  const c = await testNode(t, 'c')
  await c.node.connect(b.address)
  await until(() => ownerOn(c) === 'a')
  t.same(c.node.names.list(), [{ name: 'leader', owner: probe.pid }])
  a.node.names.unregister('leader', probe.pid)
  await until(() => [a, b, c].every(node => ownerOn(node) === undefined))
  await probe.flush()
  t.same(probe.signals, [])
  t.throws(() => a.node.names.register('', probe.pid))
  t.throws(() => b.node.names.register('leader', probe.pid), 'a node claims for its own processes')
})

t.test('who comes later stands by, and is told when its turn has come', async t => {
  const [a, b, c] = (await linkedNodes(t, ['a', 'b', 'c'])) as [TestNode, TestNode, TestNode]
  const [first, second, third] = [startProbe(c.mesh), startProbe(a.mesh), startProbe(b.mesh)]
  c.node.names.register('leader', first.pid)
  await until(() => ownerOn(a) === 'c')
  t.equal(a.node.names.register('leader', second.pid), false)
  await passed(a, b)
  t.equal(b.node.names.register('leader', third.pid), false)
  await passed(b, a)
  await passed(b, c)

  c.mesh.exit(first.pid, 'killed')
  await until(() => [a, b, c].every(node => ownerOn(node) === 'a'))
  await until(() => second.signals.length === 1)
  t.same(second.signals, [{ type: 'name_won', name: 'leader', owner: second.pid }])
  await a.stop()
  await until(() => ownerOn(b) === 'b' && ownerOn(c) === 'b')
  await until(() => third.signals.length === 1)
  t.same(third.signals, [{ type: 'name_won', name: 'leader', owner: third.pid }])
})

t.test('a process that ends frees its names, two processes of one node are in order too', async t => {
  const [a, b] = (await linkedNodes(t, ['a', 'b'])) as [TestNode, TestNode]
  const [one, two] = [startProbe(a.mesh), startProbe(a.mesh)]
  t.equal(a.node.names.register('leader', one.pid), true)
  t.equal(a.node.names.register('leader', two.pid), false)
  a.node.names.register('other', one.pid)
  a.mesh.exit(one.pid, 'killed')
  t.same(a.node.names.list(), [{ name: 'leader', owner: two.pid }])
  await passed(a, b)
  t.same(b.node.names.list(), a.node.names.list())
})

t.test('after a split the claim that was first wins on every node, and the loser is told', async t => {
  const clocks = [testClock(), testClock()] as const
  const [first, second] = clocks
  second.advance(1_000)
  const a = await testNode(t, 'a', { clock: second })
  const between = await proxy(t, () => a.address)
  const b = await testNode(t, 'b', { clock: first })
  const [here, there] = [startProbe(a.mesh), startProbe(b.mesh)]
  t.equal(a.node.names.register('leader', here.pid), true)
  t.equal(b.node.names.register('leader', there.pid), true, 'apart, each owns it')
  await b.node.connect(between.address)
  await until(() => ownerOn(a) === 'b' && ownerOn(b) === 'b')
  await until(() => here.signals.length === 1)
  t.same(here.signals, [{ type: 'name_lost', name: 'leader', owner: there.pid }])

  between.cut()
  await until(() => ownerOn(a) === 'a' && ownerOn(b) === 'b')
  await until(() => here.signals.length === 2)
  t.same(here.signals[1], { type: 'name_won', name: 'leader', owner: here.pid })
  t.same(there.signals, [], 'the owner heard nothing of it all')
})

t.test(
  'with equal times the lesser node wins; a claim in sight is never overtaken by a clock that is behind',
  async t => {
    const clock = testClock()
    const timing = { heartbeatMs: 3_600_000 }
    const [a, b] = await Promise.all([testNode(t, 'a', { clock, timing }), testNode(t, 'b', { clock, timing })])
    const [here, there] = [startProbe(a.mesh), startProbe(b.mesh)]
    b.node.names.register('leader', there.pid)
    a.node.names.register('leader', here.pid)
    await b.node.connect(a.address)
    await until(() => ownerOn(a) === 'a' && ownerOn(b) === 'a')

    clock.advance(60_000)
    b.node.names.register('late', there.pid)
    await passed(b, a)
    const behind = await testNode(t, 'behind', { clock: testClock() })
    await behind.node.connect(a.address)
    await until(() => behind.node.names.whereis(processName('late'))?.node === 'b')
    t.equal(behind.node.names.register('late', startProbe(behind.mesh).pid), false)
  }
)

t.test('mail goes to the owner by its name', async t => {
  const [a, b] = (await linkedNodes(t, ['a', 'b'])) as [TestNode, TestNode]
  const received: string[] = []
  const inbox = processName<string>('inbox')
  const pid = b.mesh.spawn<string, null>({
    init: () => null,
    handle: (state, text) => {
      received.push(text)
      return state
    }
  })
  b.node.names.register(inbox, pid)
  await until(() => a.node.names.whereis(inbox) !== undefined)
  const owner = a.node.names.whereis(inbox)
  if (owner !== undefined) a.mesh.cast(owner, 'hello')
  await until(() => received.length === 1)
  t.same(received, ['hello'])
})
