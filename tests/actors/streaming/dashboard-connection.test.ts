// Goal: a dashboard follows only what its user may see and hears why not; a slow one loses its oldest frames and is
// told how many; it ends with the processes it depends on, and when its user's access ends. Method: edge, manager and
// guard are inboxes; the lookup of projects is a gate that the test opens.
import t from 'tap'
import {
  dashboardConnection,
  type DashboardConnectionOptions,
  type Viewer
} from '../../../actors/streaming/dashboard-connection.ts'
import { parseClientFrame } from '../../../events/stream-frames.ts'
import type { SocketMessage } from '../../../schema/sockets.ts'
import { gated, neighbour, node, quiet } from '../support.ts'
import type {
  DashboardMessage,
  SeenProject,
  StreamGuardMessage,
  StreamManagerMessage
} from '../../../actors/streaming/messages.ts'

function startConnection(t: Parameters<typeof node>[0], others: Partial<DashboardConnectionOptions> = {}) {
  const mesh = node(t)
  const edge = neighbour<SocketMessage>(mesh, 'edge')
  const manager = neighbour<StreamManagerMessage>(mesh, 'manager')
  const guard = neighbour<StreamGuardMessage>(mesh, 'guard')
  const finds = gated<[Viewer, string], SeenProject | null>()
  const followed: boolean[] = []
  const connection = mesh.spawn(
    dashboardConnection({
      socket: 7,
      viewer: { credentialId: 'session', userId: 'user', isInstanceAdmin: false },
      edge: edge.name,
      manager: manager.name,
      guard: guard.name,
      parse: parseClientFrame,
      find: finds.run,
      followSystem: (_pid, on) => followed.push(on),
      subscriptionsMax: 2,
      queueFramesMax: 3,
      queueBytesMax: 100,
      ...others
    })
  )
  const tell = async (message: DashboardMessage) => {
    mesh.cast(connection, message)
    await quiet(mesh)
  }
  const say = (message: unknown) =>
    tell({ type: 'frames', frames: [Buffer.from(typeof message === 'string' ? message : JSON.stringify(message))] })
  const subscribe = async (project: string, found: SeenProject | null) => {
    await say({ type: 'subscribe', project })
    finds.last().succeed(found)
    await quiet(mesh)
  }
  const sent = (): Record<string, unknown>[] =>
    edge.inbox
      .take()
      .flatMap(message =>
        message.type === 'socket_send' ? message.data.map(data => JSON.parse(Buffer.from(data).toString())) : []
      )
  return {
    mesh,
    connection,
    edge: edge.inbox,
    manager: manager.inbox,
    guard: guard.inbox,
    finds,
    followed,
    tell,
    say,
    subscribe,
    sent
  }
}

const push = (number: number, events = 1): DashboardMessage => ({
  type: 'push',
  frame: Buffer.from(JSON.stringify({ number })),
  events
})

t.test('says that it is ready, has itself guarded, and answers pings', async t => {
  const { mesh, connection, edge, guard, say, sent } = startConnection(t)
  await quiet(mesh)
  t.match(edge.take(), [{ type: 'socket_ready', socket: 7, pid: connection }])
  t.match(guard.mail, [{ type: 'watch', pid: connection, credentialId: 'session' }])
  await say({ type: 'ping' })
  t.same(sent(), [{ type: 'pong' }])
})

t.test('follows what its user may see, by id or slug, and nothing else', async t => {
  const { finds, manager, connection, say, subscribe, sent } = startConnection(t)
  await say({ type: 'subscribe', project: 'web', filters: { level: ['error'] }, after: 'run-3' })
  t.match(finds.last().args, [{ userId: 'user' }, 'web'])
  t.same(manager.mail, [], 'not before it is known')
  finds.last().succeed({ projectId: 4, organizationId: 'org' })
  await subscribe('other', null)
  t.match(manager.take(), [
    { type: 'subscribe', pid: connection, projectId: 4, filters: { level: ['error'] }, after: 'run-3' }
  ])
  t.match(sent(), [{ type: 'error', status: 404 }])
  await say({ type: 'unsubscribe', project: '4' })
  await say({ type: 'unsubscribe', project: '5' })
  t.match(manager.take(), [{ type: 'unsubscribe', projectId: 4 }])
  t.match(sent(), [
    { type: 'unsubscribed', project: '4' },
    { type: 'unsubscribed', project: '5' }
  ])
})

