// Goal: each event of a batch gets the fate that parsing and preparing decide, and one that throws harms no other.
// Method: the real parser and ids, a `prepare` that does what the event says; neighbours keep their mail.
import t from 'tap'
import { eventProcessor, type EventProcessorOptions } from '../../../actors/ingestion/event-processor.ts'
import { eventIdAt, mintEventId, receivedAtOf } from '../../../events/event-ids.ts'
import { parseRequest } from '../../../events/parse.ts'
import type { IngestRequest, RepliesMessage } from '../../../schema/pipeline.ts'
import { preparedEvent } from '../../support/prepared.ts'
import { fates, inbox, ingestKey, ingestRequest, neighbour, node, quiet, repliesIn } from '../support.ts'
import type {
  EventProcessorMessage,
  EventRouterMessage,
  RateLimiterMessage,
  RefusalCounterMessage
} from '../../../actors/ingestion/messages.ts'
import type { StorageWriterMessage } from '../../../actors/storage/messages.ts'

const prepare: EventProcessorOptions['prepare'] = (value, { id, receivedAt, project: { projectId } }) => {
  const text = JSON.stringify(value)
  if (text.includes('throw')) throw new TypeError('it is poison')
  if (text.includes('invalid')) return { kind: 'invalid', errors: [{ path: '/message', message: 'must be text' }] }
  if (text.includes('sampled')) return { kind: 'sampled_out', event: { id, projectId } }
  return { kind: 'prepared', event: preparedEvent({ id, projectId, receivedAt, payload: text }) }
}

function startProcessor(t: Parameters<typeof node>[0], others: Partial<EventProcessorOptions> = {}) {
  const mesh = node(t)
  const writer = neighbour<StorageWriterMessage>(mesh, 'writer')
  const router = neighbour<EventRouterMessage>(mesh, 'router')
  const limiter = neighbour<RateLimiterMessage>(mesh, 'limiter')
  const counter = neighbour<RefusalCounterMessage>(mesh, 'counter')
  const client = inbox<RepliesMessage>(mesh)
  const processor = mesh.spawn(
    eventProcessor({
      parse: parseRequest,
      prepare,
      idAt: eventIdAt,
      receivedAtOf,
      writer: writer.name,
      router: router.name,
      rateLimiter: limiter.name,
      refusalCounter: counter.name,
      quarantinedCharsMax: 20,
      ...others
    })
  )
  const process = async (requests: IngestRequest[], id = mintEventId()) => {
    const message: EventProcessorMessage = { type: 'process', batch: { id, requests } }
    mesh.cast(processor, message)
    await quiet(mesh)
    return id
  }
  const stores = () => writer.inbox.mail.flatMap(message => (message.type === 'store' ? [message] : []))
  return {
    mesh,
    processor,
    router: router.inbox,
    limiter: limiter.inbox,
    counter: counter.inbox,
    client,
    process,
    stores
  }
}

t.test('hands prepared events on under the ids of their requests', async t => {
  const { client, process, stores, router } = startProcessor(t)
  const requests = [
    ingestRequest(client.pid),
    ingestRequest(client.pid, { format: 'array', body: '[{"message":"a"},{"message":"sampled"}]' })
  ]
  const id = await process(requests)
  const [single, bulk] = requests

  const [store] = stores()
  t.equal(store?.batch.id, id)
  t.equal(store?.doubtful, false)
  t.same(
    store?.batch.events.map(event => event.id),
    [single?.seed, bulk?.seed]
  )
  t.same(
    store?.batch.sampledOut.map(event => event.id),
    [eventIdAt(bulk?.seed ?? '', 1)]
  )
  t.match(store?.addresses, [
    { request: single?.request, index: 0, total: 1 },
    { request: bulk?.request, index: 0, total: 2 },
    { request: bulk?.request, index: 1, total: 2 }
  ])
  t.same(client.mail, [])
  t.same(router.mail, [])
})

t.test('answers what is invalid itself, in a bulk request beside events that are good', async t => {
  const { client, counter, process, stores } = startProcessor(t)
  await process([
    ingestRequest(client.pid, {
      request: 3,
      format: 'ndjson',
      body: '{"message":"a"}\n{"message":"invalid"}\nno json\n'
    })
  ])
  t.same(fates(client.mail), ['3 invalid', '3 malformed'])
  t.match(repliesIn(client.mail), [
    { index: 1, total: 3, result: { status: 400, errors: [{ path: '/message' }] } },
    { index: 2, total: 3 }
  ])
  t.match(stores(), [{ addresses: [{ index: 0, total: 3 }] }])
  t.same(counter.mail, [
    {
      type: 'refused',
      refusals: [
        { projectId: 1, reason: 'invalid', count: 1 },
        { projectId: 1, reason: 'malformed', count: 1 }
      ]
    }
  ])
})

