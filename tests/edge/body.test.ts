// Goal: bodies stay within the limits of one body, of a project and of all bodies, and within their time. What is
// refused gives its bytes back. Method: the edge alone with small bounds, connections that are written to byte by byte,
// and a clock that the test moves.
import t from 'tap'
import { limits } from '../../schema/limits.ts'
import {
  auth,
  headOf,
  knownKeys,
  post,
  publicKey,
  rawClient,
  secondKey,
  startEdge,
  type EdgeUnderTest
} from './support.ts'

const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`

/** Waits until the edge holds exactly this many bytes of bodies. */
async function holding(edge: EdgeUnderTest, bytes: number): Promise<void> {
  while ((await edge.status()).waitingBytes !== bytes) {
    await new Promise(resolve => {
      setImmediate(resolve)
    })
  }
}

t.test('a body in many pieces arrives whole', async t => {
  const edge = await startEdge(t, { answers: false })
  const client = rawClient(t, edge.port)
  client.write(headOf({ 'Content-Length': '9' }))
  for (const [held, piece] of ['{"a"', ':1', '2'].entries()) {
    client.write(piece)
    await holding(edge, [4, 6, 7][held] ?? 0)
  }
  client.write('3}')
  t.equal(Buffer.from((await edge.admitted.next()).body).toString(), '{"a":123}')
  await holding(edge, 0)
})

t.test('a chunked body arrives whole', async t => {
  const edge = await startEdge(t, { answers: false })
  const client = rawClient(t, edge.port)
  client.write(headOf({ 'Transfer-Encoding': 'chunked' }) + chunk('{"a":') + chunk('1}'))
  await holding(edge, 7)
  client.write('0\r\n\r\n')
  t.equal(Buffer.from((await edge.admitted.next()).body).toString(), '{"a":1}')
})

t.test('a body of exactly the limit is taken, one byte more is not', async t => {
  const edge = await startEdge(t)
  t.equal((await post(edge, 'x'.repeat(limits.eventBytesMax))).status, 202)
  t.equal((await post(edge, 'x'.repeat(limits.eventBytesMax + 1))).status, 413)
  t.equal((await post(edge, 'x'.repeat(limits.bulkBytesMax), auth, '/api/v1/events/bulk')).status, 202)
  t.equal((await post(edge, 'x'.repeat(limits.bulkBytesMax + 1), auth, '/api/v1/events/bulk')).status, 413)
  t.match(await edge.refused.next(), { projectId: 1, reason: 'too_large' })
})

t.test('an announced length above the limit is refused before any of it comes, and the connection goes on', async t => {
  const edge = await startEdge(t)
  const client = rawClient(t, edge.port)
  const tooLong = limits.eventBytesMax + 1
  client.write(headOf({ 'Content-Length': String(tooLong) }))
  t.match(await client.until(/too_large/), /^HTTP\/1\.1 413 /)
  client.write('x'.repeat(tooLong) + headOf({ 'Content-Length': '2' }) + '{}')
  t.match(await client.until(/202 Accepted/), /202 Accepted/)
})

t.test('an announced length beyond reason ends the connection', async t => {
  const edge = await startEdge(t)
  const client = rawClient(t, edge.port)
  client.write(headOf({ 'Content-Length': '1000000000' }))
  const text = await client.closed
  t.match(text, /^HTTP\/1\.1 413 /)
  t.equal(text.match(/connection: close/gi)?.length, 1)
})

t.test('chunks are counted as they come', async t => {
  const edge = await startEdge(t)
  const client = rawClient(t, edge.port)
  client.write(headOf({ 'Transfer-Encoding': 'chunked' }))
  for (let sent = 0; sent <= limits.eventBytesMax; sent += 65_536) client.write(chunk('x'.repeat(65_536)))
  t.match(await client.closed, /^HTTP\/1\.1 413 /)
  await holding(edge, 0)
})

t.test('the bodies of one project have a budget of their own, and leave the others theirs', async t => {
  const edge = await startEdge(t, { waitingBytesMax: 100_000, projectWaitingBytesMax: 1_000 })
  const [first, second] = [rawClient(t, edge.port), rawClient(t, edge.port)]
  first.write(headOf({ 'Content-Length': '2000' }) + 'x'.repeat(900))
  await holding(edge, 900)
  second.write(headOf({ 'Content-Length': '2000' }) + 'x'.repeat(900))
  const text = await second.closed
  t.match(text, /^HTTP\/1\.1 503 /)
  t.match(text, /retry-after: 1/i)

  const other = rawClient(t, edge.port)
  other.write(headOf({ 'X-Mesher-Key': secondKey, 'Content-Length': '2000' }) + 'x'.repeat(900))
  await holding(edge, 1_800)
  first.destroy()
  await holding(edge, 900)
  t.equal((await post(edge)).status, 202, 'what is complete at once needs no room')
  t.match(await edge.refused.next(), { projectId: 1, reason: 'overloaded' })
})

t.test('all bodies together stay within their budget', async t => {
  const edge = await startEdge(t, { waitingBytesMax: 1_000, projectWaitingBytesMax: 1_000 })
  const first = rawClient(t, edge.port)
  first.write(headOf({ 'Content-Length': '2000' }) + 'x'.repeat(900))
  await holding(edge, 900)
  const other = rawClient(t, edge.port)
  other.write(headOf({ 'X-Mesher-Key': secondKey, 'Content-Length': '2000' }) + 'x'.repeat(200))
  t.match(await other.closed, /^HTTP\/1\.1 503 /)
})

t.test('a body that makes no progress is refused with 408 after the grace', async t => {
  const edge = await startEdge(t, { bodyGraceMs: 30_000 })
  const [early, late] = [rawClient(t, edge.port), rawClient(t, edge.port)]
  early.write(headOf({ 'Content-Length': '2000' }) + 'early')
  await holding(edge, 5)
  await edge.later(10_000)
  late.write(headOf({ 'Content-Length': '4' }) + '{"')
  await holding(edge, 7)
  await edge.later(21_000)
  t.match(await early.closed, /^HTTP\/1\.1 408 /)
  late.write('1}')
  t.match(await late.until(/202 Accepted/), /202 Accepted/)
})

t.test('a client that sends a kilobyte a second is served, within the limit for a whole body', async t => {
  const edge = await startEdge(t, { bodyGraceMs: 10_000, bodyTimeoutMs: 60_000 })
  const [steady, endless] = [rawClient(t, edge.port), rawClient(t, edge.port)]
  steady.write(headOf({ 'Content-Length': '40000' }))
  endless.write(headOf({ 'Content-Length': '900000' }))
  for (let second = 1; second <= 4; second++) {
    steady.write('x'.repeat(10_000 - (second === 4 ? 1 : 0)))
    endless.write('x'.repeat(10_000))
    await holding(edge, second * 20_000 - (second === 4 ? 1 : 0))
    await edge.later(10_000)
  }
  steady.write('x')
  t.match(await steady.until(/202 Accepted/), /^HTTP\/1\.1 202 /)
  await edge.later(20_000)
  t.match(await endless.closed, /^HTTP\/1\.1 408 /)
})

t.test('when bodies fill the room, those that have been arriving for long give way', async t => {
  const edge = await startEdge(t, { waitingBytesMax: 1_000, projectWaitingBytesMax: 1_000 })
  const slow = rawClient(t, edge.port)
  slow.write(headOf({ 'Content-Length': '2000' }) + 'x'.repeat(900))
  await holding(edge, 900)
  await edge.later(11_000)
  const other = rawClient(t, edge.port)
  other.write(headOf({ 'X-Mesher-Key': secondKey, 'Content-Length': '300' }) + 'x'.repeat(200))
  t.match(await slow.closed, /^HTTP\/1\.1 503 /)
  await holding(edge, 200)
  other.write('x'.repeat(100))
  t.match(await other.until(/202 Accepted/), /^HTTP\/1\.1 202 /)
})

t.test('a client that takes longer than the timer of uWebSockets.js is served', async t => {
  const edge = await startEdge(t)
  const client = rawClient(t, edge.port)
  client.write(headOf({ 'Content-Length': '40' }))
  // Its timer of some 10 s asks for 16 kB/s, so this one has to be as slow as a real client.
  for (let sent = 0; sent < 40; sent += 2) {
    client.write('xx')
    await new Promise(resolve => {
      setTimeout(resolve, 700)
    })
  }
  t.match(await client.until(/202 Accepted/), /^HTTP\/1\.1 202 /)
})

for (const coding of ['identity', 'gzip, chunked', 'xchunked']) {
  t.test(`the Transfer-Encoding ${coding} is refused, and the connection ends`, async t => {
    const edge = await startEdge(t)
    const client = rawClient(t, edge.port)
    client.write(`${headOf({ 'Transfer-Encoding': coding })}2\r\n{}\r\n0\r\n\r\n`)
    t.match(await client.closed, /^HTTP\/1\.1 400 /)
  })
}

t.test('a client that leaves in the middle gives its bytes back', async t => {
  const edge = await startEdge(t)
  const client = rawClient(t, edge.port)
  client.write(headOf({ 'Content-Length': '2000' }) + 'x'.repeat(900))
  await holding(edge, 900)
  client.destroy()
  await holding(edge, 0)
})

t.test('bodies of unknown keys count as waiting until the key is decided', async t => {
  const edge = await startEdge(t, { keys: [], answers: false, projectWaitingBytesMax: 1_000 })
  const body = 'x'.repeat(700)
  const [first, second] = [rawClient(t, edge.port), rawClient(t, edge.port)]
  first.write(headOf({ 'Content-Length': '700' }) + body)
  await holding(edge, 700)
  second.write(headOf({ 'Content-Length': '700' }) + body)
  t.match(await second.closed, /^HTTP\/1\.1 503 /)
  edge.sendKeys(knownKeys)
  t.match(await edge.admitted.next(), { key: { publicKey }, body: Buffer.from(body) })
  await holding(edge, 0)
})

t.test('an empty body is a body', async t => {
  const edge = await startEdge(t, { answers: false })
  const client = rawClient(t, edge.port)
  client.write(headOf({}))
  t.equal((await edge.admitted.next()).body.byteLength, 0)
})

t.test('a client that sends Expect: 100-continue is told to go on', async t => {
  const edge = await startEdge(t)
  const client = rawClient(t, edge.port)
  client.write(headOf({ 'Content-Length': '2', Expect: '100-continue' }))
  await client.until(/100 Continue/)
  client.write('{}')
  t.match(await client.until(/202 Accepted/), /202 Accepted/)
})
