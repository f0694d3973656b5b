// Goal: the subscriber learns of every change of the keys and of what it asked for, outages leave known keys good for
// their time, and nobody can make the cache ask the database without end. Method: `load` is a gate, the clock is the
// test's; polls that are due by time the test sends itself.
import t from 'tap'
import { keyCache, type KeyCacheOptions } from '../../../actors/ingestion/key-cache.ts'
import type { IngestKey } from '../../../schema/pipeline.ts'
import { gated, inbox, ingestKey, keptLog, node, quiet, until } from '../support.ts'
import type { KeyCacheMessage, KeysMessage } from '../../../actors/ingestion/messages.ts'

const outage = new Error('the connection was refused')
const key = ingestKey({ publicKey: 'a'.repeat(32) })
const other = ingestKey({ publicKey: 'b'.repeat(32), keyId: 'key-2' })

function startCache(t: Parameters<typeof node>[0], others: Partial<KeyCacheOptions> = {}) {
  const mesh = node(t)
  const subscriber = inbox<KeysMessage>(mesh)
  const loads = gated<[], IngestKey[]>()
  const { log, lines } = keptLog()
  let now = 0
  const cache = mesh.spawn(
    keyCache({
      load: loads.run,
      subscriber: subscriber.pid,
      pollMs: 1_000_000,
      refreshMs: 1_000_000,
      staleMs: 1_000,
      now: () => now,
      log,
      ...others
    })
  )
  const tell = async (message: KeyCacheMessage) => {
    mesh.cast(cache, message)
    await quiet(mesh)
  }
  return {
    mesh,
    loads,
    lines,
    subscriber,
    pass: (ms: number) => {
      now += ms
    },
    poll: () => tell({ type: 'poll' }),
    refresh: () => tell({ type: 'refresh' }),
    load: async (keys: IngestKey[]) => {
      await quiet(mesh)
      loads.last().succeed(keys)
      await quiet(mesh)
    },
    fail: async () => {
      await quiet(mesh)
      loads.last().fail(outage)
      await quiet(mesh)
    },
    /** What the subscriber was told since the last time: freshness and keys. */
    told: () =>
      subscriber
        .take()
        .map(
          ({ snapshot }) =>
            `${snapshot.fresh ? 'fresh' : 'stale'} ${[...snapshot.keys.keys()].map(name => name.charAt(0)).join('')}`
        )
  }
}

t.test('loads at its start and tells of changes only', async t => {
  const { load, poll, told } = startCache(t)
  await load([key])
  t.same(told(), ['fresh a'])
  await poll()
  await load([key])
  t.same(told(), [])
  await poll()
  await load([key, other])
  t.same(told(), ['fresh ab'])
  await poll()
  await load([other])
  t.same(told(), ['fresh b'], 'a revoked key is gone')
  const grouping = { revision: 1, fingerprintRules: 'type:A -> b', stackRules: '' }
  for (const revision of [1, 1, 2]) {
    await poll()
    await load([{ ...other, project: { ...other.project, grouping: { ...grouping, revision } } }])
  }
  t.same(told(), ['fresh b', 'fresh b'], 'rules have a revision')
})

t.test('keys stay good while the database is away, for their time', async t => {
  const { load, fail, poll, told, pass, lines } = startCache(t)
  await load([key])
  pass(1_000)
  for (let outages = 0; outages < 2; outages++) {
    await poll()
    await fail()
  }
  t.same(told(), ['fresh a', 'stale a'], 'told once')
  t.equal(lines.filter(line => line.startsWith('warn')).length, 1)

  pass(1)
  await poll()
  await fail()
  await poll()
  await load([key])
  t.same(told(), ['fresh a'])
  t.match(lines.at(-1), /polled again/)
})

t.test('who asks is answered by a poll that began after the question', async t => {
  const { load, poll, refresh, told, pass, loads, mesh } = startCache(t, { refreshMs: 0 })
  await load([key])
  told()
  await poll()
  pass(1)
  await refresh()
  await load([key])
  t.same(told(), [], 'the poll under way may have begun too early')
  await until(() => loads.calls.length === 3)
  await load([key])
  t.same(told(), ['fresh a'], 'the next one has not')
  await quiet(mesh)
  t.equal(loads.calls.length, 3)
})

t.test('however many ask, polls keep their distance, in an outage too', async t => {
  const { load, fail, poll, refresh, loads } = startCache(t)
  await load([key])
  for (let asked = 0; asked < 5; asked++) await refresh()
  t.equal(loads.calls.length, 1)

  await poll()
  await fail()
  for (let asked = 0; asked < 5; asked++) await refresh()
  t.equal(loads.calls.length, 2)
})
