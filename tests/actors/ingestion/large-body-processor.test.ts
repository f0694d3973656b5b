// Goal: large bodies get the fates that they would get in the processor itself, while that one goes on; when reading
// fails, that request alone is quarantined. Method: the real threads for what is read; a reader that the test controls
// for order and failures.
import t, { type Test } from 'tap'
import { largeBodyProcessor, type LargeBodyProcessorOptions } from '../../../actors/ingestion/large-body-processor.ts'
import type {
  EventProcessorMessage,
  EventRouterMessage,
  RateLimiterMessage,
  RefusalCounterMessage
} from '../../../actors/ingestion/messages.ts'
import { processBatch } from '../../../actors/ingestion/read-batches.ts'
import type { StorageWriterMessage } from '../../../actors/storage/messages.ts'
import { eventIdAt, mintEventId, receivedAtOf } from '../../../events/event-ids.ts'
import { parseRequest } from '../../../events/parse.ts'
import { prepareEvent } from '../../../events/prepare.ts'
import type { ReadRequest } from '../../../events/read-request.ts'
import type { IngestRequest, RepliesMessage } from '../../../schema/pipeline.ts'
import { openRequestReader } from '../../../services/machine/request-reader.ts'
import { fates, inbox, ingestRequest, neighbour, node, quiet, until } from '../support.ts'

const steps = { parse: parseRequest, prepare: prepareEvent, idAt: eventIdAt, receivedAtOf, quarantinedCharsMax: 20 }

function startProcessor(t: Test, openReader: LargeBodyProcessorOptions['openReader']) {
  const mesh = node(t)
  const writer = neighbour<StorageWriterMessage>(mesh, 'writer')
  const router = neighbour<EventRouterMessage>(mesh, 'router')
  const limiter = neighbour<RateLimiterMessage>(mesh, 'limiter')
  const counter = neighbour<RefusalCounterMessage>(mesh, 'counter')
  const client = inbox<RepliesMessage>(mesh)
  const receivers = {
    writer: writer.name,
    router: router.name,
    rateLimiter: limiter.name,
    refusalCounter: counter.name
  }
  const processor = mesh.spawn(largeBodyProcessor({ ...receivers, ...steps, openReader }))
  const send = (requests: IngestRequest[], id = mintEventId()): string => {
    const message: EventProcessorMessage = { type: 'process', batch: { id, requests } }
    mesh.cast(processor, message)
    return id
  }
  return { mesh, processor, receivers, writer: writer.inbox, router: router.inbox, client, send }
}

t.test('what threads read is what is read here', async t => {
  const openReader = () => openRequestReader({ error: () => t.fail('no thread can be started') })
  const { mesh, receivers, writer, client, send, router } = startProcessor(t, openReader)
  const long = 'größe '.repeat(50_000)
  const requests = [
    ingestRequest(client.pid, { body: JSON.stringify({ message: long, tags: { a: 'b' }, user: { id: 7 } }) }),
    ingestRequest(client.pid, { body: '[{"message":"a"},{"message":7}]', format: 'array' }),
    ingestRequest(client.pid, { body: 'no json' })
  ]
  const id = send(requests)
  await until(() => writer.mail.length === 1)
  processBatch({ id, requests }, { ...steps, ...receivers }, mesh)
  await quiet(mesh)
  const [elsewhere, here] = writer.mail
  t.same(elsewhere, here)
  t.match(elsewhere, { type: 'store', batch: { id, events: [{ tags: { a: 'b' } }, { message: 'a' }] } })
  const told = fates(client.mail)
  t.same(told.slice(0, told.length / 2), told.slice(told.length / 2))
  t.equal(told.length, 4)
  t.same(router.mail, [])
})

t.test('batches are handed on as they are read; a request whose reading fails is quarantined alone', async t => {
  const readings: { seed: string; resolve: (read: ReadRequest) => void; reject: (error: Error) => void }[] = []
  let isClosed = false
  const { mesh, processor, writer, client, send } = startProcessor(t, () => ({
    read: ({ seed }) => new Promise((resolve, reject) => readings.push({ seed, resolve, reject })),
    close: () => {
      isClosed = true
    }
  }))
  const [slow, quick] = [ingestRequest(client.pid), ingestRequest(client.pid)]
  const ids = [send([slow]), send([quick])]
  await until(() => readings.length === 2)
  readings[1]?.resolve({ kind: 'read', items: [], rest: undefined })
  readings[0]?.reject(new RangeError('out of memory'))
  await until(() => writer.mail.length === 1)
  t.match(writer.mail, [
    {
      batch: {
        id: ids[0],
        events: [],
        quarantined: [{ id: slow.seed, error: 'RangeError: out of memory', body: '{"message":"a"}' }]
      },
      addresses: [{ request: slow.request }]
    }
  ])
  mesh.exit(processor, 'shutdown')
  await until(() => isClosed)
})
