// Goal: a node over its limit lets the quietest other node take a growing share, gives up when it is not the busier one
// any more or its load is gone, and leaves those alone who are leaving or route here themselves. Method: loads that the
// test sets, reports that it sends, ticks that it makes; the router is an inbox.
import t from 'tap'
import { loadMonitor } from '../../../actors/cluster/load-monitor.ts'
import type { NodeReport, NodeRoute } from '../../../schema/nodes.ts'
import { neighbour, node, quiet } from '../support.ts'
import type { LoadMonitorMessage, NodeDirectoryMessage } from '../../../actors/cluster/messages.ts'
import type { EventRouterMessage } from '../../../actors/ingestion/messages.ts'

function start(t: Parameters<typeof node>[0]) {
  const mesh = node(t)
  const router = neighbour<EventRouterMessage>(mesh, 'router')
  const directory = neighbour<NodeDirectoryMessage>(mesh, 'directory')
  const told: LoadMonitorMessage[] = []
  let load = 0
  const monitor = mesh.spawn(
    loadMonitor({
      identity: () => ({ name: 'me', incarnation: 1, address: null }),
      links: () => [],
      refused: () => [],
      measure: () => load,
      loadMax: 0.8,
      tell: message => {
        told.push(message)
      },
      directory: directory.name,
      router: router.name,
      tickMs: 1_000_000
    })
  )
  const tell = async (message: LoadMonitorMessage) => {
    mesh.cast(monitor, message)
    await quiet(mesh)
  }
  const routes = () => router.inbox.take().map(message => (message.type === 'divert' ? message.route : undefined))
  return {
    mesh,
    monitor,
    told,
    directory: directory.inbox,
    tell,
    routes,
    hear: async (report: Partial<NodeReport>) =>
      await tell({
        type: 'report',
        report: {
          name: 'other',
          incarnation: 1,
          address: null,
          load: 0,
          links: [],
          routes: [],
          refused: [],
          isLeaving: false,
          ...report
        }
      }),
    tick: async (now: number): Promise<NodeRoute | null | undefined> => {
      load = now
      await tell({ type: 'tick' })
      return routes().at(-1)
    }
  }
}

t.test('nothing moves while the load is bearable, or while nobody is quieter', async t => {
  const { tick, hear } = start(t)
  t.equal(await tick(0.95), null, 'alone')
  await hear({ load: 0.9 })
  t.equal(await tick(0.95), null, 'the other is as busy')
  await hear({ load: 0.1 })
  t.equal(await tick(0.8), null, 'not over the limit')
})

t.test('the quietest takes a share that grows while it is the quieter one, and shrinks when it is not', async t => {
  const { tick, hear } = start(t)
  await hear({ name: 'busy', load: 0.5 })
  await hear({ name: 'quiet', load: 0.1 })
  t.same(await tick(0.95), { to: 'quiet', share: 0.5 })
  t.same(await tick(0.95), { to: 'quiet', share: 0.75 })
  t.same(await tick(0.95), { to: 'quiet', share: 1 })
  t.same(await tick(0.95), { to: 'quiet', share: 1 })
  t.same(await tick(0.7), { to: 'quiet', share: 1 }, 'neither too busy nor calm: as it is')
  await hear({ name: 'quiet', load: 0.9 })
  t.same(await tick(0.7), { to: 'quiet', share: 0.75 })
  t.same(await tick(0.1), { to: 'quiet', share: 0.5 })
  t.same(await tick(0.1), { to: 'quiet', share: 0.25 })
  t.equal(await tick(0.1), null)
})

t.test('one that has become as busy is left for one that is not', async t => {
  const { tick, hear } = start(t)
  await hear({ name: 'first', load: 0.2 })
  t.same(await tick(0.95), { to: 'first', share: 0.5 })
  await hear({ name: 'second', load: 0.1 })
  t.same(await tick(0.95), { to: 'first', share: 0.75 }, 'it is good enough')
  await hear({ name: 'first', load: 0.9 })
  t.same(await tick(0.95), { to: 'second', share: 0.5 })
})

t.test(
  'nobody is chosen who leaves or who sends batches here, and who begins to leave is given up at once',
  async t => {
    const { tick, hear, routes } = start(t)
    await hear({ name: 'leaving', load: 0, isLeaving: true })
    await hear({ name: 'mutual', load: 0, routes: [{ to: 'me', share: 1 }] })
    t.equal(await tick(0.95), null)
    await hear({ name: 'good', load: 0.3 })
    t.same(await tick(0.95), { to: 'good', share: 0.5 })
    await hear({ name: 'good', load: 0.3, isLeaving: true })
    t.same(routes(), [null])
    t.equal(await tick(0.95), null)
  }
)

t.test('who leaves says so and keeps its batches', async t => {
  const { tick, hear, tell, told, directory, mesh, monitor } = start(t)
  await hear({ load: 0 })
  await tick(0.95)
  await tell({ type: 'leave' })
  t.match(told.at(-1), { type: 'report', report: { name: 'me', isLeaving: true, routes: [] } })
  t.equal(await tick(0.95), null)
  t.match(directory.mail.at(-1), { type: 'report', report: { load: 0.95, isLeaving: true } })
  t.match(await mesh.call<LoadMonitorMessage, NodeReport[]>(monitor, replyTo => ({ type: 'nodes', replyTo })), [
    { name: 'me' },
    { name: 'other' }
  ])
})
