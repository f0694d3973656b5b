// Goal: a crash spreads over links exactly as promised: mutual, once, stopped by trapping and by unlink.
// Method: probes linked in all ways, killed from outside; a flush tells that nothing more is under way.
import t from 'tap'
import type { ExitReason } from '../../../mesh/types.ts'
import { gate, node, startProbe, turn, until } from '../support.ts'

t.test('the end of either side of a link ends the other, which names the link and the cause', async t => {
  for (const side of ['who linked', 'who was linked'] as const) {
    const mesh = node(t)
    const [a, b] = [startProbe(mesh), startProbe(mesh)]
    await a.run(self => self.link(b.pid))
    const [dies, follows] = side === 'who linked' ? [a, b] : [b, a]
    const ended = mesh.exitOf(follows.pid)
    mesh.exit(dies.pid, { error: { name: 'Error', message: 'first' } })
    const reason: ExitReason = { linked: dies.pid, reason: { error: { name: 'Error', message: 'first' } } }
    t.same(await ended, reason)
    t.same(follows.reasons, [JSON.stringify(reason)], 'it ends in order: terminate runs')
  }
})

t.test('normal ends nobody else, shutdown and killed do', async t => {
  for (const [reason, ends] of [
    ['normal', false],
    ['shutdown', true],
    ['killed', true]
  ] as const) {
    const mesh = node(t)
    const [a, b] = [startProbe(mesh), startProbe(mesh)]
    const self = await a.run(self => {
      self.link(b.pid)
      return self
    })
    const ended = mesh.exitOf(a.pid)
    self.exit(a.pid, reason)
    await ended
    await turn()
    t.equal(mesh.isAlive(b.pid), !ends, reason)
  }
})

t.test('who traps exits gets the reason as a signal instead, once, for each link it has', async t => {
  const mesh = node(t)
  const [a, b, trapping] = [startProbe(mesh), startProbe(mesh), startProbe(mesh, { trapExits: true })]
  await trapping.run(self => {
    self.link(a.pid)
    self.link(a.pid)
    self.link(b.pid)
  })
  mesh.exit(a.pid, 'killed')
  await b.run(self => self.exit(self.pid, 'normal'))
  await turn()
  await trapping.flush()
  t.same(trapping.signals, [
    { type: 'exit', pid: a.pid, reason: 'killed' },
    { type: 'exit', pid: b.pid, reason: 'normal' }
  ])
})

t.test('trapping can be turned on and off', async t => {
  const mesh = node(t)
  const probe = startProbe(mesh)
  await probe.run(self => self.trapExits(true))
  mesh.exit(probe.pid, 'shutdown')
  await probe.run(self => self.trapExits(false))
  t.equal(probe.signals.length, 1)
  const ended = mesh.exitOf(probe.pid)
  mesh.exit(probe.pid, 'shutdown')
  t.equal(await ended, 'shutdown')
})

t.test('after unlink nothing arrives, even when the signal was already under way', async t => {
  const mesh = node(t)
  const [a, b] = [startProbe(mesh), startProbe(mesh)]
  await a.run(self => self.link(b.pid))
  await a.run(self => {
    self.exit(b.pid, 'killed')
    self.unlink(b.pid)
  })
  await a.flush()
  t.equal(mesh.isAlive(a.pid), true)

  const [c, d] = [startProbe(mesh), startProbe(mesh)]
  await c.run(self => {
    self.link(d.pid)
    self.unlink(d.pid)
  })
  mesh.exit(c.pid, 'killed')
  await d.flush()
  t.equal(mesh.isAlive(d.pid), true)
})

t.test('a link to nobody is an exit signal: noproc here, noconnection on another node', async t => {
  const mesh = node(t)
  const trapping = startProbe(mesh, { trapExits: true })
  const gone = { node: 'node', incarnation: 1, serial: 99 }
  const far = { node: 'other', incarnation: 1, serial: 1 }
  await trapping.run(self => {
    self.link(gone)
    self.link(far)
  })
  await trapping.flush()
  t.same(trapping.signals, [
    { type: 'exit', pid: gone, reason: 'noproc' },
    { type: 'exit', pid: far, reason: 'noconnection' }
  ])
})

