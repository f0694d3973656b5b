// Goal: sockets and their processes exchange frames and answers, each is told when the other ends, and everything is
// bounded. Method: the edge alone; the test plays the processes of the sockets, `ws` is the client.
import { once } from 'node:events'
import t from 'tap'
import { WebSocket } from 'ws'
import { limits } from '../../schema/limits.ts'
import {
  ingestKey,
  knownKeys,
  publicKey,
  rawClient,
  secondKey,
  socketPeer,
  startEdge,
  type EdgeUnderTest,
  type SocketPeer
} from './support.ts'

type Test = { teardown: (work: () => void) => void }

function dial(t: Test, edge: EdgeUnderTest, query = `?key=${publicKey}`): WebSocket {
  const ws = new WebSocket(`ws://127.0.0.1:${edge.port}/ingest${query}`)
  t.teardown(() => {
    ws.terminate()
  })
  ws.on('error', () => {})
  return ws
}

async function connected(t: Test, edge: EdgeUnderTest): Promise<{ ws: WebSocket; peer: SocketPeer }> {
  const ws = dial(t, edge)
  await once(ws, 'open')
  return { ws, peer: await edge.peers.next() }
}

function upgradeOf(key: string): string {
  return (
    `GET /ingest?key=${key} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
  )
}

async function closeCode(ws: WebSocket): Promise<number> {
  const [code] = await once(ws, 'close')
  return code
}

t.test('frames go to the process of the socket, in order, and its messages to the client', async t => {
  const edge = await startEdge(t)
  const { ws, peer } = await connected(t, edge)
  t.equal(peer.key.publicKey, publicKey)
  for (const frame of ['one', 'two', 'drei ✓']) ws.send(frame)
  t.same([await peer.frames.next(), await peer.frames.next(), await peer.frames.next()], ['one', 'two', 'drei ✓'])

  const received: string[] = []
  ws.on('message', data => {
    received.push(String(data))
  })
  edge.mesh.cast(edge.edge, { type: 'socket_send', socket: peer.socket, data: ['1', '2'] })
  edge.mesh.cast(edge.edge, { type: 'socket_send', socket: peer.socket, data: ['3'] })
  while (received.length < 3) await once(ws, 'message')
  t.same(received, ['1', '2', '3'])
})

t.test('a client that leaves ends its process, and what it sent before is not lost', async t => {
  const edge = await startEdge(t)
  const { ws, peer } = await connected(t, edge)
  ws.send('last words')
  ws.close()
  t.equal(await peer.frames.next(), 'last words')
  await peer.closed
  t.equal((await edge.status()).sockets, 0)
})

t.test('the frames of a client that leaves before its process has started are not lost', async t => {
  let start = (): void => {}
  const gate = new Promise<void>(resolve => {
    start = resolve
  })
  const edge: EdgeUnderTest = await startEdge(t, {
    openConnection: async (socket, key) => {
      await gate
      edge.peers.push(socketPeer(edge.mesh, edge.edge, socket, key))
    }
  })
  const ws = dial(t, edge)
  await once(ws, 'open')
  ws.send('early')
  ws.close()
  await once(ws, 'close')
  start()
  const { frames, closed } = await edge.peers.next()
  t.equal(await frames.next(), 'early')
  await closed
})

t.test('a process that ends closes its socket', async t => {
  const edge = await startEdge(t)
  const { ws, peer } = await connected(t, edge)
  const { ws: other } = await connected(t, edge)
  const code = closeCode(ws)
  edge.mesh.exit(peer.pid, 'killed')
  t.equal(await code, 1011)
  t.equal(other.readyState, WebSocket.OPEN)
})

t.test('a process that cannot be started closes its socket', async t => {
  const edge = await startEdge(t, { openConnection: () => Promise.reject(new Error('no room')) })
  t.equal(await closeCode(dial(t, edge)), 1013)
})

t.test('a process may close its socket with a code', async t => {
  const edge = await startEdge(t)
  const { ws, peer } = await connected(t, edge)
  const code = closeCode(ws)
  edge.mesh.cast(edge.edge, { type: 'socket_close', socket: peer.socket, code: 1013, reason: 'too many' })
  edge.mesh.cast(edge.edge, { type: 'socket_send', socket: peer.socket, data: ['too late'] })
  t.equal(await code, 1013)
  await peer.closed
})

t.test('a process whose socket has gone is told', async t => {
  const edge = await startEdge(t)
  await socketPeer(edge.mesh, edge.edge, 4_711, ingestKey(publicKey, 1)).closed
  t.pass()
})

t.test('a frame of the limit is taken, one byte more closes with 1009, a binary frame with 1003', async t => {
  const edge = await startEdge(t)
  const { ws, peer } = await connected(t, edge)
  ws.send('x'.repeat(limits.frameBytesMax))
  t.equal((await peer.frames.next()).length, limits.frameBytesMax)
  const code = closeCode(ws)
  ws.send('x'.repeat(limits.frameBytesMax + 1))
  t.equal(await code, 1009)

  const binary = (await connected(t, edge)).ws
  binary.send(Buffer.from('{}'))
  t.equal(await closeCode(binary), 1003)
})

t.test('a request without a good key is refused before the upgrade', async t => {
  const edge = await startEdge(t)
  async function refusal(query: string): Promise<number> {
    const [, response] = await once(dial(t, edge, query), 'unexpected-response')
    return response.statusCode
  }
  t.equal(await refusal(''), 401)
  t.equal(await refusal('?key=nonsense'), 401)
  edge.sendKeys(knownKeys, { fresh: false })
  t.equal(await refusal(`?key=${'0'.repeat(32)}`), 503)
})

t.test('a key that is not known yet is looked up before the upgrade', async t => {
  const edge = await startEdge(t, { keys: [] })
  const ws = dial(t, edge)
  await edge.refreshes.next()
  edge.sendKeys(knownKeys)
  await once(ws, 'open')
  t.pass()
})

t.test('a client that leaves while its key is looked up leaves nothing behind', async t => {
  const edge = await startEdge(t, { keys: [] })
  const client = rawClient(t, edge.port)
  client.write(upgradeOf(publicKey))
  await edge.refreshes.next()
  client.destroy()
  await client.closed
  edge.sendKeys(knownKeys)
  t.match(await edge.status(), { sockets: 0 })
  t.same(edge.logged, [])
})

t.test('a revoked key closes its sockets', async t => {
  const edge = await startEdge(t)
  const { ws } = await connected(t, edge)
  const code = closeCode(ws)
  edge.sendKeys([ingestKey(secondKey, 2)])
  t.equal(await code, 1008)
})

t.test('a client that does not read its answers is closed before they fill the memory', async t => {
  const edge = await startEdge(t)
  const { ws, peer } = await connected(t, edge)
  ws.pause()
  const data = ['x'.repeat(512 * 1024)]
  while ((await edge.status()).sockets > 0) {
    edge.mesh.cast(edge.edge, { type: 'socket_send', socket: peer.socket, data })
  }
  await peer.closed
})

t.test('a drain waits for the answers to frames, takes no more of them, and closes with 1001', async t => {
  const edge = await startEdge(t)
  const { ws, peer } = await connected(t, edge)
  const { ws: idle } = await connected(t, edge)
  ws.send('one')
  ws.send('two')
  await peer.frames.next()
  await peer.frames.next()
  const [code, idleCode] = [closeCode(ws), closeCode(idle)]
  const received: string[] = []
  ws.on('message', data => {
    received.push(String(data))
  })

  const drained = edge.drain()
  t.equal(await idleCode, 1001)
  ws.send('three')
  edge.mesh.cast(edge.edge, { type: 'socket_send', socket: peer.socket, data: ['first'] })
  t.equal((await edge.status()).sockets, 1)
  edge.mesh.cast(edge.edge, { type: 'socket_send', socket: peer.socket, data: ['second'] })
  t.equal(await code, 1001)
  t.same(received, ['first', 'second'])
  await drained
  t.equal(peer.frames.waiting(), 0)
})

t.test('one project has at most 2,000 sockets, and the others still get theirs', async t => {
  const edge = await startEdge(t)
  async function answerTo(key: string): Promise<string> {
    const client = rawClient(t, edge.port)
    client.write(upgradeOf(key))
    return (await client.until(/\r\n\r\n/)).slice(0, 12)
  }
  const answers = await Promise.all(Array.from({ length: 2_000 }, () => answerTo(publicKey)))
  t.same(new Set(answers), new Set(['HTTP/1.1 101']))
  t.equal(await answerTo(publicKey), 'HTTP/1.1 503')
  t.equal(await answerTo(secondKey), 'HTTP/1.1 101')
  t.match(await edge.status(), { sockets: 2_001 })
})
