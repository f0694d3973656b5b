// Goal: the listener is a good process: it opens its port or names the reason, comes back after a crash or a kill, and
// drains in order. Method: the edge alone under a supervisor; the test holds the answers back.
import { createServer } from 'node:net'
import { once } from 'node:events'
import t from 'tap'
import type { EdgeMessage } from '../../actors/edge-messages.ts'
import { freePort } from '../../bench/support/server.ts'
import { auth, headOf, post, rawClient, send, startEdge, stored, type EdgeUnderTest } from './support.ts'

async function untilRestarted(edge: EdgeUnderTest): Promise<void> {
  // A new edge first asks for the keys.
  await edge.refreshes.next()
  await edge.mesh.call<EdgeMessage, { port: number }>(edge.edge, replyTo => ({ type: 'address', replyTo }))
}

t.test('a port that is taken is an error that names it', async t => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => {
    other.close()
  })
  const address = other.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  await t.rejects(startEdge(t, { port }), { message: new RegExp(`127\\.0\\.0\\.1:${port} .*in use`) })
})

t.test('two edges do not share a port by accident', async t => {
  const { port } = await startEdge(t)
  await t.rejects(startEdge(t, { port }), { message: /in use/ })
})

for (const reason of ['killed', 'shutdown', { error: { name: 'Error', message: 'a crash' } }] as const) {
  t.test(`after the end ${JSON.stringify(reason)} its connections are closed, and it is back on its port`, async t => {
    const edge = await startEdge(t, { port: await freePort() })
    const client = rawClient(t, edge.port)
    client.write(headOf({ 'Content-Length': '10' }) + '{')
    while ((await edge.status()).waitingBytes === 0) {
      await new Promise(resolve => {
        setImmediate(resolve)
      })
    }

    const pid = edge.mesh.whereis(edge.edge)
    if (pid !== undefined) edge.mesh.exit(pid, reason)
    t.equal(await client.closed, '')
    await untilRestarted(edge)
    t.equal((await send(`${edge.url}/healthz`)).status, 200)
  })
}

t.test('an edge that restarts asks for the keys and gets them again', async t => {
  const edge = await startEdge(t)
  const pid = edge.mesh.whereis(edge.edge)
  if (pid !== undefined) edge.mesh.exit(pid, 'killed')
  await untilRestarted(edge)
  t.not((await edge.status()).draining, true)
})

t.test('a drain answers what was accepted, refuses the rest, and then replies', async t => {
  const edge = await startEdge(t, { answers: false })
  const accepted = post(edge)
  const request = await edge.admitted.next()
  const [receiving, idle, unknown] = [rawClient(t, edge.port), rawClient(t, edge.port), rawClient(t, edge.port)]
  idle.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
  await idle.until(/alive/)
  receiving.write(headOf({ 'Content-Length': '10' }) + '{')
  unknown.write(headOf({ 'X-Mesher-Key': 'f'.repeat(32), 'Content-Length': '2' }) + '{}')
  while ((await edge.status()).waitingBytes < 3) {
    await new Promise(resolve => {
      setImmediate(resolve)
    })
  }

  let isDrained = false
  const drained = edge.drain().then(() => {
    isDrained = true
  })
  for (const client of [receiving, unknown]) {
    t.match(
      await client.closed,
      /^HTTP\/1\.1 503 [^]*connection: close[^]*shutting_down/i,
      'what is not accepted yet is refused'
    )
  }
  await t.rejects(fetch(edge.url), 'nobody new gets in')
  idle.write('GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n')
  t.match(await idle.closed, /503 [^]*connection: close[^]*"ready":false/i)
  t.equal(isDrained, false)

  edge.reply(stored(request))
  const { status, headers } = await accepted
  t.equal(status, 202)
  t.equal(headers.get('connection'), 'close')
  await drained
})

t.test('new requests on open connections are refused while others are waited for', async t => {
  const edge = await startEdge(t, { answers: false })
  const accepted = post(edge)
  const request = await edge.admitted.next()
  const client = rawClient(t, edge.port)
  client.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
  await client.until(/alive/)
  const drained = edge.drain()
  client.write(headOf({ ...auth, 'Content-Length': '2' }) + '{}')
  const text = await client.closed
  t.match(text, /HTTP\/1\.1 503 [^]*retry-after: 1[^]*shutting_down/i)
  edge.reply(stored(request))
  t.equal((await accepted).status, 202)
  await drained
})

t.test('a drain with nothing to wait for ends at once, and so does a second one', async t => {
  const edge = await startEdge(t)
  t.equal(await edge.drain(), true)
  t.equal(await edge.drain(), true)
})

t.test('a drain waits no longer than the deadline of its requests', async t => {
  const edge = await startEdge(t, { answers: false })
  const accepted = post(edge)
  await edge.admitted.next()
  const drained = edge.drain()
  await edge.status()
  await edge.later(10_000)
  t.equal((await accepted).status, 503)
  t.equal(await drained, true)
})
