// Goal: what code outside every process sees and does; meshes beside each other.
// Method: real meshes, listings compared with what was started.
import t from 'tap'
import { startMesh } from '../../../mesh/index.ts'
import type { Behaviour, ReplyTo } from '../../../mesh/types.ts'
import { node, startProbe, turn } from '../support.ts'

function echo(): Behaviour<ReplyTo<string>, null> {
  return {
    init: () => null,
    handle: (state, replyTo, self) => {
      self.reply(replyTo, `${self.name} ${self.pid.serial}`)
      return state
    }
  }
}

const ask = (replyTo: ReplyTo<string>) => replyTo

t.test('the listing shows every process with its label, names and work', async t => {
  const mesh = node(t)
  const named = mesh.spawn(echo(), { name: 'echo', label: 'an echo' })
  const other = mesh.spawn(echo())
  await mesh.call(named, ask)
  await mesh.call(named, ask)
  await turn()
  t.match(mesh.processes(), [
    {
      pid: named,
      label: 'an echo',
      names: ['echo'],
      state: 'idle',
      handled: 2,
      mailboxLength: 0,
      mailboxOldestMs: 0,
      refused: 0,
      dropped: 0
    },
    { pid: other, label: 'process', names: [], state: 'idle', handled: 0 }
  ])
  t.equal(mesh.processCount(), 2)
  t.equal(mesh.processInfo({ ...other, incarnation: 2 }), undefined)
})

t.test('meshes in one Node.js process share nothing, also under one name', async t => {
  const [one, again] = [node(t, { incarnation: 1 }), node(t, { incarnation: 2 })]
  const [first, second] = [one.spawn(echo(), { name: 'echo' }), again.spawn(echo(), { name: 'echo' })]
  t.equal(first.serial, second.serial)
  t.equal(again.isAlive(first), false, 'a pid of an earlier incarnation is dead')
  await t.rejects(again.call(first, ask), { name: 'ExitError', message: 'noproc' })
  one.stop()
  t.equal(await again.call(second, ask), 'node 1')
})

t.test('an incarnation that nobody gave is the time of the start', async t => {
  const before = Date.now()
  const mesh = startMesh({ name: 'node' })
  t.teardown(mesh.stop)
  t.ok(mesh.incarnation >= before && mesh.incarnation <= Date.now())
  t.throws(() => startMesh({ name: '' }))
})

t.test('a stopped mesh has no processes, takes no mail and starts nothing', async t => {
  const mesh = node(t)
  const pid = mesh.spawn(echo())
  const ended = mesh.exitOf(pid)
  const call = mesh.call(pid, ask)
  mesh.stop()
  mesh.stop()
  t.equal(await ended, 'killed')
  await t.rejects(call, { message: 'killed' })
  t.equal(mesh.processCount(), 0)
  t.equal(mesh.cast(pid, { node: 'node', incarnation: 1, call: 0 }), 'noproc')
  t.throws(() => mesh.spawn(echo()))
})

t.test('a process that ignores an exit is killed when its time is over', async t => {
  const mesh = node(t)
  const stubborn = startProbe(mesh, { trapExits: true })
  t.equal(await mesh.stopProcess(stubborn.pid, { timeoutMs: 5 }), 'killed')
  t.equal(await mesh.stopProcess(stubborn.pid, { timeoutMs: 5 }), 'noproc')
})
