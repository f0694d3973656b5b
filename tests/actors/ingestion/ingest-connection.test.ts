// Goal: every frame of a socket is answered once, under its ref, in time or at its deadline; too many unanswered ones
// end the socket. Method: the edge is an inbox, the clock is the test's; sweeps are sent by the test.
import t from 'tap'
import { ingestConnection } from '../../../actors/ingestion/ingest-connection.ts'
import { mintEventId } from '../../../events/event-ids.ts'
import { frameRefOf } from '../../../events/parse.ts'
import type { IngestRequest } from '../../../schema/pipeline.ts'
import { refusals } from '../../../schema/refusals.ts'
import type { SocketMessage } from '../../../schema/sockets.ts'
import { inbox, ingestKey, neighbour, node, quiet, until } from '../support.ts'
import type {
  IngestConnectionMessage,
  RateLimiterMessage,
  RefusalCounterMessage
} from '../../../actors/ingestion/messages.ts'

function startConnection(t: Parameters<typeof node>[0], { limited = true, unansweredMax = 3 } = {}) {
  const mesh = node(t)
  const edge = neighbour<SocketMessage>(mesh, 'edge')
  const limiter = limited ? neighbour<RateLimiterMessage>(mesh, 'limiter').inbox : inbox<RateLimiterMessage>(mesh)
  const counter = neighbour<RefusalCounterMessage>(mesh, 'counter')
  let now = 0
  const connection = mesh.spawn(
    ingestConnection({
      socket: 7,
      key: ingestKey(),
      edge: edge.name,
      next: 'limiter',
      refusalCounter: counter.name,
      seed: mintEventId,
      refOf: frameRefOf,
      now: () => now,
      unansweredMax,
      deadlineMs: 100
    })
  )
  const tell = async (message: IngestConnectionMessage) => {
    mesh.cast(connection, message)
    await quiet(mesh)
  }
  return {
    mesh,
    connection,
    edge: edge.inbox,
    limiter,
    counter: counter.inbox,
    tell,
    pass: (ms: number) => {
      now += ms
    },
    frames: (...refs: unknown[]) =>
      tell({ type: 'frames', frames: refs.map(ref => Buffer.from(JSON.stringify({ ref, event: { message: 'a' } }))) }),
    requests: (): IngestRequest[] =>
      limiter.mail.flatMap(message => (message.type === 'admit' ? message.requests : [])),
    lines: () =>
      edge.inbox
        .take()
        .flatMap(message =>
          message.type === 'socket_send' ? message.data.map((line): unknown => JSON.parse(String(line))) : []
        )
  }
}

t.test('says that it is ready, and answers frames under their refs, whatever their order', async t => {
  const { edge, frames, requests, lines, tell, connection } = startConnection(t)
  await frames('one', 2)
  t.match(edge.mail[0], { type: 'socket_ready', socket: 7, pid: connection })
  const [first, second] = requests()
  t.match(first, { format: 'frame', replyTo: connection })
  t.not(first?.seed, second?.seed)

  await tell({
    type: 'replies',
    replies: [
      { request: second?.request ?? -1, refusal: refusals.invalid([{ path: '/level', message: 'is wrong' }]) },
      { request: first?.request ?? -1, index: 0, total: 1, result: { status: 202, id: 'the-id', outcome: 'stored' } }
    ]
  })
  t.same(lines(), [
    { type: 'rejected', status: 400, errors: [{ path: '/level', message: 'is wrong' }], ref: 2 },
    { type: 'accepted', id: 'the-id', outcome: 'stored', ref: 'one' }
  ])
  await tell({
    type: 'replies',
    replies: [
      { request: first?.request ?? -1, index: 0, total: 1, result: { status: 202, id: 'the-id', outcome: 'stored' } }
    ]
  })
  t.same(lines(), [], 'a second answer is dropped')
})

t.test('frames beyond the bound are rejected, and the socket ends when those before them are answered', async t => {
  const { edge, counter, frames, requests, tell } = startConnection(t)
  await frames(1, 2)
  await frames(3, 4, 5)
  t.equal(requests().length, 3)
  t.match(edge.mail.slice(1), [{ type: 'socket_send', data: [/"status":429.*"ref":4/, /"ref":5/] }])
  t.same(counter.mail, [{ type: 'refused', refusals: [{ projectId: 1, reason: 'rate_limited', count: 2 }] }])
  await frames(6)
  t.match(edge.mail.at(-1), { type: 'socket_send', data: [/"status":429.*"ref":6/] })
  t.equal(requests().length, 3, 'nothing more is taken')
  const outcome = { status: 202, id: 'a', outcome: 'stored' } as const
  const replies = [0, 1, 2].map(request => ({ request, index: 0, total: 1, result: outcome }))
  await tell({ type: 'replies', replies: replies.slice(0, 2) })
  t.match(edge.mail.at(-1), { type: 'socket_send', data: [/"ref":1/, /"ref":2/] })
  await tell({ type: 'replies', replies: replies.slice(2) })
  t.match(edge.mail.slice(-2), [
    { type: 'socket_send', data: [/"accepted".*"ref":3/] },
    { type: 'socket_close', code: 1013 }
  ])
})

t.test('a frame without an answer is rejected at its deadline, once', async t => {
  const { counter, frames, requests, lines, tell, pass } = startConnection(t)
  await frames('old')
  pass(60)
  await frames('young')
  lines()
  pass(40)
  await tell({ type: 'sweep' })
  await tell({ type: 'sweep' })
  t.match(lines(), [{ type: 'rejected', status: 503, ref: 'old' }])
  t.match(counter.mail, [{ refusals: [{ reason: 'timeout', count: 1 }] }])
  t.equal(counter.mail.length, 1)
  await frames('a', 'b')
  t.equal(requests().length, 4, 'it makes room')
})

t.test('frames that cannot be handed on are rejected and counted', async t => {
  const { counter, frames, lines } = startConnection(t, { limited: false })
  await frames('x')
  t.match(lines(), [{ type: 'rejected', status: 503, ref: 'x' }])
  t.match(counter.mail, [{ refusals: [{ reason: 'overloaded', count: 1 }] }])
})

t.test('it ends with its socket, and with the edge', async t => {
  const closed = startConnection(t)
  await closed.tell({ type: 'closed' })
  t.notOk(closed.mesh.isAlive(closed.connection))

  const { mesh, edge, connection } = startConnection(t)
  await quiet(mesh)
  mesh.exit(edge.pid, 'killed')
  await until(() => !mesh.isAlive(connection))
})
