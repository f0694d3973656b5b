// Goal: other nodes are told what their dashboards follow and nothing else; what may have been missed is a gap: before
// a room was known, over a link that was full, from a node that was apart. Method: a stand-in for the node that keeps
// who joins and what is published; relays of other nodes and the manager are inboxes.
import t from 'tap'
import { streamRelay } from '../../../actors/streaming/stream-relay.ts'
import { processName } from '../../../mesh/index.ts'
import type { CommittedBatch } from '../../../services/commit/committed-batch.ts'
import { preparedEvent } from '../../support/prepared.ts'
import { inbox, neighbour, node as startNode, quiet, until } from '../support.ts'
import type { RelayedMessage, StreamManagerMessage, StreamRelayMessage } from '../../../actors/streaming/messages.ts'

async function start(t: Parameters<typeof startNode>[0]) {
  const mesh = startNode(t)
  const manager = neighbour<StreamManagerMessage>(mesh, 'manager')
  const other = inbox<StreamRelayMessage>(mesh)
  const joined = new Set<string>()
  const published: { room: string; message: unknown }[] = []
  const world = { elsewhere: new Set<string>(), missed: new Array<string>(), isOtherKnown: true, now: 100_000 }
  const node = {
    rooms: {
      join: (room: string) => {
        joined.add(room)
      },
      leave: (room: string) => {
        joined.delete(room)
      },
      publish: (room: string, message: unknown) => {
        published.push({ room, message })
        return world.missed
      },
      elsewhere: (room: string) => (world.elsewhere.has(room) ? ['other'] : []),
      members: () => []
    },
    monitorNodes: () => {}
  }
  const relay = mesh.spawn(
    streamRelay({
      node: () => node,
      name: 'me',
      manager: manager.name,
      relayOf: () => (world.isOtherKnown ? other.pid : undefined),
      room: processName<RelayedMessage>('stream'),
      roomOf: projectId => processName<RelayedMessage>(`stream/${projectId}`),
      now: () => world.now
    })
  )
  await quiet(mesh)
  const tell = async (message: StreamRelayMessage) => {
    mesh.cast(relay, message)
    await quiet(mesh)
  }
  return { mesh, relay, manager: manager.inbox, other, joined, published, world, tell }
}

function committed(projectId: number): StreamRelayMessage {
  const event = { ...preparedEvent(), projectId }
  const batch: CommittedBatch = {
    id: '',
    outcomes: [],
    stored: [{ event, issueId: event.id, rootId: event.id, bytes: 1, weight: 1 }],
    changes: [],
    alreadyCommitted: false
  }
  return { type: 'committed', batches: [batch] }
}

t.test('tells what is followed elsewhere, and nothing else', async t => {
  const { published, world, tell } = await start(t)
  published.length = 0
  await tell(committed(1))
  t.same(published, [])
  world.elsewhere.add('stream/1')
  await tell(committed(1))
  await tell({ type: 'issues_changed', projectId: 1, action: 'resolved', issueIds: ['issue'] })
  t.match(published, [
    { room: 'stream/1', message: { type: 'told', projectId: 1, events: [{ title: String }], changes: [] } },
    { room: 'stream/1', message: { type: 'told', projectId: 1, events: [], changes: [['issue', 'resolved']] } }
  ])
})

t.test('joins the rooms of what is followed here, and asks what was missed before', async t => {
  const { published, joined, relay, manager, tell } = await start(t)
  await tell({ type: 'followed', projectIds: [1, 2] })
  t.same([...joined], ['stream', 'stream/1', 'stream/2'])
  t.match(published.at(-1), {
    room: 'stream',
    message: { type: 'ask', from: relay, projectIds: [1, 2], sinceMs: 30_000 }
  })
  await tell({ type: 'follow', projectId: 3 })
  await tell({ type: 'followed', projectIds: [3] })
  t.same([...joined], ['stream', 'stream/3'])
  manager.take()
  await tell({ type: 'missed', projectIds: [3] })
  await tell({ type: 'missed', projectIds: null })
  t.same(manager.take(), [
    { type: 'gap', projectIds: [3] },
    { type: 'gap', projectIds: [3] }
  ])
})

t.test('answers who asks with the projects in which something has happened since', async t => {
  const { other, world, tell } = await start(t)
  await tell(committed(1))
  world.now += 40_000
  await tell(committed(2))
  await tell({ type: 'ask', from: other.pid, projectIds: [1, 2, 3], sinceMs: 30_000 })
  await tell({ type: 'ask', from: other.pid, projectIds: [1, 2, 3], sinceMs: null })
  await tell({ type: 'ask', from: other.pid, projectIds: [3], sinceMs: null })
  t.same(other.take(), [
    { type: 'missed', projectIds: [2] },
    { type: 'missed', projectIds: [1, 2] }
  ])
})

t.test('a node whose link was full hears that it has missed something, once it can', async t => {
  const { other, world, tell } = await start(t)
  world.elsewhere.add('stream/1')
  world.missed = ['other']
  world.isOtherKnown = false
  await tell(committed(1))
  world.missed = []
  await tell({ type: 'tick' })
  t.same(other.take(), [])
  world.isOtherKnown = true
  await tell({ type: 'tick' })
  t.same(other.take(), [{ type: 'missed', projectIds: [1] }])
})

t.test('says farewell at its end, and makes a gap of its beginning', async t => {
  const { mesh, relay, manager, published } = await start(t)
  await until(() => manager.mail.length >= 2)
  t.same(manager.mail, [{ type: 'gap', projectIds: null }, { type: 'tell_followed' }])
  t.match(published, [{ room: 'stream', message: { type: 'missed', projectIds: null } }])
  await mesh.stopProcess(relay, { timeoutMs: 60_000 })
  t.match(published.at(-1), { room: 'stream', message: { type: 'farewell', node: 'me' } })
})
