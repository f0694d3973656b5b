// Goal: a child on another node is to its supervisor what any child is: it starts, crashes, is restarted, stopped, and
// lost with its node. Method: a supervisor on one node, children on others by way of a stand-in; a proxy that cuts.
import t from 'tap'
import {
  processName,
  remoteChild,
  startSupervisor,
  terminateChild,
  whenStarted,
  whichChildren,
  worker
} from '../../../mesh/index.ts'
import type { LocalMesh } from '../../../mesh/index.ts'
import type { ChildSpec, ReplyTo } from '../../../mesh/types.ts'
import { proxy } from '../../support/proxy.ts'
import { linkedNodes, testNode, until } from './node-support.ts'
import type { TestNode, TestNodeOptions } from './node-support.ts'

type Ask = { what: 'where'; replyTo: ReplyTo<string> } | { what: 'crash' }

const service = processName<Ask>('service')
const ended: string[] = []

const behaviours: NonNullable<TestNodeOptions['behaviours']> = {
  service: () =>
    worker<Ask, null>({
      init: () => null,
      handle: (state, ask, self) => {
        if (ask.what === 'crash') throw new Error('crash on purpose')
        self.reply(ask.replyTo, self.name)
        return state
      },
      terminate: (_, reason) => {
        ended.push(JSON.stringify(reason))
      }
    }),
  stillborn: () =>
    worker<Ask, null>({
      init: () => {
        throw new Error('no luck')
      },
      handle: state => state
    })
}

const where = (mesh: LocalMesh): Promise<string> =>
  mesh.call(service, (replyTo: ReplyTo<string>) => ({ what: 'where' as const, replyTo }))
const alive = ({ mesh }: TestNode): number => mesh.processCount()

function child({ node }: TestNode, on: () => string | undefined, behaviour = 'service'): ChildSpec {
  return {
    id: 'service',
    name: 'service',
    start: () => remoteChild({ spawnOn: node.spawnOn, node: on, behaviour, args: null })
  }
}

t.test('it starts, gets its mail by the local name, and is stopped in order', async t => {
  const [a, b] = (await linkedNodes(t, ['a', 'b'], { behaviours })) as [TestNode, TestNode]
  const supervisor = startSupervisor(a.mesh, { id: 'top', strategy: 'one_for_one', children: [child(a, () => 'b')] })
  await whenStarted(a.mesh, supervisor)
  t.equal(await where(a.mesh), 'b')
  t.match(await whichChildren(a.mesh, supervisor), [{ id: 'service', state: 'running' }])
  ended.length = 0
  t.equal(await terminateChild(a.mesh, supervisor, 'service'), true)
  t.same(ended, ['"shutdown"'], 'its terminate ran')
  t.equal(alive(b), 0)
})

t.test('a crash there is a crash here: the child is restarted', async t => {
  const [a, b] = (await linkedNodes(t, ['a', 'b'], { behaviours })) as [TestNode, TestNode]
  const supervisor = startSupervisor(a.mesh, { id: 'top', strategy: 'one_for_one', children: [child(a, () => 'b')] })
  await whenStarted(a.mesh, supervisor)
  const [first] = b.mesh.processes()
  a.mesh.cast(service, { what: 'crash' })
  await until(() => b.mesh.processes().some(({ pid }) => pid.serial !== first?.pid.serial))
  t.equal(await where(a.mesh), 'b')
  t.match(await whichChildren(a.mesh, supervisor), [{ restarts: 1 }])
})

t.test('the loss of its node restarts it elsewhere, and the old one ends too', async t => {
  const a = await testNode(t, 'a', { behaviours })
  const between = await proxy(t, () => a.address)
  const b = await testNode(t, 'b', { behaviours })
  const c = await testNode(t, 'c', { behaviours, advertise: '127.0.0.1:1' })
  await c.node.connect(a.address)
  await b.node.connect(between.address)
  await until(() => a.node.list().length === 2)
  const nodes = (): string | undefined =>
    a.node
      .list()
      .map(({ name }) => name)
      .sort()[0]
  const supervisor = startSupervisor(a.mesh, { id: 'top', strategy: 'one_for_one', children: [child(a, nodes)] })
  await whenStarted(a.mesh, supervisor)
  t.equal(await where(a.mesh), 'b')
  await b.node.stop()
  await until(() => alive(b) === 0)
  await until(() => alive(c) === 1)
  t.equal(await where(a.mesh), 'c')
})

t.test('killing the stand-in ends the process there', async t => {
  const [a, b] = (await linkedNodes(t, ['a', 'b'], { behaviours })) as [TestNode, TestNode]
  const supervisor = startSupervisor(a.mesh, { id: 'top', strategy: 'one_for_one', children: [child(a, () => 'b')] })
  await whenStarted(a.mesh, supervisor)
  const [there] = b.mesh.processes()
  const standIn = a.mesh.whereis(service)
  if (there === undefined || standIn === undefined) throw new Error('both must be there')
  const reason = b.mesh.exitOf(there.pid)
  a.mesh.exit(standIn, 'killed')
  t.match(await reason, { linked: standIn, reason: 'killed' })
})

t.test("a start that fails there, is not allowed, or has nowhere to go fails the supervisor's start", async t => {
  const [a] = (await linkedNodes(t, ['a', 'b'], { behaviours })) as [TestNode, TestNode]
  const cases: [string, () => string | undefined, RegExp][] = [
    ['stillborn', () => 'b', /no luck/],
    ['unknown', () => 'b', /NotAllowed/],
    ['service', () => undefined, /noconnection/]
  ]
  for (const [behaviour, on, message] of cases) {
    const supervisor = startSupervisor(a.mesh, {
      id: 'top',
      strategy: 'one_for_one',
      children: [child(a, on, behaviour)]
    })
    await t.rejects(whenStarted(a.mesh, supervisor), { message }, behaviour)
  }
})

t.test('mail that comes before the process there is up waits for it', async t => {
  const [a] = (await linkedNodes(t, ['a', 'b'], { behaviours })) as [TestNode, TestNode]
  const supervisor = startSupervisor(a.mesh, { id: 'top', strategy: 'one_for_one', children: [child(a, () => 'b')] })
  await until(() => a.mesh.whereis(service) !== undefined)
  t.equal(await where(a.mesh), 'b')
  await whenStarted(a.mesh, supervisor)
})
