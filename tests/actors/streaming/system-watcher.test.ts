// Goal: the tree is read once for all who look, only while somebody looks, and an outage and its end are logged
// once. Method: followers are inboxes, the reading is a gate, ticks are sent by the test.
import t from 'tap'
import { systemWatcher } from '../../../actors/streaming/system-watcher.ts'
import { gated, inbox, keptLog, node, quiet } from '../support.ts'
import type { DashboardMessage, SystemWatcherMessage } from '../../../actors/streaming/messages.ts'
import type { SystemView } from '../../../schema/stream.ts'

const view: SystemView = {
  processes: [
    {
      name: 'mesher',
      registered: ['mesher'],
      last_exit: null,
      restartable: false,
      pid: '1',
      type: 'supervisor',
      state: 'running',
      mailbox: 0,
      restarts: 0,
      uptime: 1,
      children: [],
      omitted: 0
    }
  ],
  nodes: [{ name: 'node', address: null, incarnation: 1, links: [], load: 0, routes: [], refused: [], self: true }]
}

t.test('shows the tree to all who follow, at once and at every tick', async t => {
  const mesh = node(t)
  const { log, lines } = keptLog()
  const reads = gated<[], SystemView>()
  const watcher = mesh.spawn(systemWatcher({ read: reads.run, tickMs: 1_000_000, log }))
  const tell = async (message: SystemWatcherMessage) => {
    mesh.cast(watcher, message)
    await quiet(mesh)
  }
  await tell({ type: 'tick' })
  t.equal(reads.calls.length, 0, 'nobody looks')

  const [one, two] = [inbox<DashboardMessage>(mesh), inbox<DashboardMessage>(mesh)]
  await tell({ type: 'follow', pid: one.pid, on: true })
  await tell({ type: 'follow', pid: two.pid, on: true })
  await tell({ type: 'tick' })
  t.equal(reads.calls.length, 1, 'one reading at a time')
  reads.last().succeed(view)
  await quiet(mesh)
  const shown = (mail: DashboardMessage[]) =>
    mail.map(message => (message.type === 'push' ? JSON.parse(Buffer.from(message.frame).toString()) : message))
  t.same(shown(one.take()), [{ type: 'system', ...view }])
  t.equal(two.take().length, 1)

  await tell({ type: 'follow', pid: one.pid, on: false })
  mesh.exit(two.pid, 'killed')
  await quiet(mesh)
  await tell({ type: 'tick' })
  t.equal(reads.calls.length, 1)

  await tell({ type: 'follow', pid: one.pid, on: true })
  reads.last().fail(new Error('too busy'))
  await quiet(mesh)
  await tell({ type: 'tick' })
  reads.last().fail(new Error('still too busy'))
  await quiet(mesh)
  await tell({ type: 'tick' })
  reads.last().succeed({ processes: [], nodes: [] })
  await quiet(mesh)
  t.same(lines, ['warn: the supervision tree cannot be read', 'info: the supervision tree is read again'])
  t.equal(one.take().length, 1)
})
