// Goal: a dashboard that does not read, among 1,000 that do, costs the others nothing; when it reads again it is told
// how much it has lost. Method: a whole node; committed batches go to its StreamManager as from the writer. The others
// follow one environment with short events; the stalled `ws` client follows everything, most of it long: more than all
// buffers on the way hold.
import { once } from 'node:events'
import t from 'tap'
import { WebSocket } from 'ws'
import { names } from '../../actors/names.ts'
import { limits } from '../../schema/limits.ts'
import type { CommittedBatch } from '../../services/commit/committed-batch.ts'
import { apiUnderTest, type ApiUser } from '../support/api.ts'
import { preparedEvent } from '../support/prepared.ts'

type Message = { type: string; events?: { environment: string }[]; count?: number }
type Dashboard = {
  ws: WebSocket
  frames: () => number
  dropped: () => number
  until: (isTrue: () => boolean) => Promise<void>
}

const api = await apiUnderTest(t)
const others = 1_000
const rounds = 10
const longInRound = 40
const longTitle = 'x'.repeat(100_000)

async function dashboard({ credential }: ApiUser, filters: object): Promise<Dashboard> {
  const ws = new WebSocket(`${api.url.replace('http', 'ws')}/api/v1/stream`, {
    headers: credential,
    perMessageDeflate: false
  })
  t.teardown(() => ws.terminate())
  const seen = { subscribed: 0, frames: 0, dropped: 0 }
  let changed = (): void => {}
  ws.on('message', data => {
    const message: Message = JSON.parse(String(data))
    if (message.type === 'subscribed') seen.subscribed += 1
    if (message.type === 'events') seen.frames += 1
    seen.dropped += message.count ?? 0
    changed()
  })
  const closed = once(ws, 'close').then(([code]) => {
    throw new Error(`the socket was closed with ${code}`)
  })
  closed.catch(() => {})
  async function until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      await Promise.race([
        new Promise<void>(resolve => {
          changed = resolve
        }),
        closed
      ])
    }
  }
  await once(ws, 'open')
  ws.send(JSON.stringify({ type: 'subscribe', project: String(api.projectId), filters }))
  await until(() => seen.subscribed > 0)
  return { ws, frames: () => seen.frames, dropped: () => seen.dropped, until }
}

function committed(environment: string, title: string): CommittedBatch {
  const event = { ...preparedEvent(), projectId: api.projectId, environment, title }
  return {
    id: '',
    outcomes: [],
    stored: [{ event, issueId: event.id, rootId: event.id, bytes: 1, weight: 1 }],
    changes: [],
    alreadyCommitted: false
  }
}

/** Each is a frame of its own, which is lost or kept. */
function publish(environment: string, title: string): void {
  api.running.mesh.cast(names.streamManager, { type: 'committed', batches: [committed(environment, title)] })
  api.running.mesh.cast(names.streamManager, { type: 'flush' })
}

async function manyDashboards(): Promise<Dashboard[]> {
  const made: Dashboard[] = []
  while (made.length < others) {
    const user = await api.user('member')
    for (let ofUser = 0; ofUser < limits.streamSocketsOfUserMax; ofUser += 50) {
      made.push(...(await Promise.all(Array.from({ length: 50 }, () => dashboard(user, { environment: ['short'] })))))
    }
  }
  return made
}

t.test('one stalled dashboard among a thousand', async t => {
  const stalled = await dashboard(await api.user('member'), {})
  const reading = await manyDashboards()
  t.equal(reading.length, others)
  stalled.ws.pause()
  for (let round = 1; round <= rounds; round++) {
    for (let index = 0; index < longInRound; index++) publish('long', longTitle)
    publish('short', 'short')
    await Promise.all(reading.map(({ until, frames }) => until(() => frames() >= round)))
  }
  t.equal(stalled.frames(), 0)
  t.same(
    reading.filter(({ frames, dropped }) => frames() !== rounds || dropped() !== 0),
    [],
    'each of the others got every event once'
  )

  stalled.ws.resume()
  const published = rounds * (longInRound + 1)
  await stalled.until(() => stalled.frames() + stalled.dropped() >= published)
  t.ok(stalled.dropped() > 0, 'some were lost')
  t.equal(stalled.frames() + stalled.dropped(), published, 'and it knows how many')
  t.same(
    api.log.filter(line => line.includes('crashed')),
    []
  )
})
