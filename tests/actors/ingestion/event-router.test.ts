// Goal: what is held is held until its fate is sealed, is sent again after a death and not for ever, and is bounded.
// Method: neighbours that keep their mail; `status` is the synchronisation; deaths are real.
import t from 'tap'
import { eventRouter, type EventRouterOptions } from '../../../actors/ingestion/event-router.ts'
import { mintEventId } from '../../../events/event-ids.ts'
import { startMesh, type LocalMesh } from '../../../mesh/index.ts'
import type { Pid } from '../../../mesh/types.ts'
import type { IngestBatch, RepliesMessage } from '../../../schema/pipeline.ts'
import { refusals } from '../../../schema/refusals.ts'
import { fates, inbox, ingestRequest, keptLog, neighbour, node, quiet, until } from '../support.ts'
import type {
  EventProcessorMessage,
  EventRouterMessage,
  GuestProcessorMessage,
  RefusalCounterMessage,
  RouterStatus
} from '../../../actors/ingestion/messages.ts'

function startRouter(t: Parameters<typeof node>[0], others: Partial<EventRouterOptions> = {}) {
  const mesh = node(t)
  const processor = neighbour<EventProcessorMessage>(mesh, 'processor')
  const large = neighbour<EventProcessorMessage>(mesh, 'large')
  const writer = neighbour<never>(mesh, 'writer')
  const counter = neighbour<RefusalCounterMessage>(mesh, 'counter')
  const client = inbox<RepliesMessage>(mesh)
  let now = 0
  const router = mesh.spawn(
    eventRouter({
      next: processor.name,
      nextLarge: large.name,
      watch: [processor.name, writer.name],
      refusalCounter: counter.name,
      batchId: mintEventId,
      now: () => now,
      heldBytesMax: 10_000_000,
      ...others
    })
  )
  return {
    mesh,
    processor,
    large,
    writer,
    counter,
    client,
    router,
    pass: (ms: number) => {
      now += ms
    }
  }
}

function status(mesh: LocalMesh, router: Pid<EventRouterMessage>): Promise<RouterStatus> {
  return mesh.call<EventRouterMessage, RouterStatus>(router, replyTo => ({ type: 'status', replyTo }))
}

function batches(mail: readonly EventProcessorMessage[]): IngestBatch[] {
  return mail.map(({ batch }) => batch)
}

t.test('sends what arrives together as one batch and holds it until it is settled', async t => {
  const { mesh, processor, client, router, pass } = startRouter(t)
  const requests = [ingestRequest(client.pid, { body: '12345' }), ingestRequest(client.pid, { body: '123' })]
  mesh.cast(router, { type: 'route', requests })
  await quiet(mesh)
  pass(70)

  t.same(await status(mesh, router), { heldBatches: 1, heldBytes: 8, oldestHeldMs: 70 })
  const [batch] = batches(processor.inbox.mail)
  t.same(batch?.requests, requests)

  mesh.cast(router, { type: 'settled', batchIds: [batch?.id ?? '', 'never heard of'] })
  t.same(await status(mesh, router), { heldBatches: 0, heldBytes: 0, oldestHeldMs: 0 })
})

t.test('bounds a batch by requests, by bytes, and by what a body may become', async t => {
  const sizes: [string, Parameters<typeof ingestRequest>[1], number, number[], 'large'?][] = [
    ['single events', {}, 300, [256, 44]],
    ['long bodies', { body: 'x'.repeat(200_000) }, 6, [5, 1]],
    ['large bodies', { body: 'x'.repeat(300_000) }, 3, [1, 1, 1], 'large'],
    ['compressed bodies', { encoding: 'gzip' }, 40, [16, 16, 8]],
    ['long compressed bodies', { encoding: 'gzip', body: `${'x'.repeat(24_996)}\0\0\0\0` }, 6, [4, 2]],
    ['compressed bodies that say they are large', { encoding: 'gzip', body: 'x'.repeat(20) }, 2, [1, 1], 'large'],
    ['large compressed bodies', { encoding: 'gzip', body: 'x'.repeat(30_000) }, 2, [1, 1], 'large'],
    ['bulk requests', { format: 'ndjson' }, 3, [1, 1, 1]],
    ['large bulk requests', { format: 'ndjson', body: 'x'.repeat(300_000) }, 2, [1, 1], 'large']
  ]
  for (const [what, request, count, expected, size] of sizes) {
    const { mesh, client, router, ...processors } = startRouter(t)
    const [processor, other] =
      size === 'large' ? [processors.large, processors.processor] : [processors.processor, processors.large]
    mesh.cast(router, {
      type: 'route',
      requests: Array.from({ length: count }, () => ingestRequest(client.pid, request))
    })
    await quiet(mesh)
    t.same(
      batches(processor.inbox.mail).map(({ requests }) => requests.length),
      expected,
      what
    )
    t.same(other.inbox.mail, [], what)
  }
})

