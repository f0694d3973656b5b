// Goal: every way out of the table of pending requests: settled, refused, timed out, left by the client, answered
// twice, answered wrongly. Method: the edge alone; the test is the pipeline behind it and the clock.
import { connect } from 'node:net'
import { once } from 'node:events'
import t from 'tap'
import { refusals } from '../../schema/refusals.ts'
import { auth, post, publicKey, startEdge, stored, type EdgeUnderTest } from './support.ts'

const bulk = (edge: EdgeUnderTest) => post(edge, '[{},{},{}]', auth, '/api/v1/events/bulk')

t.test('an event is answered with its id and outcome', async t => {
  const edge = await startEdge(t, { answers: false })
  const answer = post(edge)
  const { request, seed } = await edge.admitted.next()
  edge.reply({ request, index: 0, total: 1, result: { status: 202, id: seed, outcome: 'duplicate' } })
  t.match(await answer, { status: 202, body: { id: seed, outcome: 'duplicate' } })
})

t.test('an invalid event is answered with a problem that names the fields', async t => {
  const edge = await startEdge(t, { answers: false })
  const answer = post(edge)
  const { request } = await edge.admitted.next()
  edge.reply({
    request,
    index: 0,
    total: 1,
    result: { ...refusals.invalid([{ path: 'level', message: 'is wrong' }]), status: 400 }
  })
  const { status, headers, body } = await answer
  t.equal(status, 400)
  t.equal(headers.get('content-type'), 'application/problem+json')
  t.match(body, {
    type: /invalid$/,
    title: String,
    status: 400,
    detail: String,
    errors: [{ path: 'level', message: 'is wrong' }]
  })
})

t.test('a refusal of the pipeline keeps its status and its Retry-After', async t => {
  const edge = await startEdge(t, { answers: false })
  const answer = post(edge)
  edge.reply({ request: (await edge.admitted.next()).request, refusal: refusals.rateLimited(7.2) })
  const { status, headers } = await answer
  t.equal(status, 429)
  t.equal(headers.get('retry-after'), '8', 'whole seconds, rounded up')
})

t.test('a bulk request waits for all its events and keeps their order', async t => {
  const edge = await startEdge(t, { answers: false })
  const answer = bulk(edge)
  const request = await edge.admitted.next()
  edge.reply(stored(request, 2, 3))
  edge.reply({
    request: request.request,
    index: 0,
    total: 3,
    result: { ...refusals.invalid([{ path: 'message', message: 'is missing' }]), status: 400 }
  })
  t.equal((await edge.status()).pending, 1)
  edge.reply(stored(request, 1, 3))
  t.match(await answer, {
    status: 202,
    body: {
      accepted: 2,
      rejected: 1,
      results: [
        { status: 400, errors: [{ path: 'message' }] },
        { status: 202, id: request.seed },
        { status: 202, outcome: 'stored' }
      ]
    }
  })
})

t.test('of two replies for one event the first counts', async t => {
  const edge = await startEdge(t, { answers: false })
  const answer = bulk(edge)
  const request = await edge.admitted.next()
  edge.reply(stored(request, 0, 2), {
    request: request.request,
    index: 0,
    total: 2,
    result: { status: 202, id: request.seed, outcome: 'duplicate' }
  })
  edge.reply(stored(request, 1, 2))
  t.match((await answer).body, { accepted: 2, results: [{ outcome: 'stored' }, { outcome: 'stored' }] })
  t.equal((await edge.status()).late, 1)
})

t.test('a request that waits until the deadline gets 503, and a later reply is only counted', async t => {
  const edge = await startEdge(t, { answers: false, replyDeadlineMs: 10_000 })
  const answer = post(edge)
  const request = await edge.admitted.next()
  await edge.later(9_999)
  t.equal((await edge.status()).pending, 1)
  await edge.later(1)
  const { status, headers, body } = await answer
  t.equal(status, 503)
  t.equal(headers.get('retry-after'), '1')
  t.match(body, { type: /timeout$/ })
  edge.reply(stored(request))
  t.match(await edge.status(), { pending: 0, timedOut: 1, late: 1 })
  t.match(await edge.refused.next(), { projectId: 1, reason: 'timeout', count: 1 })
  t.equal(
    (await Promise.all([post(edge), edge.admitted.next().then(next => edge.reply(stored(next)))]))[0].status,
    202,
    'the edge goes on'
  )
})

t.test('a client that leaves is removed, and a reply for it changes nothing', async t => {
  const edge = await startEdge(t, { answers: false })
  const socket = connect({ host: '127.0.0.1', port: edge.port })
  socket.write(`POST /api/v1/events HTTP/1.1\r\nHost: x\r\nX-Mesher-Key: ${publicKey}\r\nContent-Length: 2\r\n\r\n{}`)
  const request = await edge.admitted.next()
  socket.resetAndDestroy()
  await once(socket, 'close')
  while ((await edge.status()).aborted === 0) {
    await new Promise(resolve => {
      setImmediate(resolve)
    })
  }
  edge.reply(stored(request))
  t.match(await edge.status(), { pending: 0, aborted: 1, late: 1 })
})

t.test('a reply that makes no sense fails its own request only', async t => {
  const edge = await startEdge(t, { answers: false })
  const odd = bulk(edge)
  const oddRequest = await edge.admitted.next()
  const good = post(edge)
  const goodRequest = await edge.admitted.next()
  edge.reply(stored(oddRequest, 5, 3), stored(goodRequest))
  t.match(await odd, { status: 503, body: { type: /internal$/ } })
  t.equal((await good).status, 202)
  t.match(edge.logged, [/could not be handled/])
})

t.test('replies for requests that do not exist are only counted', async t => {
  const edge = await startEdge(t)
  edge.reply({ request: 12_345, refusal: refusals.internal() })
  t.match(await edge.status(), { late: 1, pending: 0 })
})