t.test('an outage of the database is told, and costs no place', async t => {
  const { mesh, finds, manager, say, subscribe, sent } = startConnection(t)
  for (const project of ['1', '2', '3']) {
    await say({ type: 'subscribe', project })
    finds.last().fail(new Error('no connection'))
    await quiet(mesh)
  }
  t.match(sent(), [{ status: 503 }, { status: 503 }, { status: 503 }])
  await subscribe('1', { projectId: 1, organizationId: 'org' })
  t.equal(manager.mail.length, 1)
})

t.test('one socket follows only so many projects', async t => {
  const { say, subscribe, sent, finds } = startConnection(t)
  await subscribe('1', { projectId: 1, organizationId: 'org' })
  await say({ type: 'subscribe', project: '2' })
  await say({ type: 'subscribe', project: '3' })
  t.equal(finds.calls.length, 2)
  t.match(sent(), [{ type: 'error', status: 400 }])
})

t.test('what is no message of the protocol is told so', async t => {
  const { say, sent } = startConnection(t)
  const wrong = [
    'no json',
    '[]',
    '1',
    { type: 'shout' },
    { type: 'subscribe' },
    { type: 'subscribe', project: {} },
    { type: 'subscribe', project: '1', filters: { level: ['loud'] } },
    { type: 'subscribe', project: '1', filters: { color: 'red' } },
    { type: 'subscribe', project: '1', after: 7 },
    { type: 'ping', more: 1 },
    '\ufffd'.repeat(3)
  ]
  for (const message of wrong) {
    await say(message)
    t.match(sent(), [{ type: 'error', status: 400 }], JSON.stringify(message))
  }
})

t.test('the system is for instance admins', async t => {
  const stranger = startConnection(t)
  await stranger.say({ type: 'subscribe', system: true })
  t.match(stranger.sent(), [{ type: 'error', status: 403 }])
  t.same(stranger.followed, [])
  const admin = startConnection(t, { viewer: { credentialId: 'session', userId: 'admin', isInstanceAdmin: true } })
  await admin.say({ type: 'subscribe', system: true })
  await admin.say({ type: 'unsubscribe', system: true })
  t.match(admin.sent(), [
    { type: 'subscribed', system: true },
    { type: 'unsubscribed', system: true }
  ])
  t.same(admin.followed, [true, false])
})

t.test('a slow client loses its oldest frames and is told how many; then all is as before', async t => {
  const { tell, sent } = startConnection(t)
  await tell({ type: 'congested' })
  for (let number = 1; number <= 5; number++) await tell(push(number, number * 10))
  t.same(sent(), [])
  await tell({ type: 'drained' })
  t.same(sent(), [{ type: 'dropped', count: 30 }, { number: 3 }, { number: 4 }, { number: 5 }])
  await tell(push(6))
  t.same(sent(), [{ number: 6 }])
  await tell({ type: 'congested' })
  await tell(push(7))
  await tell({ type: 'drained' })
  t.same(sent(), [{ number: 7 }], 'nothing was dropped this time')
})

t.test('a frame that is larger than the whole queue is dropped too', async t => {
  const { tell, sent } = startConnection(t)
  await tell({ type: 'congested' })
  await tell({ type: 'push', frame: Buffer.alloc(101, ' '), events: 0 })
  await tell({ type: 'drained' })
  t.same(sent(), [{ type: 'dropped', count: 0 }], 'it told of no event')
})

t.test('a lost membership ends what it let follow, an ended session the socket', async t => {
  const { edge, manager, tell, subscribe, sent } = startConnection(t)
  await subscribe('1', { projectId: 1, organizationId: 'kept' })
  await subscribe('2', { projectId: 2, organizationId: 'lost' })
  manager.take()
  await tell({ type: 'access', organizationIds: new Set(['kept']) })
  t.match(manager.take(), [{ type: 'unsubscribe', projectId: 2 }])
  t.match(sent(), [{ type: 'unsubscribed', project: '2' }])
  await tell({ type: 'access', organizationIds: null })
  t.match(edge.take(), [{ type: 'socket_close', socket: 7, code: 1008 }])
})

t.test('ends with its socket, with the edge, and with the manager that it was known to', async t => {
  const bySocket = startConnection(t)
  await bySocket.tell({ type: 'closed' })
  t.notOk(bySocket.mesh.isAlive(bySocket.connection))
  for (const neighbour of ['edge', 'manager'] as const) {
    const { mesh, connection, ...world } = startConnection(t)
    await quiet(mesh)
    mesh.exit(world[neighbour].pid, 'killed')
    await quiet(mesh)
    t.notOk(mesh.isAlive(connection), neighbour)
  }
})