t.test('refuses beyond its bound and counts that, until something is settled', async t => {
  const { mesh, processor, counter, client, router } = startRouter(t, { heldBytesMax: 9 })
  for (const request of [1, 2, 3]) {
    mesh.cast(router, { type: 'route', requests: [ingestRequest(client.pid, { request, body: '12345' })] })
  }
  await quiet(mesh)

  t.same(fates(client.mail), ['3 overloaded'])
  t.same(counter.inbox.mail, [{ type: 'refused', refusals: [{ projectId: 1, reason: 'overloaded', count: 1 }] }])

  mesh.cast(router, { type: 'settled', batchIds: batches(processor.inbox.mail).map(({ id }) => id) })
  mesh.cast(router, { type: 'route', requests: [ingestRequest(client.pid, { body: '1' })] })
  t.equal((await status(mesh, router)).heldBatches, 1)
})

t.test('sends what it holds once more after a death, under the same ids, when all are back', async t => {
  const { mesh, processor, writer, client, router } = startRouter(t)
  for (const request of [1, 2]) mesh.cast(router, { type: 'route', requests: [ingestRequest(client.pid, { request })] })
  await quiet(mesh)
  const [first, second] = batches(processor.inbox.mail)
  mesh.cast(router, { type: 'settled', batchIds: [first?.id ?? ''] })

  mesh.exit(writer.inbox.pid, 'killed')
  mesh.cast(router, { type: 'resend' })
  await status(mesh, router)
  t.equal(processor.inbox.mail.length, 2, 'nothing is sent into the gap')

  inbox(mesh, writer.name)
  await until(() => processor.inbox.mail.length >= 3)
  t.same(batches(processor.inbox.mail)[2], second)
})

t.test('mail into the gap of a dead processor is not lost', async t => {
  const { mesh, processor, client, router } = startRouter(t)
  await quiet(mesh)
  mesh.exit(processor.inbox.pid, 'killed')
  mesh.cast(router, { type: 'route', requests: [ingestRequest(client.pid)] })
  await status(mesh, router)

  const again = inbox(mesh, processor.name)
  await until(() => again.mail.length >= 1)
  t.equal((await status(mesh, router)).heldBatches, 1)
})

t.test('a large body is a batch by itself and goes to the processor of large bodies, again after a crash', async t => {
  const { mesh, processor, large, writer, client, router } = startRouter(t)
  const requests = [
    ingestRequest(client.pid, { body: 'a' }),
    ingestRequest(client.pid, { body: 'l'.repeat(256 * 1024) }),
    ingestRequest(client.pid, { body: 'b' }),
    ingestRequest(client.pid, { body: 'z'.repeat(30_000), encoding: 'gzip' })
  ]
  mesh.cast(router, { type: 'route', requests })
  await quiet(mesh)
  const sizes = (mail: readonly EventProcessorMessage[]): number[][] =>
    batches(mail).map(batch => batch.requests.map(({ body }) => body.byteLength))
  t.same(sizes(processor.inbox.mail), [[1, 1]])
  t.same(sizes(large.inbox.mail), [[256 * 1024], [30_000]])

  mesh.exit(writer.inbox.pid, 'killed')
  await status(mesh, router)
  inbox(mesh, writer.name)
  await until(() => large.inbox.mail.length === 4 && processor.inbox.mail.length === 2)
  t.same(batches(large.inbox.mail).slice(2), batches(large.inbox.mail).slice(0, 2))
})

t.test('waits at its start for processes that are not there yet', async t => {
  const mesh = node(t)
  const client = inbox<RepliesMessage>(mesh)
  const router = mesh.spawn(
    eventRouter({
      next: 'processor',
      nextLarge: 'processor',
      watch: ['processor'],
      refusalCounter: 'counter',
      batchId: mintEventId,
      now: () => 0,
      heldBytesMax: 100
    })
  )
  mesh.cast(router, { type: 'route', requests: [ingestRequest(client.pid)] })
  await status(mesh, router)
  const processor = inbox<EventProcessorMessage>(mesh, 'processor')
  await until(() => processor.mail.length >= 1)
  t.same(batches(processor.mail)[0]?.requests.length, 1)
})

