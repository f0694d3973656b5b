// Goal: buckets let through what their limits say, refuse with the time to wait, may be overdrawn, and are forgotten
// when full. Method: a clock that the test moves; neighbours keep their mail.
import t from 'tap'
import { rateLimiter } from '../../../actors/ingestion/rate-limiter.ts'
import { holdsNoEvent } from '../../../events/sentry/beside-events.ts'
import type { IngestKey, RepliesMessage } from '../../../schema/pipeline.ts'
import { fates, inbox, ingestKey, ingestRequest, neighbour, node, quiet, repliesIn } from '../support.ts'
import type {
  EventRouterMessage,
  KeyUsageMessage,
  RateLimiterMessage,
  RefusalCounterMessage,
  TakenMessage
} from '../../../actors/ingestion/messages.ts'

function startLimiter(
  t: Parameters<typeof node>[0],
  { routed = true, ...others }: { routed?: boolean; tell?: (message: TakenMessage) => void } = {}
) {
  const mesh = node(t)
  const router = routed ? neighbour<EventRouterMessage>(mesh, 'router').inbox : { mail: [] }
  const counter = neighbour<RefusalCounterMessage>(mesh, 'counter')
  const usage = neighbour<KeyUsageMessage>(mesh, 'usage')
  const client = inbox<RepliesMessage>(mesh)
  let now = 0
  const limiter = mesh.spawn(
    rateLimiter({
      next: 'router',
      refusalCounter: counter.name,
      keyUsage: usage.name,
      now: () => now,
      holdsNoEvent,
      ...others
    })
  )
  const tell = async (message: RateLimiterMessage) => {
    mesh.cast(limiter, message)
    await quiet(mesh)
  }
  return {
    router,
    counter: counter.inbox,
    usage: usage.inbox,
    client,
    tell,
    pass: (ms: number) => {
      now += ms
    },
    /** Sends so many requests at once and says how many got through. */
    admit: async (key: IngestKey, count = 1) => {
      const before = router.mail.flatMap(message => (message.type === 'route' ? message.requests : [])).length
      await tell({ type: 'admit', requests: Array.from({ length: count }, () => ingestRequest(client.pid, { key })) })
      return router.mail.flatMap(message => (message.type === 'route' ? message.requests : [])).length - before
    },
    waits: () => repliesIn(client.take()).map(reply => ('refusal' in reply ? reply.refusal.retryAfterS : undefined))
  }
}

function limited(projectPerMinute: number | null, keyPerMinute: number | null = null, keyId = 'key-1'): IngestKey {
  const key = ingestKey({ keyId, rateLimitPerMinute: keyPerMinute })
  return { ...key, project: { ...key.project, rateLimitPerMinute: projectPerMinute } }
}

t.test('without a limit everything goes on, in one mail', async t => {
  const { router, admit } = startLimiter(t)
  t.equal(await admit(limited(null), 1_000), 1_000)
  t.equal(router.mail.length, 1)
})

t.test('while the disk is short of space nothing goes on, with a limit or without', async t => {
  const { client, counter, admit, tell } = startLimiter(t)
  await tell({ type: 'storage', isLow: true })
  t.equal(await admit(limited(null), 2), 0)
  t.equal(await admit(limited(60)), 0)
  t.match(fates(client.take()), [/ disk_full$/, / disk_full$/, / disk_full$/])
  t.match(counter.mail[0], { refusals: [{ projectId: 1, reason: 'disk_full', count: 2 }] })
  await tell({ type: 'storage', isLow: false })
  t.equal(await admit(limited(60), 61), 60, 'and what was refused has cost no token')
})

t.test('an empty bucket refuses events, and lets pass what holds none, up to a limit', async t => {
  const { admit, client, tell, router } = startLimiter(t)
  const key = limited(0)
  t.equal(await admit(key), 0)
  const envelope = (type: string) => `{}\n{"type":"${type}"}\n{}`
  const send = async (type: string, count: number): Promise<number> => {
    const before = router.mail.length
    const requests = Array.from({ length: count }, () =>
      ingestRequest(client.pid, { key, format: 'envelope', body: envelope(type) })
    )
    await tell({ type: 'admit', requests })
    return router.mail.slice(before).flatMap(message => (message.type === 'route' ? message.requests : [])).length
  }
  for (const type of ['client_report', 'session', 'check_in', 'user_report', 'transaction']) {
    t.equal(await send(type, 1), 1, type)
  }
  t.equal(await send('event', 1), 0)
  t.equal(await send('client_report', 1_000), 595)
})

t.test("lets a minute's worth through at once, then what the time brings", async t => {
  const { client, counter, admit, pass, waits } = startLimiter(t)
  const key = limited(60)
  t.equal(await admit(key, 100), 60)
  t.equal(fates(client.mail).length, 40)
  t.same(waits(), new Array(40).fill(1))
  t.same(counter.mail, [{ type: 'refused', refusals: [{ projectId: 1, reason: 'rate_limited', count: 40 }] }])

  pass(2_500)
  t.equal(await admit(key, 10), 2)
  pass(500)
  t.equal(await admit(key, 10), 1, 'halves are not lost')
  pass(10 * 60_000)
  t.equal(await admit(key, 100), 60, "a bucket holds no more than a minute's worth")
})

