// Goal: the tools of operators get health, readiness, and metrics where they may see them, by GET and by HEAD.
// Method: the edge alone with readiness and metrics of the test.
import t from 'tap'
import { rawClient, send, startEdge } from './support.ts'

const token = 'a-token-for-metrics'

t.test('/healthz is 200 while the event loop turns', async t => {
  const edge = await startEdge(t)
  t.match(await send(`${edge.url}/healthz`), { status: 200, body: { status: 'alive' } })
})

t.test('HEAD answers like GET, without the body', async t => {
  const edge = await startEdge(t)
  const client = rawClient(t, edge.port)
  client.write(
    ['HEAD /healthz', 'HEAD /nowhere', 'GET /healthz'].map(start => `${start} HTTP/1.1\r\nHost: x\r\n\r\n`).join('')
  )
  const text = await client.until(/alive/)
  t.match(
    text,
    /^HTTP\/1\.1 200 OK\r\n[^]*content-length: 18\r\n[^]*\r\n\r\nHTTP\/1\.1 404 [^]*\r\n\r\nHTTP\/1\.1 200 OK/i
  )
})

t.test('/readyz shows the checks of the pipeline', async t => {
  const said = { ready: true, checks: [{ name: 'storage', ok: true, detail: 'takes events' }] }
  const edge = await startEdge(t, { readiness: async () => said })
  t.match(await send(`${edge.url}/readyz`), { status: 200, body: said })
  said.ready = false
  t.match(await send(`${edge.url}/readyz`), { status: 503, body: { ready: false } })
})

t.test('checks and metrics that fail are answered 503, and the edge goes on', async t => {
  const edge = await startEdge(t, {
    readiness: () => {
      throw new Error('at once')
    },
    metrics: () => Promise.reject(new Error('a little later'))
  })
  t.equal((await send(`${edge.url}/readyz`)).status, 503)
  t.equal((await send(`${edge.url}/metrics`)).status, 503)
  t.equal(edge.logged.length, 2)
  t.equal((await send(`${edge.url}/healthz`)).status, 200)
})

t.test('metrics are for this machine, and not for clients of a proxy on it', async t => {
  const edge = await startEdge(t)
  t.match(await send(`${edge.url}/metrics`), { status: 200, text: 'figures' })
  for (const header of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via']) {
    t.equal((await send(`${edge.url}/metrics`, { headers: { [header]: '127.0.0.1' } })).status, 403, header)
  }
})

t.test('metrics are for requests with the token', async t => {
  const edge = await startEdge(t, { metricsToken: token })
  const metrics = (authorization: string) =>
    send(`${edge.url}/metrics`, { headers: { authorization, 'x-forwarded-for': '192.0.2.1' } })
  t.equal((await metrics(`Bearer ${token}`)).status, 200)
  t.equal((await metrics('Bearer something-else')).status, 403)
  t.equal((await metrics('')).status, 403)
})

t.test('the figures of the edge are passed to the function that writes the metrics', async t => {
  const edge = await startEdge(t, {
    metrics: async status => ({ text: JSON.stringify(status), contentType: 'text/plain' })
  })
  await send(`${edge.url}/healthz`)
  await send(`${edge.url}/nowhere`)
  t.match(await send(`${edge.url}/metrics`), {
    body: { pending: 0, sockets: 0, waitingBytes: 0, draining: false, answered: { 200: 1, 404: 1 } }
  })
})
