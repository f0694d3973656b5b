// Goal: a batch comes to a guest as it left, its fate is told to the router that it works for, and it ends with those
// behind it and with that router. Method: a mesh with neighbours that keep their mail; a packed batch goes over a link
// between two nodes.
import t from 'tap'
import { packBatch, unpackBatch } from '../../../actors/ingestion/guest-batches.ts'
import { guestProcessor } from '../../../actors/ingestion/guest-processor.ts'
import { startMesh, startNode } from '../../../mesh/index.ts'
import type { LocalMesh, MeshNode } from '../../../mesh/index.ts'
import { mintEventId, eventIdAt, receivedAtOf } from '../../../events/event-ids.ts'
import { parseRequest } from '../../../events/parse.ts'
import { prepareEvent } from '../../../events/prepare.ts'
import type { RepliesMessage } from '../../../schema/pipeline.ts'
import { inbox, ingestKey, ingestRequest, neighbour, node, quiet } from '../support.ts'
import type {
  EventRouterMessage,
  RateLimiterMessage,
  RefusalCounterMessage
} from '../../../actors/ingestion/messages.ts'
import type { StorageWriterMessage } from '../../../actors/storage/messages.ts'

type Test = Parameters<typeof node>[0]

function start(t: Test) {
  const mesh = node(t)
  const writer = neighbour<StorageWriterMessage>(mesh, 'writer')
  const router = inbox<EventRouterMessage>(mesh)
  const client = inbox<RepliesMessage>(mesh)
  const guest = mesh.spawn(
    guestProcessor(
      {
        parse: parseRequest,
        prepare: prepareEvent,
        idAt: eventIdAt,
        receivedAtOf,
        writer: writer.name,
        rateLimiter: neighbour<RateLimiterMessage>(mesh, 'limiter').name,
        refusalCounter: neighbour<RefusalCounterMessage>(mesh, 'counter').name,
        quarantinedCharsMax: 1_000,
        watch: [writer.name]
      },
      { router: router.pid }
    )
  )
  return { mesh, writer: writer.inbox, router, client, guest }
}

/** Resolves with what the message is when it has crossed a link to another node. */
async function sentAfar<Message>(t: Test, message: Message): Promise<Message> {
  const [here, there] = [linkable(t, 'here'), linkable(t, 'there')]
  const address = (await there.started).boundTo ?? ''
  await (await here.started).connect(address)
  return new Promise(resolve => {
    const receiver = there.mesh.spawn<Message, null>({
      init: () => null,
      handle: (state, received) => {
        resolve(received)
        return state
      }
    })
    here.mesh.cast(receiver, message)
  })
}

function linkable(t: Test, name: string): { mesh: LocalMesh; started: Promise<MeshNode> } {
  const mesh = startMesh({ name })
  const listen = { host: '127.0.0.1', port: 0 }
  const started = startNode(mesh, { cookie: 'c'.repeat(32), protocol: 'test 1', listen })
  t.teardown(async () => {
    await (await started).stop()
    mesh.stop()
  })
  return { mesh, started }
}

t.test('a packed batch is the same after its way, with shared keys and waiters once', async t => {
  const { client } = start(t)
  const key = ingestKey()
  const sentry = { address: '::1', sdk: 'x', userAgent: '', release: '', environment: '' }
  const batch = {
    id: mintEventId(),
    requests: [
      ingestRequest(client.pid, { key }),
      ingestRequest(client.pid, { key, format: 'envelope', encoding: 'gzip', sentry })
    ]
  }
  const packed = packBatch(batch)
  t.equal(packed.keys.length, 1)
  t.equal(packed.waiters.length, 1)
  const there = await sentAfar(t, packed)
  t.same(there, packed)
  t.same(unpackBatch(packed), batch)
})

t.test('hands on to the writer here, with the router that holds the batch', async t => {
  const { mesh, writer, router, client, guest } = start(t)
  mesh.cast(guest, {
    type: 'process_packed',
    batch: packBatch({ id: 'stored', requests: [ingestRequest(client.pid)] })
  })
  mesh.cast(guest, {
    type: 'process_packed',
    batch: packBatch({ id: 'invalid', requests: [ingestRequest(client.pid, { body: '{"level":1}' })] })
  })
  await quiet(mesh)
  t.match(writer.mail, [{ type: 'store', batch: { id: 'stored' }, router: router.pid }])
  t.same(router.mail, [{ type: 'settled', batchIds: ['invalid'] }])
})

t.test('ends with the writer, and with the router', async t => {
  for (const victim of ['writer', 'router'] as const) {
    const world = start(t)
    const ended = world.mesh.exitOf(world.guest)
    world.mesh.exit(world[victim].pid, 'killed')
    t.equal(await ended, 'shutdown')
  }
})