t.test('gives mail up that kills its reader again and again', async t => {
  const { mesh, processor, counter, client, router } = startRouter(t)
  mesh.cast(router, { type: 'route', requests: [ingestRequest(client.pid, { request: 1 })] })
  await quiet(mesh)

  let reader = processor.inbox
  let sent = 0
  while (client.mail.length === 0) {
    await until(() => reader.mail.length > 0 || client.mail.length > 0)
    sent += reader.mail.length
    mesh.exit(reader.pid, 'killed')
    await until(() => !mesh.isAlive(reader.pid))
    reader = inbox(mesh, processor.name)
  }

  t.equal(sent, 6)
  t.same(fates(client.mail), ['1 internal'])
  t.match(counter.inbox.mail, [{ refusals: [{ reason: 'internal', count: 1 }] }])
  t.equal((await status(mesh, router)).heldBatches, 0)
})

t.test('refuses a batch that nobody can take, and says so when another copy may yet be stored', async t => {
  const { mesh, processor, counter, client, router } = startRouter(t)
  mesh.cast(router, {
    type: 'route',
    requests: [ingestRequest(client.pid, { request: 1 }), ingestRequest(client.pid, { request: 2 })]
  })
  await quiet(mesh)
  const [first] = batches(processor.inbox.mail)
  mesh.cast(router, { type: 'refused', batchIds: [first?.id ?? ''], refusal: refusals.unavailable() })
  await quiet(mesh)
  t.same(fates(client.take()), ['1 unavailable', '2 unavailable'])
  t.same(counter.inbox.mail, [{ type: 'refused', refusals: [{ projectId: 1, reason: 'unavailable', count: 2 }] }])

  mesh.cast(router, { type: 'route', requests: [ingestRequest(client.pid, { request: 3 })] })
  mesh.cast(router, { type: 'resend' })
  await quiet(mesh)
  const [, second, copy] = batches(processor.inbox.mail)
  t.equal(second?.id, copy?.id)
  mesh.cast(router, { type: 'refused', batchIds: [second?.id ?? ''], refusal: refusals.unavailable() })
  mesh.cast(router, { type: 'refused', batchIds: [second?.id ?? ''], refusal: refusals.unavailable() })
  await quiet(mesh)
  t.same(fates(client.take()), ['3 timeout'], 'once')
  t.equal((await status(mesh, router)).heldBytes, 0)
})

t.test('a share of the batches goes to a guest, and comes back with its end', async t => {
  const guestOf = new Map<string, Pid<GuestProcessorMessage>>()
  const there = startMesh({ name: 'there', incarnation: 1 })
  t.teardown(there.stop)
  const { mesh, processor, client, router } = startRouter(t, {
    // A pid of another node without a link to it: what is sent there is lost, and who monitors it hears so at once.
    startGuest: async node => {
      const pid = there.spawn<GuestProcessorMessage, null>({ init: () => null, handle: state => state })
      guestOf.set(node, pid)
      return pid
    }
  })
  const route = async (count: number) => {
    for (let n = 0; n < count; n++) mesh.cast(router, { type: 'route', requests: [ingestRequest(client.pid)] })
    await quiet(mesh)
  }
  mesh.cast(router, { type: 'divert', route: { to: 'there', share: 0.5 } })
  await quiet(mesh)
  t.equal(guestOf.size, 1)
  await route(4)
  t.equal(batches(processor.inbox.mail).length, 4, 'nothing is lost: the node was lost, so all is processed here')
  mesh.cast(router, { type: 'divert', route: null })
  await route(1)
  t.equal(batches(processor.inbox.mail).length, 5)
  t.same((await status(mesh, router)).heldBatches, 5)
})

t.test('a guest that cannot be started leaves everything here', async t => {
  const { log, lines } = keptLog()
  const { mesh, processor, client, router } = startRouter(t, {
    startGuest: async () => {
      throw new Error('not allowed')
    },
    log
  })
  mesh.cast(router, { type: 'divert', route: { to: 'there', share: 1 } })
  await quiet(mesh)
  mesh.cast(router, { type: 'route', requests: [ingestRequest(client.pid)] })
  await quiet(mesh)
  t.equal(batches(processor.inbox.mail).length, 1)
  t.match(lines, [/there cannot take batches/])
})
