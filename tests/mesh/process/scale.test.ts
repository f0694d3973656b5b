// Goal: the number of processes costs nothing but memory: a hundred thousand live, thousands have one supervisor or
// crash at once. Method: real processes in these numbers; what is left in the end is counted.
import t from 'tap'
import { startChild, startSupervisor } from '../../../mesh/index.ts'
import type { Behaviour, ReplyTo } from '../../../mesh/types.ts'
import { node, startProbe, turn, until } from '../support.ts'
import { child } from '../supervisor/supervisor-support.ts'

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

t.test('a hundred thousand processes live, answer, and end together', async t => {
  const mesh = node(t)
  const count = 100_000
  const watcher = startProbe(mesh, { trapExits: true })
  const pids = Array.from({ length: count }, () => mesh.spawn(echo()))
  const answers = await Promise.all(
    pids.filter((_, index) => index % 100 === 0).map(pid => mesh.call(pid, ask, 60_000))
  )
  t.equal(new Set(answers).size, count / 100)
  t.equal(mesh.processCount(), count + 1)
  await watcher.run(self => {
    for (const pid of pids) self.monitor(pid)
  })
  for (const pid of pids) mesh.exit(pid, 'shutdown')
  await until(() => watcher.signals.length === count)
  t.equal(mesh.processCount(), 1)
})

t.test('thousands of children of one supervisor come and go without slowing it down', async t => {
  const mesh = node(t)
  const count = 5_000
  const log: string[] = []
  const pool = startSupervisor<number>(mesh, {
    id: 'pool',
    strategy: 'simple_one_for_one',
    children: [{ id: 'w', restart: 'temporary', start: n => child(log, `${n}`) }]
  })
  const pids = await Promise.all(Array.from({ length: count }, (_, n) => startChild(mesh, pool, n)))
  for (const pid of pids.slice(0, count / 2)) mesh.exit(pid, 'killed')
  await until(() => mesh.processCount() === 1 + count / 2)
  await mesh.stopProcess(pool, { timeoutMs: 60_000 })
  t.equal(mesh.processCount(), 0)
  t.equal(log.filter(line => line.startsWith('stop')).length, count / 2)
})

t.test('a crash storm of thousands of processes is reported one by one and leaves nothing behind', async t => {
  let reports = 0
  const mesh = node(t, {
    onCrash: () => {
      reports += 1
    }
  })
  const count = 3_000
  const pids = Array.from({ length: count }, () =>
    mesh.spawn<null, null>({
      init: () => null,
      handle: () => {
        throw new Error('storm')
      }
    })
  )
  for (const pid of pids) mesh.cast(pid, null)
  await until(() => mesh.processCount() === 0)
  await turn()
  t.equal(reports, count)
})
