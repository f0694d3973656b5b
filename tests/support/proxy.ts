/**
 * A TCP proxy that tests put between two nodes. The test cuts it, freezes it in one direction or both, or drops its
 * connections, as a network does.
 */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'

type Test = { teardown: (stop: () => void) => void }

export type Proxy = {
  address: string
  /** `cut` ends all connections and refuses new ones; `heal` accepts them again. */
  cut: () => void
  heal: () => void
  /** Discards all bytes but keeps the connections, in both directions or in one. */
  freeze: (direction?: 'both' | 'in' | 'out') => void
  thaw: () => void
  /** Ends all connections; new ones are accepted. */
  drop: () => void
  connections: () => number
}

type ProxyOptions = {
  /** Called with all bytes before they are passed on, in either direction; it may change them. */
  onBytes?: (bytes: Buffer) => void
}

/** A proxy to `target` ("host:port", read at each connection). It closes with its test. */
export async function proxy(t: Test, target: () => string, { onBytes = () => {} }: ProxyOptions = {}): Promise<Proxy> {
  const pairs = new Set<[Socket, Socket]>()
  let isCut = false
  let isFrozen = { in: false, out: false }
  const server = createServer(near => {
    if (isCut) {
      near.destroy()
      return
    }
    const [host = '', port = ''] = target().split(':')
    const far = connect(Number(port), host)
    const pair: [Socket, Socket] = [near, far]
    pairs.add(pair)
    near.on('data', bytes => {
      onBytes(bytes)
      if (!isFrozen.in) pass(bytes, near, far)
    })
    far.on('data', bytes => {
      onBytes(bytes)
      if (!isFrozen.out) pass(bytes, far, near)
    })
    for (const socket of pair) {
      socket.on('error', () => {})
      socket.on('close', () => {
        pairs.delete(pair)
        near.destroy()
        far.destroy()
      })
    }
  })
  const drop = (): void => {
    for (const pair of pairs) for (const socket of pair) socket.destroy()
  }
  await listening(server)
  t.teardown(() => {
    drop()
    server.close()
  })
  return {
    address: addressOf(server),
    cut: () => {
      isCut = true
      drop()
    },
    heal: () => {
      isCut = false
    },
    freeze: (direction = 'both') => {
      isFrozen = { in: direction !== 'out', out: direction !== 'in' }
    },
    thaw: () => {
      isFrozen = { in: false, out: false }
    },
    drop,
    connections: () => pairs.size
  }
}

/** Reads no faster than the receiver does. */
function pass(bytes: Buffer, from: Socket, to: Socket): void {
  if (to.write(bytes)) return
  from.pause()
  to.once('drain', () => from.resume())
}

async function listening(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
}

function addressOf(server: Server): string {
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('the proxy does not listen on a port')
  return `${bound.address}:${bound.port}`
}
