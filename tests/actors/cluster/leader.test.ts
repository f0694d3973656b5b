// Goal: work runs while the lease is held and renewed, and no longer; work that ends by itself hands the lease on.
// Method: a lease that the test grants, a clock that it advances, ticks that it sends; the work is a process under a
// real supervisor.
import t from 'tap'
import { leader } from '../../../actors/cluster/leader.ts'
import { countChildren, processName, startSupervisor, worker, type SupervisorMessage } from '../../../mesh/index.ts'
import type { Pid } from '../../../mesh/types.ts'
import type { Lease } from '../../../services/database/leases.ts'
import { gated, keptLog, node, quiet } from '../support.ts'
import type { LeaderMessage } from '../../../actors/cluster/messages.ts'

type WorkMessage = { type: 'crash' } | { type: 'end' }

function world(t: Parameters<typeof node>[0]) {
  const mesh = node(t)
  const name = processName<SupervisorMessage<Lease>>('work')
  const take = gated<[], Lease | null>()
  const renew = gated<[Lease], boolean>()
  const released: Lease[] = []
  const { log, lines } = keptLog()
  let now = 0
  let working: Pid<WorkMessage> | undefined

  startSupervisor(
    mesh,
    {
      id: 'work',
      strategy: 'simple_one_for_one',
      children: [
        {
          id: 'child',
          restart: 'temporary',
          start: () =>
            worker<WorkMessage, null>({
              init: self => {
                working = self.pid
                return null
              },
              handle: (state, message, self) => {
                if (message.type === 'crash') throw new Error('broken')
                self.exit(self.pid, 'normal')
                return state
              }
            })
        }
      ]
    },
    { name }
  )
  const pid = mesh.spawn(
    leader({
      name: 'test',
      take: take.run,
      renew: renew.run,
      release: async lease => {
        released.push(lease)
      },
      worker: name,
      tickMs: 1_000_000,
      renewMs: 3_000,
      giveUpMs: 6_000,
      restMs: 5_000,
      now: () => now,
      log
    })
  )
  const tick = async (ms = 0): Promise<void> => {
    now += ms
    const message: LeaderMessage = { type: 'tick' }
    mesh.cast(pid, message)
    await quiet(mesh)
  }
  const grant = async (lease: Lease | null): Promise<void> => {
    await quiet(mesh)
    take.last().succeed(lease)
    await quiet(mesh)
  }
  return {
    mesh,
    pid,
    take,
    renew,
    released,
    lines,
    tick,
    grant,
    isWorking: async () => (await countChildren(mesh, name)).active === 1,
    tellWork: async (message: WorkMessage) => {
      if (working !== undefined) mesh.cast(working, message)
      await quiet(mesh)
    }
  }
}

const first: Lease = { name: 'test', holder: 'a', epoch: 1 }
const second: Lease = { name: 'test', holder: 'a', epoch: 2 }

t.test('asks at the start and again while another node has the lease', async t => {
  const { take, grant, tick, isWorking } = world(t)
  await grant(null)
  t.notOk(await isWorking())
  await tick(1_000)
  t.equal(take.calls.length, 2)
  await tick(1_000)
  t.equal(take.calls.length, 2, 'one question at a time')
  await grant(first)
  t.ok(await isWorking())
})

t.test('renews in time, and works on', async t => {
  const { mesh, renew, grant, tick, isWorking } = world(t)
  await grant(first)
  await tick(2_000)
  t.equal(renew.calls.length, 0)
  for (let round = 1; round <= 5; round++) {
    await tick(3_000)
    t.equal(renew.calls.length, round)
    renew.last().succeed(true)
    await quiet(mesh)
  }
  t.ok(await isWorking())
})

t.test('stops its work when it could not renew for too long, whether errors came or nothing did', async t => {
  for (const answers of [true, false]) {
    const { mesh, take, renew, grant, tick, isWorking } = world(t)
    await grant(first)
    await tick(3_000)
    if (answers) renew.last().fail(new Error('away'))
    await quiet(mesh)
    await tick(3_000)
    t.ok(await isWorking())
    await tick(1)
    t.notOk(await isWorking())

    renew.last().succeed(true)
    await quiet(mesh)
    t.notOk(await isWorking(), 'an answer that comes late changes nothing')
    await tick(1_000)
    t.equal(take.calls.length, 2, 'it tries anew')
    await grant(second)
    t.ok(await isWorking())
  }
})

t.test('stops its work when another node has the lease', async t => {
  const { mesh, renew, released, grant, tick, isWorking } = world(t)
  await grant(first)
  await tick(3_000)
  renew.last().succeed(false)
  await quiet(mesh)
  t.notOk(await isWorking())
  t.same(released, [])
})

t.test('a grant that comes too late to be relied upon is not used', async t => {
  const { take, grant, tick, isWorking } = world(t)
  await tick()
  await tick(6_001)
  await grant(first)
  t.notOk(await isWorking())
  await tick()
  t.equal(take.calls.length, 2)
})

t.test('work that ends by itself hands the lease on, and others have the first try', async t => {
  for (const type of ['crash', 'end'] as const) {
    const { take, released, lines, grant, tick, tellWork } = world(t)
    await grant(first)
    await tellWork({ type })
    t.same(released, [first])
    t.equal(lines.filter(line => line.startsWith('error')).length, type === 'crash' ? 1 : 0)
    await tick(4_999)
    t.equal(take.calls.length, 1)
    await tick(1)
    t.equal(take.calls.length, 2)
  }
})

t.test('an outage is logged once and waited for', async t => {
  const { mesh, take, lines, grant, tick, isWorking } = world(t)
  for (let round = 0; round < 3; round++) {
    await tick(1_000)
    take.last().fail(new Error('no connection'))
    await quiet(mesh)
  }
  await tick(1_000)
  await grant(first)
  t.ok(await isWorking())
  t.equal(lines.filter(line => line.startsWith('warn')).length, 1)
  t.ok(lines.some(line => /^info: .*the lease can be read and renewed again/.test(line)))
})

t.test('gives the lease back at an orderly end', async t => {
  const { mesh, pid, released, grant } = world(t)
  await grant(first)
  await mesh.stopProcess(pid, { timeoutMs: 60_000 })
  t.same(released, [first])
})
