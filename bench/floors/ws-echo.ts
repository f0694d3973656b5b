/**
 * The floor of a link between nodes: `ws` alone on loopback, which sends the same bytes back. No codec, no proof, no
 * processes.
 */
import { once } from 'node:events'
import { WebSocket, WebSocketServer } from 'ws'

export type Echo = {
  /** Sends so many frames, with `window` of them under way, and resolves when all have come back. */
  run: (frames: number, window: number) => Promise<void>
  stop: () => void
}

export async function startWsEcho(frame: Buffer): Promise<Echo> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
  await once(server, 'listening')
  server.on('connection', (socket, { socket: wire }) => {
    wire.setNoDelay(true)
    socket.on('message', data => socket.send(data))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a server on loopback has a port')
  const client = new WebSocket(`ws://127.0.0.1:${address.port}`, { perMessageDeflate: false })
  await once(client, 'open')

  return {
    run: (frames, window) =>
      new Promise(resolve => {
        let [sent, back] = [0, 0]
        const send = (): void => {
          sent += 1
          client.send(frame)
        }
        client.removeAllListeners('message')
        client.on('message', () => {
          back += 1
          if (back === frames) resolve()
          else if (sent < frames) send()
        })
        while (sent < Math.min(window, frames)) send()
      }),
    stop: () => {
      client.terminate()
      server.close()
    }
  }
}
