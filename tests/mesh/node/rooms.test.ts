// Goal: what is published in a room reaches every member once, costs one frame for each node that has members, and none
// for others. Method: nodes of one Node.js process, members that keep what they got, the links' own counts of items.
import t from 'tap'
import { processName } from '../../../mesh/index.ts'
import type { Pid } from '../../../mesh/types.ts'
import { linkedNodes, passed, until } from './node-support.ts'
import type { TestNode } from './node-support.ts'

const room = processName<string>('stream')

function member({ mesh, node }: TestNode): { pid: Pid<string>; got: string[] } {
  const got: string[] = []
  const pid = mesh.spawn<string, null>({
    init: () => null,
    handle: (state, text) => {
      got.push(text)
      return state
    }
  })
  node.rooms.join(room, pid)
  return { pid, got }
}

const sentTo = ({ node }: TestNode, name: string): number =>
  node.links().find(link => link.node.name === name)?.sentItems ?? NaN

t.test('every member gets it once, from any publisher, in order', async t => {
  const [a, b, c] = (await linkedNodes(t, ['a', 'b', 'c'])) as [TestNode, TestNode, TestNode]
  const members = [member(a), member(a), member(b), member(b)]
  const twice = members[0]
  if (twice !== undefined) a.node.rooms.join(room, twice.pid)
  await passed(b, a)
  await passed(a, c)
  await passed(b, c)
  for (let n = 0; n < 50; n++) t.same(c.node.rooms.publish(room, `c${n}`), [])
  await until(() => members.every(({ got }) => got.length === 50))
  for (const { got } of members) {
    t.same(
      got,
      Array.from({ length: 50 }, (_, n) => `c${n}`)
    )
  }
  if (twice !== undefined) a.node.rooms.publish(room, 'but one', { except: twice.pid })
  await until(() => members.filter(({ got }) => got.length === 51).length === 3)
  t.equal(twice?.got.length, 50)
  t.same(
    a.node.rooms.members(room),
    members.slice(0, 2).map(({ pid }) => pid)
  )
})

t.test('a message goes once to a node with members, and not to others', async t => {
  // Without signs of life, which are items too.
  const [a, b, c] = (await linkedNodes(t, ['a', 'b', 'c'], { timing: { heartbeatMs: 3_600_000 } })) as [
    TestNode,
    TestNode,
    TestNode
  ]
  const members = [member(b), member(b), member(b)]
  await passed(b, a)
  const before = { b: sentTo(a, 'b'), c: sentTo(a, 'c') }
  for (let n = 0; n < 10; n++) a.node.rooms.publish(room, `${n}`)
  await until(() => members.every(({ got }) => got.length === 10))
  t.equal(sentTo(a, 'b') - before.b, 10)
  t.equal(sentTo(a, 'c') - before.c, 0)
  t.same(c.node.rooms.members(room), [])
})

t.test('who leaves or ends gets nothing more, and the last one takes the interest with it', async t => {
  const [a, b] = (await linkedNodes(t, ['a', 'b'])) as [TestNode, TestNode]
  const [one, two] = [member(b), member(b)]
  b.node.rooms.leave(room, one.pid)
  b.node.rooms.leave(room, one.pid)
  await passed(b, a)
  a.node.rooms.publish(room, 'first')
  await until(() => two.got.length === 1)
  b.mesh.exit(two.pid, 'killed')
  await passed(b, a)
  const before = sentTo(a, 'b')
  a.node.rooms.publish(room, 'second')
  t.equal(sentTo(a, 'b'), before)
  t.same([one.got, two.got], [[], ['first']])
  t.same(b.node.rooms.members(room), [])
})

t.test('a room without members, a full member and a message that cannot be sent', async t => {
  const [a, b] = (await linkedNodes(t, ['a', 'b'], { limits: { roomsMax: 2 } })) as [TestNode, TestNode]
  t.same(a.node.rooms.publish(room, 'nobody'), [])
  const full = b.mesh.spawn<string, null>(
    { init: () => new Promise<null>(() => {}), handle: state => state },
    { mailbox: { max: 1, overflow: 'refuse' } }
  )
  b.node.rooms.join(room, full)
  await passed(b, a)
  a.node.rooms.publish(room, 'one')
  a.node.rooms.publish(room, 'two')
  await until(() => b.deadLetters.length === 1)
  t.match(b.deadLetters, [{ message: 'two', why: 'refused' }])
  const circular: unknown[] = []
  circular.push(circular)
  t.same(a.node.rooms.publish<unknown>(processName<unknown>('stream'), circular), ['b'])
  await until(() => a.deadLetters.length === 1)
  t.match(a.deadLetters, [{ why: 'unsendable', to: 'stream on b' }])
  b.node.rooms.join(processName<string>('another'), full)
  t.throws(() => b.node.rooms.join(processName<string>('one too many'), full))
})

t.test('a node that comes back hears of the rooms anew', async t => {
  const [a, b] = (await linkedNodes(t, ['a', 'b'], { timing: { redialMsMin: 1, redialMsMax: 2 } })) as [
    TestNode,
    TestNode
  ]
  const { got } = member(b)
  a.node.disconnect('b')
  t.same(a.node.rooms.publish(room, 'into the gap'), [])
  await until(() => a.node.list().length === 1 && b.node.list().length === 1)
  await passed(b, a)
  a.node.rooms.publish(room, 'after it')
  await until(() => got.length === 1)
  t.same(got, ['after it'])
})
