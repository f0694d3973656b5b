// Goal: what code outside every process sees and does; meshes beside each other; a hundred thousand processes.
// Method: real meshes, listings compared with what was started.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { startMesh, startChild, startSupervisor } from '../../mesh/index.ts'
import type { Behaviour, ReplyTo } from '../../mesh/types.ts'
import { node, startProbe, turn, until } from './support.ts'
import { child } from './supervisor-support.ts'

function echo (): Behaviour<ReplyTo<string>, null> {
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
    { pid: named, label: 'an echo', names: ['echo'], state: 'idle', handled: 2, mailboxLength: 0, mailboxOldestMs: 0, refused: 0, dropped: 0 },
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
  t.equal(mesh.cast(pid, { node: 'node', call: 0 }), 'noproc')
  t.throws(() => mesh.spawn(echo()))
})

t.test('a process that ignores an exit is killed when its time is over', async t => {
  const mesh = node(t)
  const stubborn = startProbe(mesh, { trapExits: true })
  t.equal(await mesh.stopProcess(stubborn.pid, { timeoutMs: 5 }), 'killed')
  t.equal(await mesh.stopProcess(stubborn.pid, { timeoutMs: 5 }), 'noproc')
})

t.test('a hundred thousand processes live, answer, and end together', async t => {
  const mesh = node(t)
  const count = 100_000
  const watcher = startProbe(mesh, { trapExits: true })
  const pids = Array.from({ length: count }, () => mesh.spawn(echo()))
  const answers = await Promise.all(pids.filter((_, index) => index % 100 === 0).map(pid => mesh.call(pid, ask, 60_000)))
  t.equal(new Set(answers).size, count / 100)
  t.equal(mesh.processCount(), count + 1)
  await watcher.run(self => { for (const pid of pids) self.monitor(pid) })
  for (const pid of pids) mesh.exit(pid, 'shutdown')
  await until(() => watcher.signals.length === count)
  t.equal(mesh.processCount(), 1)
})

t.test('thousands of children of one supervisor come and go without slowing it down', async t => {
  const mesh = node(t)
  const count = 5_000
  const log: string[] = []
  const pool = startSupervisor<number>(mesh, { id: 'pool', strategy: 'simple_one_for_one', children: [{ id: 'w', restart: 'temporary', start: n => child(log, `${n}`) }] })
  const pids = await Promise.all(Array.from({ length: count }, (_, n) => startChild(mesh, pool, n)))
  for (const pid of pids.slice(0, count / 2)) mesh.exit(pid, 'killed')
  await until(() => mesh.processCount() === 1 + count / 2)
  await mesh.stopProcess(pool, { timeoutMs: 60_000 })
  t.equal(mesh.processCount(), 0)
  t.equal(log.filter(line => line.startsWith('stop')).length, count / 2)
})

t.test('processes that have come and gone leave no memory behind, whatever they had to do with one that stays', async t => {
  setFlagsFromString('--expose-gc')
  const collectGarbage: unknown = runInNewContext('gc')
  const mesh = node(t)
  const stays = startProbe(mesh, { trapExits: true })
  const round = async () => {
    for (let n = 0; n < 2_000; n++) {
      mesh.spawn<null, null>({
        init: self => {
          self.monitor(stays.pid)
          self.link(stays.pid)
          self.register('passing')
          self.sendAfter(null, 60_000)
          self.call(stays.pid, replyTo => ({ act: () => {}, replyTo })).catch(() => {})
          self.exit(self.pid, 'normal')
          return null
        },
        handle: state => state
      })
    }
    await until(() => mesh.processCount() === 1)
    let reminders = 0
    await stays.run(self => {
      const message = { act: () => { reminders += 1 }, replyTo: { node: 'node', call: 0 } }
      for (let n = 0; n < 2_000; n++) self.sendAfter(message, 0)
    })
    await until(() => reminders === 2_000)
    stays.signals.length = 0
    if (typeof collectGarbage === 'function') collectGarbage()
    return process.memoryUsage().heapUsed / 2 ** 20
  }
  for (let warmUp = 0; warmUp < 3; warmUp++) await round()
  const before = await round()
  for (let n = 0; n < 10; n++) await round()
  const grownMb = await round() - before
  t.ok(grownMb < 1, `grew by ${grownMb.toFixed(2)} MB`)
})

t.test('a crash storm of thousands of processes is reported one by one and leaves nothing behind', async t => {
  let reports = 0
  const mesh = node(t, { onCrash: () => { reports += 1 } })
  const count = 3_000
  const pids = Array.from({ length: count }, () => mesh.spawn<null, null>({ init: () => null, handle: () => { throw new Error('storm') } }))
  for (const pid of pids) mesh.cast(pid, null)
  await until(() => mesh.processCount() === 0)
  await turn()
  t.equal(reports, count)
})
