// Goal: an orderly stop: accepted requests are answered, sockets are closed with a code, new requests are refused.
// Method: a node whose commit the test holds back while it stops.
import { once } from 'node:events'
import t from 'tap'
import { WebSocket } from 'ws'
import { runningNode } from '../support/running-node.ts'

t.test('a stop answers what was accepted and closes sockets with 1001', async t => {
  const { promise: released, resolve: release } = gate()
  const { promise: committing, resolve: enter } = gate()
  const own = await runningNode(t, {
    override: deps => ({
      ...deps,
      commit: async batches => {
        enter()
        await released
        return await deps.commit(batches)
      }
    })
  })
  const ws = new WebSocket(`${own.url.replace('http', 'ws')}/ingest?key=${own.key}`)
  await once(ws, 'open')
  const closed = once(ws, 'close')
  const answer = fetch(`${own.url}/api/v1/events`, {
    method: 'POST',
    headers: { 'x-mesher-key': own.key },
    body: '{"message":"last"}'
  })
  await committing

  const stopped = own.running.stop()
  t.equal((await closed)[0], 1001)
  release()
  t.equal((await answer).status, 202, 'what was accepted is answered')
  await stopped
  await t.rejects(fetch(`${own.url}/healthz`), 'nobody listens any more')
})

function gate(): { promise: Promise<void>; resolve: () => void } {
  let open = (): void => {}
  const promise = new Promise<void>(resolve => {
    open = resolve
  })
  return { promise, resolve: () => open() }
}
