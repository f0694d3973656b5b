/**
 * What it costs to send committed events to 1,000 dashboards with twenty distinct filters, against uWebSockets.js that
 * publishes the same events in ready frames to twenty topics. Both are given the same events at the same rate, so the
 * ratio is of the processor time of the server for each event delivered. One more dashboard has stalled. The delay from
 * commit to socket and the memory of an idle dashboard are measured too.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { FromClients, ToClients } from './stream/clients.ts'
import type { BenchOptions, BenchResult } from './support/bench.ts'
import { cpuSecondsOf, memoryOf } from './support/cpu.ts'
import { describeMachine, machineNow } from './support/machine.ts'
import { freePort, startServer, type Server } from './support/server.ts'
import { median, rounded } from './support/statistics.ts'
import { createProgress, tableOf, thousands, verdict } from './support/text.ts'

type SideName = 'floor' | 'mesher'
type Run = {
  eventsPerS: number
  usPerEvent: number
  usPerFrame: number
  p50Ms: number
  p99Ms: number
  clientUs: number
}
type Counted = Extract<FromClients, { type: 'counted' }>

const scripts = { floor: '../floors/uws-publish', mesher: '../stream/mesher-server' } as const
const bars = { of_floor: 0.5, p99_ms: 250, idle_socket_kb: 20 }
const warmupMs = 2_000
const rate = 1_000
const idleSockets = 4_000
/** One more that subscribes and then reads nothing. */
const stalled = 1

export async function run({
  rounds = 3,
  seconds = 8,
  connections = 1_000
}: Omit<BenchOptions, 'json'>): Promise<BenchResult> {
  const progress = createProgress()
  const runs: Record<SideName, Run[]> = { floor: [], mesher: [] }
  for (let round = 1; round <= rounds; round++) {
    for (const side of ['mesher', 'floor'] as const) {
      progress.say(`stream · round ${round} of ${rounds} · ${side}`)
      const measured = await measureSide(side, connections, seconds)
      runs[side].push(measured)
      progress.done(
        `stream · round ${round} of ${rounds} · ${side} · ${thousands(measured.eventsPerS)} events/s delivered, ` +
          `${measured.usPerEvent.toFixed(2)} µs each, p99 ${measured.p99Ms.toFixed(0)} ms`
      )
    }
  }
  progress.say('stream · idle dashboards')
  return resultOf(runs, await idleKb(), { rounds, seconds, connections })
}

async function withSide<Result>(
  side: SideName,
  eventsPerS: number,
  work: (server: Server, clients: ChildProcess) => Promise<Result>
): Promise<Result> {
  const port = await freePort()
  const server = await startServer({
    script: scripts[side],
    args: [],
    env: { STREAM_PORT: String(port), STREAM_RATE: String(eventsPerS) },
    url: `http://127.0.0.1:${port}`,
    readyPath: '/readyz'
  })
  const clients = fork(fileURLToPath(new URL(`./stream/clients${extname(import.meta.url)}`, import.meta.url)))
  try {
    return await work(server, clients)
  } finally {
    clients.kill('SIGKILL')
    await server.stop()
  }
}

async function measureSide(side: SideName, sockets: number, seconds: number): Promise<Run> {
  return await withSide(side, rate, async (server, clients) => {
    await asked(clients, { type: 'connect', url: server.url, sockets, stalled, idle: false }, 'following')
    await sleep(warmupMs)
    tell(clients, { type: 'open' })
    const [cpuS, startedMs] = [cpuSecondsOf(server.pid), performance.now()]
    await sleep(seconds * 1_000)
    const counted = await asked(clients, { type: 'close' }, 'counted')
    return runOf(counted, cpuSecondsOf(server.pid) - cpuS, (performance.now() - startedMs) / 1_000)
  })
}

function runOf({ events, frames, p50Ms, p99Ms, cpuUs }: Counted, cpuS: number, seconds: number): Run {
  return {
    eventsPerS: events / seconds,
    usPerEvent: (cpuS * 1e6) / events,
    usPerFrame: (cpuS * 1e6) / frames,
    p50Ms,
    p99Ms,
    clientUs: cpuUs / events
  }
}

/** What one idle dashboard adds to the memory of the server, in kB. */
async function idleKb(): Promise<number> {
  return await withSide('mesher', 0, async (server, clients) => {
    const before = memoryOf(server.pid).rssMb
    await asked(
      clients,
      { type: 'connect', url: server.url, sockets: idleSockets, stalled: 0, idle: true },
      'following'
    )
    await sleep(warmupMs)
    return ((memoryOf(server.pid).rssMb - before) * 1_024) / idleSockets
  })
}

function tell(clients: ChildProcess, message: ToClients): void {
  clients.send(message)
}

async function asked<Type extends FromClients['type']>(
  clients: ChildProcess,
  message: ToClients,
  answer: Type
): Promise<Extract<FromClients, { type: Type }>> {
  tell(clients, message)
  const ended = once(clients, 'exit').then(() => {
    throw new Error('the process of the dashboards has ended')
  })
  for (;;) {
    const [told]: FromClients[] = await Promise.race([once(clients, 'message'), ended])
    if (told === undefined) continue
    if (isOf(told, answer)) return told
  }
}

function isOf<Type extends FromClients['type']>(
  message: FromClients,
  type: Type
): message is Extract<FromClients, { type: Type }> {
  return message.type === type
}

function resultOf(
  runs: Record<SideName, Run[]>,
  idle: number,
  setting: { rounds: number; seconds: number; connections: number }
): BenchResult {
  const of = (side: SideName, name: keyof Run): number => median(runs[side].map(each => each[name]))
  const ofFloor = of('floor', 'usPerEvent') / of('mesher', 'usPerEvent')
  const p99 = of('mesher', 'p99Ms')
  const machine = machineNow()
  const row = (label: string, side: SideName): string[] => [
    label,
    thousands(of(side, 'eventsPerS')),
    of(side, 'usPerEvent').toFixed(2),
    of(side, 'usPerFrame').toFixed(1),
    of(side, 'p50Ms').toFixed(0),
    of(side, 'p99Ms').toFixed(0),
    of(side, 'clientUs').toFixed(2)
  ]
  return {
    figures: {
      machine,
      ...setting,
      rate,
      delivered: Math.round(of('mesher', 'eventsPerS')),
      of_floor: rounded(ofFloor, 3),
      p99_ms: rounded(p99, 1),
      idle_socket_kb: rounded(idle, 1),
      bars
    },
    text: [
      `Telling ${thousands(setting.connections)} dashboards with 20 filters of ${thousands(rate)} events/s: ` +
        `${setting.rounds} rounds of ${setting.seconds} s`,
      describeMachine(machine),
      tableOf(
        ['', 'delivered/s', 'server µs/event', 'server µs/frame', 'p50 ms', 'p99 ms', 'client µs/event'],
        [row('uWS publish', 'floor'), row('Mesher', 'mesher')]
      ),
      `An idle dashboard takes ${idle.toFixed(1)} kB.`,
      verdict('of uWS publish', ofFloor, bars.of_floor)
    ].join('\n'),
    missed: [
      ...(ofFloor < bars.of_floor ? [`${ofFloor.toFixed(2)} of uWS publish, the bar is ${bars.of_floor}`] : []),
      ...(p99 > bars.p99_ms ? [`p99 from commit to socket ${p99.toFixed(0)} ms, the bar is ${bars.p99_ms}`] : []),
      ...(idle > bars.idle_socket_kb
        ? [`${idle.toFixed(1)} kB an idle dashboard, the bar is ${bars.idle_socket_kb}`]
        : [])
    ]
  }
}
