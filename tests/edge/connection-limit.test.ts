// Goal: connections beyond the bound are closed at once, and each that ends makes room for another, WebSockets too.
// Method: raw connections to a listener with room for two.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t from 'tap'
import { publicKey, startEdge } from './support.ts'

const upgrade =
  'GET /ingest HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n'

t.test('refuses the third of two connections, until one ends', async t => {
  const edge = await startEdge(t, { connectionsMax: 2 })
  const port = Number(new URL(edge.url).port)
  const open = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    t.teardown(() => {
      socket.destroy()
    })
    await once(socket, 'connect')
    return socket
  }
  /** Whether a request on it is answered, rather than the connection closed. */
  const isServed = async (socket: Socket): Promise<boolean> => {
    const answered = once(socket, 'data').then(() => true)
    const closed = once(socket, 'close').then(() => false)
    socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')
    return await Promise.race([answered, closed])
  }
  const servedSoon = async (): Promise<void> => {
    while (!(await isServed(await open())));
  }
  const [first, second] = [await open(), await open()]
  t.equal(await isServed(first), true)
  t.equal(await isServed(second), true)
  t.equal(await isServed(await open()), false)

  first.destroy()
  second.destroy()
  const upgraded = async (): Promise<Socket | null> => {
    const socket = await open()
    const greeted = once(socket, 'data').then(([greeting]) => String(greeting))
    const closed = once(socket, 'close').then(() => '')
    socket.write(`${upgrade}X-Mesher-Key: ${publicKey}\r\n\r\n`)
    const text = await Promise.race([greeted, closed])
    if (text !== '') t.match(text, /^HTTP\/1\.1 101/)
    return text === '' ? null : socket
  }
  // The server hears of the ends after a moment.
  let socket = await upgraded()
  while (socket === null) socket = await upgraded()
  socket.destroy()
  await servedSoon()
  await servedSoon()
  t.ok((await edge.status()).connectionsRefused >= 1)
})
