// Goal: the edge decides keys that it knows, does not know yet, or cannot look up; guessing keys costs little. Method:
// the edge alone; the test is the key cache and the clock.
import t from 'tap'
import { ingestKey, knownKeys, post, publicKey, secondKey, startEdge } from './support.ts'

t.test('a key that is not known yet waits for the next snapshot', async t => {
  const edge = await startEdge(t, { keys: [] })
  const answer = post(edge)
  await edge.refreshes.next()
  edge.sendKeys(knownKeys)
  t.equal((await answer).status, 202)
})

t.test('a key that the next snapshot lacks too is refused, and at once for the next second', async t => {
  const edge = await startEdge(t, { keys: [] })
  const answer = post(edge)
  await edge.refreshes.next()
  edge.sendKeys([])
  t.match(await answer, { status: 401, body: { type: /unauthorized$/ } })
  t.equal((await post(edge)).status, 401)
  t.equal(edge.refreshes.waiting(), 0, 'guessing again asks nobody')
})

t.test('before the first snapshot all requests wait, and get 503 when the patience ends', async t => {
  const edge = await startEdge(t, { keys: null })
  const answer = post(edge)
  await edge.refreshes.next()
  await edge.later(1_499)
  await edge.later(1)
  const { status, headers, body } = await answer
  t.match({ status, body }, { status: 503, body: { type: /unavailable$/ } })
  t.equal(headers.get('retry-after'), '5')
})

t.test('while the database does not answer, known keys still work and unknown ones get 503', async t => {
  const edge = await startEdge(t)
  edge.sendKeys([ingestKey(publicKey, 1)], { fresh: false })
  t.equal((await post(edge)).status, 202)
  t.equal((await post(edge, '{}', { 'X-Mesher-Key': secondKey })).status, 503)
  t.equal(edge.refreshes.waiting(), 0, 'the cache polls by itself')
  edge.sendKeys(knownKeys)
  t.equal((await post(edge, '{}', { 'X-Mesher-Key': secondKey })).status, 202)
})

t.test('a key that could not be looked up because of an outage gets 503, not 401', async t => {
  const edge = await startEdge(t, { keys: [] })
  const answer = post(edge)
  await edge.refreshes.next()
  edge.sendKeys([], { fresh: false })
  t.equal((await answer).status, 503)
})

t.test('a revoked key is refused from the snapshot on that lacks it', async t => {
  const edge = await startEdge(t)
  t.equal((await post(edge)).status, 202)
  edge.sendKeys([ingestKey(secondKey, 2)])
  const answer = post(edge)
  await edge.refreshes.next()
  edge.sendKeys([ingestKey(secondKey, 2)])
  t.equal((await answer).status, 401)
})

t.test('a snapshot older than the request refuses nothing, but its keys count', async t => {
  const edge = await startEdge(t, { keys: [] })
  await edge.later(100)
  const answer = post(edge)
  await edge.refreshes.next()
  edge.sendKeys([ingestKey(secondKey, 2)], { asOf: 99 })
  await edge.refreshes.next()
  t.equal((await post(edge, '{}', { 'X-Mesher-Key': secondKey })).status, 202)
  edge.sendKeys(knownKeys, { asOf: 100 })
  t.equal((await answer).status, 202)
})

t.test('at most a thousand requests wait for a decision, and together they cause one refresh', async t => {
  const edge = await startEdge(t, { keys: [] })
  const guesses = Array.from({ length: 1_001 }, (_, index) =>
    post(edge, '{}', { 'X-Mesher-Key': index.toString(16).padStart(32, '0') })
  )
  t.match(await Promise.race(guesses), { status: 503, body: { type: /overloaded$/ } })
  t.equal(edge.refreshes.waiting(), 1)
  edge.sendKeys([])
  const statuses = (await Promise.all(guesses)).map(({ status }) => status)
  t.equal(statuses.filter(status => status === 503).length, 1)
  t.equal(statuses.filter(status => status === 401).length, 1_000)
})
