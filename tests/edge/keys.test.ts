// Goal: whom the edge lets in while it knows the key, does not know it yet, or cannot ask; and that guessing costs little.
// Method: the edge alone; the test is the key cache and the clock.
import t from 'tap'
import { auth, ingestKey, knownKeys, post, publicKey, secondKey, startEdge } from './support.ts'

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
  edge.sendKeys([ingestKey(publicKey, 1)], false)
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
  edge.sendKeys([], false)
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

t.test('many unknown keys at once ask once', async t => {
  const edge = await startEdge(t, { keys: [] })
  const guesses = Array.from({ length: 50 }, (_, index) => post(edge, '{}', { 'X-Mesher-Key': index.toString(16).padStart(32, '0') }))
  await edge.refreshes.next()
  await Promise.race([...guesses, edge.later(100)])
  edge.sendKeys(knownKeys)
  edge.sendKeys(knownKeys)
  const statuses = new Set<number>()
  while (statuses.size === 0) {
    // Those that came after a snapshot wait for another one.
    edge.sendKeys(knownKeys)
    const settled = await Promise.race([Promise.all(guesses), edge.status().then(() => null)])
    for (const { status } of settled ?? []) statuses.add(status)
  }
  t.same([...statuses], [401])
  t.ok(edge.refreshes.waiting() < 50, `${edge.refreshes.waiting() + 1} questions for 50 guesses`)
  t.equal((await post(edge, '{}', auth)).status, 202)
})
