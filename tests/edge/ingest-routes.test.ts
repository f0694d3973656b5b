// Goal: a request with a key and a known encoding goes to the pipeline with all it needs; everything else is refused
// with a clear answer. Method: the edge alone; the test is the pipeline that gets the requests.
import t from 'tap'
import { receivedAtOf } from '../../events/event-ids.ts'
import { auth, headOf, ingestKey, post, publicKey, rawClient, secondKey, send, startEdge, stored } from './support.ts'

const bulkPath = '/api/v1/events/bulk'

t.test('a request carries its key, its encoding, its body and an id of its own', async t => {
  const edge = await startEdge(t)
  const before = Date.now()
  await post(edge, '{"message":"x"}', { ...auth, 'Content-Encoding': 'GZip', 'Content-Type': 'image/png' })
  const { key, format, encoding, body, seed } = await edge.admitted.next()
  t.match(
    { key, format, encoding, body: Buffer.from(body).toString() },
    { key: { publicKey, project: { projectId: 1 } }, format: 'event', encoding: 'gzip', body: '{"message":"x"}' }
  )
  t.match(seed, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.ok(receivedAtOf(seed) >= before && receivedAtOf(seed) <= Date.now())
})

t.test('the type of a bulk request decides how it is read, and its seed leaves room for its events', async t => {
  const edge = await startEdge(t)
  const formats: [string, string][] = [
    ['application/json', 'array'],
    ['', 'array'],
    ['text/plain', 'array'],
    ['application/x-ndjson', 'ndjson'],
    ['application/x-ndjson; charset=utf-8', 'ndjson'],
    ['Application/NDJSON', 'ndjson']
  ]
  for (const [type, expected] of formats) {
    await post(edge, '[]', { ...auth, 'Content-Type': type }, bulkPath)
    const { format, seed } = await edge.admitted.next()
    t.equal(format, expected, type)
    t.match(seed, /0000$/)
  }
})

t.test('requests of one turn go out in one message', async t => {
  const edge = await startEdge(t, { answers: false })
  const clients = Array.from({ length: 20 }, () => rawClient(t, edge.port))
  for (const client of clients) client.write(headOf({ 'Content-Length': '4' }) + '{"')
  while ((await edge.status()).waitingBytes < 40) {
    await new Promise(resolve => {
      setImmediate(resolve)
    })
  }
  for (const client of clients) client.write('1}')
  await Promise.all(clients.map(() => edge.admitted.next()))
  t.equal(
    edge.mails.reduce((sum, count) => sum + count, 0),
    20
  )
  t.ok(edge.mails.length < 20, `20 requests came in ${edge.mails.length} mails`)
})

t.test('when the pipeline takes no requests, or too many wait, the answer is 503', async t => {
  const edge = await startEdge(t)
  const next = edge.mesh.whereis('next')
  if (next !== undefined) await edge.mesh.stopProcess(next, { timeoutMs: 1_000 })
  const { status, headers, body } = await post(edge)
  t.match({ status, body }, { status: 503, body: { type: /overloaded$/ } })
  t.equal(headers.get('retry-after'), '1')
  t.match(await edge.refused.next(), { projectId: 1, reason: 'overloaded', count: 1 })
})

t.test('the key may stand in any of its places', async t => {
  const edge = await startEdge(t)
  const places: [string, Record<string, string>][] = [
    ['', { 'X-Mesher-Key': publicKey.toUpperCase() }],
    ['', { Authorization: `bearer ${publicKey}` }],
    ['', { 'X-Sentry-Auth': `Sentry sentry_version=7, sentry_client=x/1, sentry_key=${publicKey}` }],
    ['', { 'X-Sentry-Auth': `Sentry sentry_key=${publicKey},sentry_version=7` }],
    [`?key=${publicKey}`, {}],
    [`?sentry_version=7&sentry_key=${publicKey}`, {}]
  ]
  for (const [query, headers] of places) {
    t.equal(
      (await post(edge, '{}', headers, `/api/v1/events${query}`)).status,
      202,
      `${query} ${JSON.stringify(headers)}`
    )
  }
})

t.test('what is no key is refused without reading the body', async t => {
  const edge = await startEdge(t)
  for (const headers of [
    {},
    { 'X-Mesher-Key': 'nonsense' },
    { 'X-Mesher-Key': publicKey.slice(1) },
    { Authorization: `Basic ${publicKey}` },
    { 'X-Sentry-Auth': 'Sentry' }
  ]) {
    const client = rawClient(t, edge.port)
    client.write(headOf({ 'X-Mesher-Key': '', ...headers, 'Content-Length': '1000' }))
    const text = await client.until(/problem:unauthorized/)
    t.match(text, /^HTTP\/1\.1 401 /)
    t.match(text, /www-authenticate: bearer/i)
    t.match(await edge.refused.next(), { projectId: 0, reason: 'unauthorized', count: 1 })
  }
})

t.test('an unknown encoding is refused without reading the body', async t => {
  const edge = await startEdge(t)
  for (const encoding of ['foo', 'gzip, gzip', 'compress']) {
    const client = rawClient(t, edge.port)
    client.write(headOf({ 'Content-Encoding': encoding, 'Content-Length': '1000' }))
    t.match(await client.until(/unsupported_encoding/), /^HTTP\/1\.1 415 /, encoding)
  }
  for (const encoding of ['identity', 'gzip', 'deflate', 'br', 'zstd', 'x-gzip']) {
    t.equal((await post(edge, 'x', { ...auth, 'Content-Encoding': encoding })).status, 202, encoding)
  }
})

t.test('other methods and paths are refused, and the connection stays open', async t => {
  const edge = await startEdge(t)
  const answers: [string, string, number, string | null][] = [
    ['GET', '/api/v1/events', 405, 'POST, OPTIONS'],
    ['PUT', bulkPath, 405, 'POST, OPTIONS'],
    ['DELETE', '/healthz', 405, 'GET, HEAD'],
    ['POST', '/ingest', 405, 'GET'],
    ['GET', '/ingest', 400, null],
    ['POST', '/api/v1/event', 404, null],
    ['POST', '/api/v1/events/', 404, null],
    ['POST', '//api/v1/events', 404, null],
    ['POST', '/api/v1/../v1/events', 404, null],
    ['POST', '/api/v1/EVENTS', 404, null],
    ['GET', '/api/%00', 404, null]
  ]
  for (const [method, path, status, allow] of answers) {
    const client = rawClient(t, edge.port)
    client.write(
      `${method} ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n`
    )
    const text = await client.until(/"alive"/)
    t.match(text, new RegExp(`^HTTP/1\\.1 ${status} `), `${method} ${path}`)
    t.match(text, /application\/problem\+json[^]*200 OK/)
    t.equal(/^allow: (.*)\r$/im.exec(text)?.[1] ?? null, allow)
  }
  t.match(await edge.refused.next(), { projectId: 0, reason: 'method_not_allowed' })
})

t.test('pages of other origins may send and read every answer', async t => {
  const edge = await startEdge(t)
  const preflight = await send(`${edge.url}/api/v1/events`, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://app.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'x-mesher-key,x-other'
    }
  })
  t.equal(preflight.status, 204)
  t.equal(preflight.text, '')
  t.equal(preflight.headers.get('access-control-allow-origin'), '*')
  t.equal(preflight.headers.get('access-control-allow-headers'), 'x-mesher-key,x-other')
  t.match(preflight.headers.get('access-control-allow-methods'), /POST/)
  t.ok(Number(preflight.headers.get('access-control-max-age')) > 0)
  const plain = await send(`${edge.url}${bulkPath}`, { method: 'OPTIONS' })
  t.match(plain.headers.get('access-control-allow-headers'), /x-mesher-key/)

  for (const answer of [await post(edge), await post(edge, '{}', {}), await send(`${edge.url}/api/v1/events`)]) {
    t.equal(answer.headers.get('access-control-allow-origin'), '*', String(answer.status))
  }
  t.match((await post(edge, '{}', {})).headers.get('access-control-expose-headers'), /retry-after/i)
  t.equal((await send(`${edge.url}/healthz`)).headers.get('access-control-allow-origin'), null, 'ingestion only')
})

t.test('an error in one request is answered 503 and harms none of 255 others', async t => {
  const broken = {
    ...ingestKey(secondKey, 2),
    get project(): never {
      throw new Error('no project today')
    }
  }
  const edge = await startEdge(t, { answers: false, keys: [ingestKey(publicKey, 1), broken] })
  const good = Array.from({ length: 255 }, () => post(edge))
  const odd = await post(edge, '{}', { 'X-Mesher-Key': secondKey })
  t.match(
    { status: odd.status, body: odd.body },
    { status: 503, body: { type: /internal$/, title: String, detail: String } }
  )
  t.equal(odd.headers.get('retry-after'), '1')
  t.notMatch(odd.text, /no project/, 'nothing of the inside is shown')
  t.same(edge.logged, ['a request could not be handled: Error: no project today'])

  const admitted = await Promise.all(good.map(() => edge.admitted.next()))
  edge.reply(...admitted.map(request => stored(request)))
  t.same(new Set((await Promise.all(good)).map(({ status }) => status)), new Set([202]))
})
