// Goal: what operators' tools get: health, readiness, figures for those who may see them, HEAD as well as GET.
// Method: the edge alone with readiness and figures of the test's.
import t from 'tap'
import { rawClient, send, startEdge } from './support.ts'

const token = 'a-token-for-metrics'

t.test('health says that the loop turns', async t => {
  const edge = await startEdge(t)
  t.match(await send(`${edge.url}/healthz`), { status: 200, body: { status: 'alive' } })
})

t.test('HEAD answers like GET, without the body', async t => {
  const edge = await startEdge(t)
  const client = rawClient(t, edge.port)
  client.write(
    'HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\nHEAD /nowhere HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'
  )
  const text = await client.until(/alive/)
  t.match(
    text,
    /^HTTP\/1\.1 200 OK\r\n[^]*content-length: 18\r\n[^]*\r\n\r\nHTTP\/1\.1 404 [^]*\r\n\r\nHTTP\/1\.1 200 OK/i
  )
})

t.test('readiness is what the pipeline says', async t => {
  const said = { ready: true, checks: [{ name: 'storage', ok: true, detail: 'takes events' }] }
  const edge = await startEdge(t, { readiness: async () => said })
  t.match(await send(`${edge.url}/readyz`), { status: 200, body: said })
  said.ready = false
  t.match(await send(`${edge.url}/readyz`), { status: 503, body: { ready: false } })
})

t.test('readiness and figures that fail are a 503, not the end of anything', async t => {
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

t.test('figures are for this machine, not for whom a proxy speaks', async t => {
  const edge = await startEdge(t)
  t.match(await send(`${edge.url}/metrics`), { status: 200, text: 'figures' })
  for (const header of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via']) {
    t.equal((await send(`${edge.url}/metrics`, { headers: { [header]: '127.0.0.1' } })).status, 403, header)
  }
})

t.test('figures are for whoever has the token', async t => {
  const edge = await startEdge(t, { metricsToken: token })
  const metrics = (authorization: string) =>
    send(`${edge.url}/metrics`, { headers: { authorization, 'x-forwarded-for': '192.0.2.1' } })
  t.equal((await metrics(`Bearer ${token}`)).status, 200)
  t.equal((await metrics('Bearer something-else')).status, 403)
  t.equal((await metrics('')).status, 403)
})

t.test('figures of the edge itself are handed to whoever writes them down', async t => {
  const edge = await startEdge(t, {
    metrics: async status => ({ text: JSON.stringify(status), contentType: 'text/plain' })
  })
  await send(`${edge.url}/healthz`)
  await send(`${edge.url}/nowhere`)
  t.match(await send(`${edge.url}/metrics`), {
    body: { pending: 0, sockets: 0, waitingBytes: 0, draining: false, answered: { 200: 1, 404: 1 } }
  })
})
