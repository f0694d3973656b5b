/** A person at the dashboard: follows the project live and reads its pages every few seconds. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { percentileOf, rounded } from '../support/statistics.ts'
import type { Installation } from '../web/installation.ts'

type Delay = { p50: number; p99: number }

export type Dashboard = {
  delays: () => { page_ms: Delay; health_ms: Delay; live_events: number }
  stop: () => Promise<void>
}

const pageEveryMs = 2_000
const healthEveryMs = 100
/** What the pages of issues and of the overview read. */
const pages = [
  '/projects/default/issues?limit=50',
  '/projects/default/issues?limit=50&sort=trend',
  '/projects/default/stats/volume',
  '/projects/default/stats/top-issues?limit=10',
  '/projects/default/events?limit=50',
  '/projects/default/events?limit=50&query=environment:production'
]

export async function startDashboard({ url, cookie }: Installation): Promise<Dashboard> {
  const headers = { cookie: `${cookie.name}=${cookie.value}`, origin: url }
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/stream`, { headers })
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'subscribe', project: 'default' }))
  const read: number[] = []
  const health: number[] = []
  let events = 0
  let failed: unknown
  socket.on('message', data => (events += String(data).split('"title":"').length - 1))
  socket.on('error', error => (failed = error))

  const timed = async (path: string, into: number[]): Promise<void> => {
    const startedMs = performance.now()
    const answer = await fetch(url + path, { headers })
    await answer.arrayBuffer()
    if (!answer.ok) throw new Error(`GET ${path} answered ${answer.status}`)
    into.push(performance.now() - startedMs)
  }
  const every = (ms: number, work: (turn: number) => Promise<void>): NodeJS.Timeout => {
    let turn = 0
    return setInterval(() => {
      work(turn++).catch((error: unknown) => {
        failed = error
      })
    }, ms)
  }
  const reading = every(pageEveryMs, async turn => await timed(`/api/v1${pages[turn % pages.length] ?? ''}`, read))
  const probing = every(healthEveryMs, async () => await timed('/livez', health))

  return {
    delays: () => {
      if (failed !== undefined) throw failed
      return { page_ms: delayOf(read), health_ms: delayOf(health), live_events: events }
    },
    stop: async () => {
      clearInterval(reading)
      clearInterval(probing)
      const closed = once(socket, 'close')
      socket.close()
      await closed
    }
  }
}

function delayOf(values: readonly number[]): Delay {
  return { p50: rounded(percentileOf(values, 0.5), 1), p99: rounded(percentileOf(values, 0.99), 1) }
}
