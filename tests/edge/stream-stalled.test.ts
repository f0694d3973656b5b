// Goal: a dashboard that does not read costs the others nothing, and once it reads again it hears how much it has lost.
// Method: a whole node; batches of long events are handed to its StreamManager as the writer would, and one of several `ws` clients is paused.
import { once } from 'node:events'
import t from 'tap'
import { WebSocket } from 'ws'
import { names } from '../../actors/names.ts'
import type { CommittedBatch } from '../../services/batches.ts'
import { apiUnderTest } from '../support/api.ts'
import { preparedEvent } from '../support/prepared.ts'

type Message = { type: string, events?: { id: string }[], count?: number }

const api = await apiUnderTest(t)
const member = await api.user('member')
const batches = 400
/** So long that a client which does not read has more waiting than the kernel, the edge and its process keep together. */
const title = 'x'.repeat(100_000)

async function dashboard (): Promise<{ ws: WebSocket, events: () => number, frames: () => number, dropped: () => number, until: (isTrue: () => boolean) => Promise<void> }> {
  const ws = new WebSocket(`${api.url.replace('http', 'ws')}/api/v1/stream`, { headers: member.credential })
  t.teardown(() => ws.terminate())
  const seen = { subscribed: 0, events: 0, frames: 0, dropped: 0 }
  ws.on('message', data => {
    const message: Message = JSON.parse(String(data))
    if (message.type === 'subscribed') seen.subscribed += 1
    if (message.type === 'events') seen.frames += 1
    seen.events += message.events?.length ?? 0
    seen.dropped += message.count ?? 0
  })
  async function until (isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await once(ws, 'message')
  }
  await once(ws, 'open')
  ws.send(JSON.stringify({ type: 'subscribe', project: String(api.projectId) }))
  await until(() => seen.subscribed > 0)
  return { ws, events: () => seen.events, frames: () => seen.frames, dropped: () => seen.dropped, until }
}

function committed (): CommittedBatch {
  const event = { ...preparedEvent(), projectId: api.projectId, title }
  return { id: '', outcomes: [], stored: [{ event, issueId: event.id, bytes: 1 }], changes: [], alreadyCommitted: false }
}

t.test('one stalled dashboard among others', async t => {
  const stalled = await dashboard()
  const others = await Promise.all(Array.from({ length: 5 }, dashboard))
  stalled.ws.pause()
  const { mesh } = api.running
  // One frame at a time, so that each is a frame of its own to be lost or kept.
  for (let sent = 1; sent <= batches; sent++) {
    mesh.cast(names.streamManager, { type: 'committed', batches: [committed()] })
    mesh.cast(names.streamManager, { type: 'flush' })
    await Promise.all(others.map(({ until, events }) => until(() => events() >= sent)))
  }
  t.equal(stalled.events(), 0)

  stalled.ws.resume()
  await stalled.until(() => stalled.events() + stalled.dropped() >= batches)
  t.ok(stalled.dropped() > 0, 'some were lost')
  t.equal(stalled.frames() + stalled.dropped(), batches, 'and it knows how many')
  t.same(others.map(({ dropped }) => dropped()), [0, 0, 0, 0, 0])
  t.same(api.log.filter(line => line.includes('crashed')), [])
})
