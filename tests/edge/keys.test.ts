// Goal: whom the edge lets in while it knows the key, does not know it yet, or cannot ask; and that guessing costs
// little. Method: the edge alone; the test is the key cache and the clock.
import t from 'tap'
import { ingestKey, knownKeys, post, publicKey, secondKey, startEdge } from './support.ts'

t.test('a key that is not known yet waits for the next snapshot', async t => {
  const edge = await startEdge(t, { keys: [] })
  const answer = post(edge)
  await edge.refreshes.next()
  edge.sendKeys(knownKeys)
  t.equal((await answer).status, 202)
})

t.test('a key that the next snapshot does not hold either is refused, and for a moment at once', async t => {
  const edge = await startEdge(t, { keys: [] })
  const answer = post(edge)
  await edge.refreshes.next()
  edge.sendKeys([])
  t.match(await answer, { status: 401, body: { type: /unauthorized$/ } })
  t.equal((await post(edge)).status, 401)
  t.equal(edge.refreshes.waiting(), 0, 'guessing again asks nobody')
})

t.test('before the first snapshot everybody waits, and in the end gets 503', async t => {
  const edge = await startEdge(t, { keys: null })
  const answer = post(edge)
  await edge.refreshes.next()
  await edge.later(1_499)
  await edge.later(1)
  const { status, headers, body } = await answer
  t.match({ status, body }, { status: 503, body: { type: /unavailable$/ } })
  t.equal(headers.get('retry-after'), '5')
})

t.test('while the database does not answer, known keys go on and unknown ones get 503', async t => {
  const edge = await startEdge(t)
  edge.sendKeys([ingestKey(publicKey, 1)], { fresh: false })
  t.equal((await post(edge)).status, 202)
  t.equal((await post(edge, '{}', { 'X-Mesher-Key': secondKey })).status, 503)
  t.equal(edge.refreshes.waiting(), 0, 'the cache polls by itself')
  edge.sendKeys(knownKeys)
  t.equal((await post(edge, '{}', { 'X-Mesher-Key': secondKey })).status, 202)
})

t.test('a key that an outage kept from being looked up gets 503, not 401', async t => {
  const edge = await startEdge(t, { keys: [] })
  const answer = post(edge)
  await edge.refreshes.next()
  edge.sendKeys([], { fresh: false })
  t.equal((await answer).status, 503)
})

t.test('a revoked key stops with the snapshot that lacks it', async t => {
  const edge = await startEdge(t)
  t.equal((await post(edge)).status, 202)
  edge.sendKeys([ingestKey(secondKey, 2)])
  const answer = post(edge)
  await edge.refreshes.next()
  edge.sendKeys([ingestKey(secondKey, 2)])
  t.equal((await answer).status, 401)
})

t.test('a snapshot from before the question decides nothing, unless it knows the key', async t => {
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

t.test('no more than a thousand requests wait for a decision, and all of them ask once', async t => {
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