t.test('a batch of which nothing is left is settled at once', async t => {
  const { client, router, process, stores } = startProcessor(t)
  const id = await process([
    ingestRequest(client.pid, { request: 1, body: 'no json' }),
    ingestRequest(client.pid, { request: 2, body: '"invalid"' })
  ])
  t.same(fates(client.mail), ['1 malformed', '2 invalid'])
  t.same(router.mail, [{ type: 'settled', batchIds: [id] }])
  t.same(stores(), [])
})

t.test('an event whose preparation throws is put aside with its error, shortened, beside others', async t => {
  const { client, process, stores } = startProcessor(t)
  const poison = ingestRequest(client.pid, { body: '{"message":"throw this away"}' })
  await process([ingestRequest(client.pid), poison, ingestRequest(client.pid)])
  const [store] = stores()
  t.equal(store?.batch.events.length, 2)
  t.same(store?.batch.quarantined, [
    { id: poison.seed, projectId: 1, error: 'TypeError: it is poison', body: '{"message":"throw th' }
  ])
  t.equal(store?.addresses.length, 3)
})

t.test('a request whose parsing throws is put aside as it came and harms no other', async t => {
  const { mesh, processor, client, process, stores } = startProcessor(t, {
    parse: request => {
      if (request.encoding === 'odd') throw new RangeError('the parser is broken')
      return parseRequest(request)
    }
  })
  const poison = ingestRequest(client.pid, { encoding: 'odd', body: 'a body that is longer than what is kept' })
  await process([ingestRequest(client.pid), poison, ingestRequest(client.pid)])
  const [store] = stores()
  t.equal(store?.batch.events.length, 2)
  t.same(store?.batch.quarantined, [
    { id: poison.seed, projectId: 1, error: 'RangeError: the parser is broken', body: 'a body that is longe' }
  ])
  t.match(store?.addresses[1], { request: poison.request, index: 0, total: 1 })
  t.ok(mesh.isAlive(processor))
})

t.test('charges what a bulk request carries beyond its first event', async t => {
  const { client, limiter, process } = startProcessor(t)
  const key = ingestKey({ keyId: 'bulk' })
  await process([
    ingestRequest(client.pid),
    ingestRequest(client.pid, { key, format: 'array', body: '[{},{},"invalid"]' })
  ])
  t.match(limiter.mail, [{ type: 'charge', charges: [{ key: { keyId: 'bulk' }, events: 2 }] }])
  t.equal(limiter.mail.length, 1)
})

t.test('a batch that is processed again has the same content', async t => {
  const { client, process, stores } = startProcessor(t)
  const requests = [
    ingestRequest(client.pid, { format: 'array', body: '[{"message":"a"},{"message":"throw"},{"message":"sampled"}]' })
  ]
  const id = await process(requests)
  await process(requests, id)
  const [first, second] = stores()
  t.equal(stores().length, 2)
  t.equal(second?.batch.id, id)
  t.equal(first?.addresses.length, 3)
  t.same(first?.addresses, second?.addresses)
  t.same(first?.batch.quarantined, second?.batch.quarantined)
  t.same(
    first?.batch.events.map(event => event.id),
    second?.batch.events.map(event => event.id)
  )
})

t.test('an envelope is answered by the id its client knows, and what is not kept is counted', async t => {
  const { client, counter, limiter, process, stores } = startProcessor(t)
  const eventId = 'e'.repeat(32)
  const item = (type: string, payload: string) => `{"type":"${type}"}\n${payload}`
  const envelope = (...items: string[]) =>
    ingestRequest(client.pid, { format: 'envelope', body: [`{"event_id":"${eventId}"}`, ...items].join('\n') })
  const requests = [
    envelope(item('event', '{"message":"a"}'), item('session', '{}')),
    envelope(
      item('session', '{}'),
      item('client_report', '{"discarded_events":[{"reason":"queue_overflow","category":"error","quantity":3}]}')
    ),
    envelope(item('user_report', '{"comments":"It broke"}'))
  ]
  await process(requests)

  const [store] = stores()
  t.equal(store?.batch.events.length, 1)
  t.match(store?.batch.feedback, [{ projectId: 1, eventId, message: 'It broke' }])
  t.match(
    store?.addresses,
    [
      { request: requests[0]?.request, eventId },
      { request: requests[2]?.request, id: store?.batch.feedback?.[0]?.id, eventId }
    ],
    'feedback alone waits for its commit'
  )
  t.match(
    repliesIn(client.mail),
    [{ request: requests[1]?.request, result: { status: 202, outcome: 'ignored' }, eventId }],
    'nothing to keep is answered at once'
  )
  t.match(counter.mail, [
    {
      type: 'counted',
      items: [
        { projectId: 1, outcome: 'ignored', reason: 'session', count: 1 },
        { projectId: 1, outcome: 'ignored', reason: 'session', count: 1 },
        { projectId: 1, outcome: 'client_discarded', reason: 'queue_overflow:error', count: 3 }
      ]
    }
  ])
  t.match(
    limiter.mail,
    [{ type: 'charge', charges: [{ events: -1 }, { events: -1 }] }],
    'what holds no event gives its token back'
  )
})
