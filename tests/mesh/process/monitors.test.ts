// Goal: one `down` for each monitor, never none, never two, none after demonitor; and links exactly once as well.
// Method: probes that monitor each other; then random schedules of monitors, links and kills against a model.
import fc from 'fast-check'
import t from 'tap'
import { processName } from '../../../mesh/index.ts'
import type { MonitorRef } from '../../../mesh/types.ts'
import { node, startProbe, turn } from '../support.ts'

t.test('the watcher is told the reference, the pid and the reason', async t => {
  const mesh = node(t)
  const [watcher, watched] = [startProbe(mesh), startProbe(mesh)]
  const ref = await watcher.run(self => self.monitor(watched.pid))
  mesh.exit(watched.pid, 'killed')
  await watcher.flush()
  t.same(watcher.signals, [{ type: 'down', ref, pid: watched.pid, reason: 'killed' }])
})

t.test(
  'each monitor of one process brings its own down, and the watched one knows nothing of its watchers',
  async t => {
    const mesh = node(t)
    const [watcher, watched] = [startProbe(mesh), startProbe(mesh)]
    const refs = await watcher.run(self => [self.monitor(watched.pid), self.monitor(watched.pid)])
    mesh.exit(watched.pid, 'killed')
    await watcher.flush()
    t.same(
      watcher.signals.map(signal => 'ref' in signal && signal.ref),
      refs
    )

    const [other, survivor] = [startProbe(mesh), startProbe(mesh)]
    await other.run(self => self.monitor(survivor.pid))
    mesh.exit(other.pid, 'killed')
    await survivor.flush()
    t.equal(mesh.isAlive(survivor.pid), true)
  }
)

t.test('who is not there brings a down at once: noproc, or noconnection on another node', async t => {
  const mesh = node(t)
  const watcher = startProbe(mesh)
  const gone = { node: 'node', incarnation: 1, serial: 99 }
  const far = { node: 'other', incarnation: 1, serial: 1 }
  await watcher.run(self => [self.monitor(gone), self.monitor(far), self.monitor(processName<never>('nobody'))])
  await watcher.flush()
  t.match(watcher.signals, [
    { pid: gone, reason: 'noproc' },
    { pid: far, reason: 'noconnection' },
    { pid: { node: 'node', serial: 0 }, reason: 'noproc' }
  ])
})

t.test('a name is monitored as the process that has it now', async t => {
  const mesh = node(t)
  const [watcher, watched] = [startProbe(mesh), startProbe(mesh, { name: 'watched' })]
  await watcher.run(self => self.monitor(processName<never>('watched')))
  mesh.exit(watched.pid, 'killed')
  await watcher.flush()
  t.match(watcher.signals, [{ type: 'down', pid: watched.pid, reason: 'killed' }])
})

t.test('after demonitor nothing arrives, even when the signal was already under way', async t => {
  const mesh = node(t)
  const [watcher, one, other] = [startProbe(mesh), startProbe(mesh), startProbe(mesh)]
  await watcher.run(self => {
    self.demonitor(self.monitor(one.pid))
    const ref = self.monitor(other.pid)
    self.exit(other.pid, 'killed')
    self.demonitor(ref)
    self.demonitor(ref)
  })
  mesh.exit(one.pid, 'killed')
  await watcher.flush()
  t.same(watcher.signals, [])
})

t.test('links are told before monitors, and by then the names are free', async t => {
  const mesh = node(t)
  const watcher = startProbe(mesh, { trapExits: true })
  const watched = startProbe(mesh, { name: 'watched' })
  await watcher.run(self => {
    self.monitor(watched.pid)
    self.link(watched.pid)
  })
  mesh.exit(watched.pid, 'killed')
  await watcher.flush()
  t.same(
    watcher.signals.map(({ type }) => type),
    ['exit', 'down']
  )
  await watcher.run(self => self.register('watched'))
  t.same(mesh.whereis(processName('watched')), watcher.pid)
})

t.test(
  'whatever is monitored, linked, undone and killed, each standing monitor and link brings exactly one signal',
  async () => {
    const someone = fc.nat({ max: 4 })
    const step = fc.oneof(
      fc.record({ type: fc.constantFrom('monitor', 'link', 'unlink'), by: someone, of: someone }),
      fc.record({ type: fc.constantFrom('demonitor', 'kill', 'end', 'turn'), by: someone, of: someone })
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async steps => {
        const teardowns: (() => void)[] = []
        const mesh = node({
          teardown: stop => {
            teardowns.push(stop)
          }
        })
        const observer = startProbe(mesh, { trapExits: true })
        const targets = Array.from({ length: 5 }, () => startProbe(mesh, { trapExits: true }))
        const standing = new Map<number, MonitorRef>()
        const cancelled: MonitorRef[] = []
        let links = 0
        const linked = new Set<number>()

        // The observer makes and undoes; the targets make links among themselves to be in the way, and die.
        for (const { type, by, of } of steps) {
          const target = targets[of]
          const other = targets[by]
          if (target === undefined || other === undefined) throw new Error('no such target')
          const isDead = !mesh.isAlive(target.pid)
          switch (type) {
            case 'monitor': {
              const ref = await observer.run(self => self.monitor(target.pid))
              standing.set(ref.monitor, ref)
              break
            }
            case 'demonitor': {
              const [ref] = standing.values()
              if (
                ref === undefined ||
                observer.signals.some(signal => signal.type === 'down' && signal.ref.monitor === ref.monitor)
              ) {
                break
              }
              // Between the look and the demonitor the down may arrive: then it was not cancelled but has come.
              const came = await observer.run(self => {
                const came = observer.signals.some(
                  signal => signal.type === 'down' && signal.ref.monitor === ref.monitor
                )
                self.demonitor(ref)
                return came
              })
              if (came) break
              standing.delete(ref.monitor)
              cancelled.push(ref)
              break
            }
            case 'link':
              if (isDead || linked.has(of)) {
                if (!isDead) await observer.run(self => self.link(target.pid))
                break
              }
              await observer.run(self => self.link(target.pid))
              linked.add(of)
              links += 1
              break
            case 'unlink':
              if (mesh.isAlive(other.pid) && !isDead && by !== of) {
                await other.run(self => {
                  self.link(target.pid)
                  self.unlink(target.pid)
                })
              }
              break
            case 'kill':
              mesh.exit(target.pid, 'killed')
              break
            case 'end':
              if (!isDead) await target.run(self => self.exit(self.pid, 'normal'))
              await turn()
              break
            case 'turn':
              await turn()
              break
          }
        }
        for (const { pid } of targets) mesh.exit(pid, 'killed')
        await observer.flush()

        const downs = observer.signals.flatMap(signal => (signal.type === 'down' ? [signal.ref.monitor] : []))
        const exits = observer.signals.filter(({ type }) => type === 'exit').length
        for (const stop of teardowns) stop()
        const eachOnce = [...standing.keys()].every(id => downs.filter(down => down === id).length === 1)
        const noneCancelled = cancelled.every(ref => !downs.includes(ref.monitor))
        return eachOnce && noneCancelled && downs.length === standing.size && exits === links
      }),
      { numRuns: 100 }
    )
  }
)
