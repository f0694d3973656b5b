/**
 * The dashboards of `bench/stream`, in a process of their own: sockets that subscribe to one environment each and count
 * the events they get. It gets { url, sockets } from its parent, reports when all are subscribed, and at the end of
 * each `window` what came in it.
 */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { environments } from './events.ts'

export type ToClients =
  | { type: 'connect'; url: string; sockets: number; stalled: number; idle: boolean }
  | { type: 'open' }
  | { type: 'close' }
export type FromClients =
  | { type: 'following' }
  | { type: 'counted'; events: number; frames: number; p50Ms: number; p99Ms: number; cpuUs: number }

let events = 0
let frames = 0
let delays: number[] = []
let cpu = process.cpuUsage()

process.on('message', (message: ToClients) => {
  if (message.type === 'connect') connectAll(message).then(() => say({ type: 'following' }), fail)
  else if (message.type === 'open') reset()
  else say(counted())
})

async function connectAll({ url, sockets, stalled, idle }: Extract<ToClients, { type: 'connect' }>): Promise<void> {
  for (let index = 0; index < stalled; index++) (await connect(url, environments[index] ?? '', idle)).pause()
  for (let from = 0; from < sockets; from += 100) {
    await Promise.all(
      Array.from({ length: Math.min(100, sockets - from) }, (_, index) =>
        connect(url, environments[(from + index) % environments.length] ?? '', idle)
      )
    )
  }
}

async function connect(url: string, environment: string, idle: boolean): Promise<WebSocket> {
  const ws = new WebSocket(`${url.replace('http', 'ws')}/api/v1/stream`, {
    perMessageDeflate: false,
    skipUTF8Validation: true
  })
  ws.on('error', fail)
  await once(ws, 'open')
  if (idle) return ws
  ws.send(JSON.stringify({ type: 'subscribe', project: '1', filters: { environment: [environment] } }))
  await once(ws, 'message')
  ws.on('message', data => take(String(data)))
  return ws
}

/** Frames are not parsed: otherwise the clients would cost more than the server. */
function take(frame: string): void {
  const now = performance.timeOrigin + performance.now()
  frames += 1
  for (let at = frame.indexOf('"title":"'); at !== -1; at = frame.indexOf('"title":"', at + 9)) {
    events += 1
    delays.push(now - Number(frame.slice(at + 9, frame.indexOf(' ', at + 9))))
  }
}

function reset(): void {
  events = 0
  frames = 0
  delays = []
  cpu = process.cpuUsage()
}

function counted(): FromClients {
  const sorted = Float64Array.from(delays).sort()
  const { user, system } = process.cpuUsage(cpu)
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? NaN
  return { type: 'counted', events, frames, p50Ms: at(0.5), p99Ms: at(0.99), cpuUs: user + system }
}

function say(message: FromClients): void {
  process.send?.(message)
}

function fail(error: Error): void {
  console.error(error)
  process.exit(1)
}