t.test('a process can be linked to its creator as it is spawned, even to one that is gone', async t => {
  const mesh = node(t)
  const creator = startProbe(mesh)
  const child = startProbe(mesh, { link: creator.pid })
  const ended = mesh.exitOf(child.pid)
  mesh.exit(creator.pid, 'killed')
  t.same(await ended, { linked: creator.pid, reason: 'killed' })

  const orphan = startProbe(mesh, { link: creator.pid })
  t.same(await mesh.exitOf(orphan.pid), { linked: creator.pid, reason: 'noproc' })
})

t.test('the exit of its creator ends a process that traps exits, with its terminate', async t => {
  const mesh = node(t)
  const creator = startProbe(mesh)
  const child = startProbe(mesh, { link: creator.pid, trapExits: true })
  const ended = mesh.exitOf(child.pid)
  await creator.run(self => self.exit(child.pid, 'shutdown'))
  t.equal(await ended, 'shutdown')
  t.same(child.reasons, ['"shutdown"'])
})

t.test('a child that traps exits hears of the normal end of its creator and lives on', async t => {
  const mesh = node(t)
  const creator = startProbe(mesh)
  const child = startProbe(mesh, { link: creator.pid, trapExits: true })
  await creator.run(self => self.exit(self.pid, 'normal'))
  await until(() => !mesh.isAlive(creator.pid))
  await child.flush()
  t.same(child.signals, [{ type: 'exit', pid: creator.pid, reason: 'normal' }])
})

t.test('an exit signal waits for the handler that is running; a kill does not', async t => {
  const mesh = node(t)
  const held = gate()
  const other = startProbe(mesh)
  const busy = mesh.spawn<null, null>({
    init: () => null,
    handle: async state => {
      await held.passed
      return state
    }
  })
  await other.run(self => self.link(busy))
  mesh.cast(busy, null)
  await turn()
  mesh.exit(other.pid, 'killed')
  await turn()
  t.equal(mesh.isAlive(busy), true)
  const ended = mesh.exitOf(busy)
  held.open()
  t.same(await ended, { linked: other.pid, reason: 'killed' })
})

t.test('an exit with normal ends nobody but who says it to itself', async t => {
  const mesh = node(t)
  const [probe, trapping] = [startProbe(mesh), startProbe(mesh, { trapExits: true })]
  mesh.exit(probe.pid, 'normal')
  mesh.exit(trapping.pid, 'normal')
  await probe.flush()
  await trapping.flush()
  t.same(probe.signals, [])
  t.match(trapping.signals, [{ type: 'exit', pid: { node: 'node', serial: 0 }, reason: 'normal' }])
})

t.test('a link to itself changes nothing', async t => {
  const mesh = node(t)
  const probe = startProbe(mesh, { trapExits: true })
  await probe.run(self => self.link(self.pid))
  await probe.flush()
  t.same(probe.signals, [])
  mesh.exit(probe.pid, 'killed')
  t.equal(mesh.processCount(), 0)
})

t.test('a chain of a thousand links falls from one crash, and every reason names the first cause', async t => {
  const mesh = node(t)
  const probes = Array.from({ length: 1_000 }, () => startProbe(mesh))
  for (const [index, probe] of probes.entries()) {
    const next = probes[index + 1]
    if (next !== undefined) await probe.run(self => self.link(next.pid))
  }
  const ends = probes.map(({ pid }) => mesh.exitOf(pid))
  if (probes[500] !== undefined) mesh.exit(probes[500].pid, 'killed')
  const reasons = await Promise.all(ends)
  t.equal(
    reasons.filter(reason => typeof reason === 'object' && 'linked' in reason && reason.reason === 'killed').length,
    999
  )
  t.equal(mesh.processCount(), 0)
})