t.test('a limit of the key stands beside that of the project', async t => {
  const { admit } = startLimiter(t)
  t.equal(await admit(limited(100, 10, 'a'), 50), 10)
  t.equal(await admit(limited(100, 200, 'b'), 200), 90, 'what the key refused cost the project nothing')
})

t.test('events of a bulk request are charged afterwards and may overdraw', async t => {
  const { admit, tell, pass, waits } = startLimiter(t)
  const key = limited(60)
  await admit(key)
  await tell({ type: 'charge', charges: [{ key, events: 119 }] })
  t.equal(await admit(key), 0)
  t.same(waits(), [61], 'until the debt is paid and a token is there')
  pass(61_000)
  t.equal(await admit(key), 1)
})

t.test('a limit of nothing refuses everything and asks for patience', async t => {
  const { admit, waits } = startLimiter(t)
  t.equal(await admit(limited(0)), 0)
  t.same(waits(), [60])
})

t.test('a request that carried no event gives its token back, and no more than that', async t => {
  const { admit, tell } = startLimiter(t)
  t.equal(await admit(limited(3), 2), 2)
  for (let given = 0; given < 2; given++) await tell({ type: 'charge', charges: [{ key: limited(3), events: -1 }] })
  await tell({ type: 'charge', charges: [{ key: limited(3), events: -1 }] })
  t.equal(await admit(limited(3), 9), 3, 'a bucket never holds more than its limit')
})

t.test('a changed limit holds from then on', async t => {
  const { admit, pass } = startLimiter(t)
  t.equal(await admit(limited(10), 20), 10)
  pass(60_000)
  t.equal(await admit(limited(5), 20), 5)
})

t.test('forgets full buckets without anybody noticing', async t => {
  const { admit, tell, pass } = startLimiter(t)
  await admit(limited(60), 60)
  pass(30_000)
  await tell({ type: 'sweep' })
  t.equal(await admit(limited(60), 60), 30, 'one that is not full is kept')
  pass(60_000)
  await tell({ type: 'sweep' })
  t.equal(await admit(limited(60), 100), 60)
})

t.test('refuses, and has counted, what it cannot hand on', async t => {
  const { client, counter, tell } = startLimiter(t, { routed: false })
  await tell({ type: 'admit', requests: [ingestRequest(client.pid, { request: 1 })] })
  t.same(fates(client.mail), ['1 overloaded'])
  t.same(counter.mail, [{ type: 'refused', refusals: [{ projectId: 1, reason: 'overloaded', count: 1 }] }])
})

t.test('nodes tell each other what they took, and take what others did', async t => {
  const told: TakenMessage[] = []
  const { tell, admit } = startLimiter(t, {
    tell: message => {
      told.push(message)
    }
  })
  t.equal(await admit(limited(10), 4), 4)
  await tell({ type: 'tell' })
  t.same(told, [{ type: 'taken', buckets: [{ name: 'project 1', capacity: 10, taken: 4 }] }])
  await tell({ type: 'tell' })
  t.equal(told.length, 1, 'nothing new')

  await tell({
    type: 'taken',
    buckets: [
      { name: 'project 1', capacity: 10, taken: 5 },
      { name: 'key elsewhere', capacity: 3, taken: 3 }
    ]
  })
  t.equal(await admit(limited(10), 4), 1)
  await tell({ type: 'charge', charges: [{ key: limited(10), events: 7 }] })
  await tell({ type: 'tell' })
  // It tells by the clock too, so this may have come in two parts.
  const later = told.slice(1).flatMap(message => (message.type === 'taken' ? message.buckets : []))
  t.same(new Set(later.map(({ name }) => name)), new Set(['project 1']))
  t.equal(
    later.reduce((sum, { taken }) => sum + taken, 0),
    8,
    'what was charged later too'
  )
})

t.test('after a separation the emptier bucket counts', async t => {
  const { tell, admit } = startLimiter(t)
  await tell({ type: 'levels', buckets: [{ name: 'project 1', capacity: 10, tokens: 2 }] })
  t.equal(await admit(limited(10), 4), 2)
  await tell({ type: 'levels', buckets: [{ name: 'project 1', capacity: 10, tokens: 9 }] })
  t.equal(await admit(limited(10), 4), 0)
})

t.test('what was sent with a key is told from time to time, without what was refused or held no event', async t => {
  const { admit, tell, usage } = startLimiter(t)
  const [key, other] = [limited(null), limited(1, null, 'key-2')]
  await admit(key, 3)
  await admit(other, 1)
  await admit(other, 1)
  await tell({
    type: 'charge',
    charges: [
      { key, events: 4 },
      { key: other, events: -1 }
    ]
  })
  await tell({ type: 'use' })
  const { projectId } = key.project
  t.same(usage.take(), [
    {
      type: 'used',
      uses: [
        { projectId, keyId: 'key-1', events: 7, clients: [''] },
        { projectId, keyId: 'key-2', events: 0, clients: [''] }
      ]
    }
  ])
  await tell({ type: 'use' })
  t.same(usage.take(), [], 'and nothing when there was none')
})
