/**
 * What a link between nodes costs: a message that goes to a process of another node and comes back, against `ws` alone
 * that echoes a frame of the same bytes, on loopback in one process, round by round in alternating order. The ratio is
 * that of the processor time, because other load on the machine does not change it; the bar is on 100 small messages
 * under way, as a busy link has. Beside it the codecs: bytes and time of the same messages in MessagePack and CBOR.
 */
import { Encoder } from 'cbor-x'
import { Packr } from 'msgpackr'
import { startMesh, startNode } from '../mesh/index.ts'
import type { Behaviour, Pid } from '../mesh/types.ts'
import { startWsEcho } from './floors/ws-echo.ts'
import type { Echo } from './floors/ws-echo.ts'
import type { BenchOptions, BenchResult } from './support/bench.ts'
import { describeMachine, machineNow } from './support/machine.ts'
import { median, rounded } from './support/statistics.ts'
import { createProgress, tableOf, thousands, verdict } from './support/text.ts'

type Measure = { name: string; payload: unknown; messages: number; window: number; bar?: number }

const linkBar = 0.5
const roundsDefault = 5
const codecRounds = 15
const small = { left: 12_345 }
const kilobyte = { text: 'x'.repeat(1_000) }
const bytes = { bytes: Buffer.alloc(50_000, 1) }

const measures: Measure[] = [
  { name: 'small, 100 under way', payload: small, messages: 20_000, window: 100, bar: linkBar },
  { name: 'small, one by one', payload: small, messages: 5_000, window: 1 },
  { name: '1 kB of text, 100 under way', payload: kilobyte, messages: 10_000, window: 100 },
  { name: '50 kB of bytes, 10 under way', payload: bytes, messages: 1_000, window: 10 }
]

export async function run({ rounds = roundsDefault }: Pick<BenchOptions, 'rounds'> = {}): Promise<BenchResult> {
  const progress = createProgress()
  const rows = []
  for (const measure of measures) {
    progress.say(`link: ${measure.name}`)
    rows.push({ ...measure, ...(await compare(measure, rounds)) })
  }
  progress.say('link: codecs')
  const codecs = codecCosts()
  const machine = machineNow()
  progress.done('link: measured')

  const barred = rows.filter(({ bar }) => bar !== undefined)
  return {
    figures: {
      machine,
      rounds,
      measures: Object.fromEntries(
        rows.map(({ name, link, echo, ratio }) => [
          name,
          { linkPerSecond: Math.round(link), wsEchoPerSecond: Math.round(echo), ratio: rounded(ratio, 2) }
        ])
      ),
      codecs,
      bars: Object.fromEntries(barred.map(({ name, ratio, bar }) => [name, { ratio: rounded(ratio, 2), bar }]))
    },
    text: [
      tableOf(
        ['round trips/s', 'link', 'ws alone', 'ratio (CPU)'],
        rows.map(({ name, link, echo, ratio }) => [name, thousands(link), thousands(echo), ratio.toFixed(2)])
      ),
      tableOf(
        ['codec', 'bytes', 'encode µs', 'decode µs'],
        codecs.map(({ name, bytes, encodeUs, decodeUs }) => [
          name,
          thousands(bytes),
          encodeUs.toFixed(2),
          decodeUs.toFixed(2)
        ])
      ),
      ...barred.map(({ name, ratio }) => verdict(name, ratio, linkBar)),
      describeMachine(machine)
    ].join('\n'),
    missed: barred
      .filter(({ ratio }) => ratio < linkBar)
      .map(({ name, ratio }) => `${name}: ${ratio.toFixed(2)} of ws alone, at least ${linkBar} wanted`)
  }
}

type Effort = { perSecond: number; cpuUs: number }

async function compare(
  { payload, messages, window }: Measure,
  rounds: number
): Promise<{ link: number; echo: number; ratio: number }> {
  const link = await startLinkEcho(payload)
  const echo = await startWsEcho(Buffer.alloc(frameBytes(payload), 1))
  const sides = { link: [] as Effort[], echo: [] as Effort[] }
  for (let round = -1; round < rounds; round++) {
    const order = round % 2 === 0 ? [link, echo] : [echo, link]
    for (const side of order) {
      const effort = await effortOf(side, messages, window)
      if (round >= 0) sides[side === link ? 'link' : 'echo'].push(effort)
    }
  }
  link.stop()
  echo.stop()
  return {
    link: median(sides.link.map(({ perSecond }) => perSecond)),
    echo: median(sides.echo.map(({ perSecond }) => perSecond)),
    ratio: median(sides.link.map(({ cpuUs }, round) => (sides.echo[round]?.cpuUs ?? 0) / cpuUs))
  }
}

async function effortOf(side: Echo, messages: number, window: number): Promise<Effort> {
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  await side.run(messages, window)
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  return { perSecond: messages / seconds, cpuUs: user + system }
}

type Ball = { from: Pid<Ball>; payload: unknown }

/** What the link sends for one message alone: the cast as an item, and the tag of its frame. */
function frameBytes(payload: unknown): number {
  const from = { node: 'near', incarnation: Date.now(), serial: 1 }
  return new Packr({ useRecords: false, variableMapSize: true }).pack([10, 1, { from, payload }]).length + 16
}

/** Two nodes, a process on each: one sends messages, the other sends them back. */
async function startLinkEcho(payload: unknown): Promise<Echo> {
  const options = { cookie: '0123456789abcdef'.repeat(2), protocol: 'bench' }
  const [near, far] = [startMesh({ name: 'near' }), startMesh({ name: 'far' })]
  const nearNode = await startNode(near, options)
  const farNode = await startNode(far, { ...options, listen: { host: '127.0.0.1', port: 0 } })
  await nearNode.connect(farNode.id.address ?? '')
  const wall = far.spawn<Ball, null>({
    init: () => null,
    handle: (state, ball, self) => {
      self.cast(ball.from, ball)
      return state
    }
  })
  return {
    run: (messages, window) =>
      new Promise(resolve => {
        near.spawn(player(wall, payload, messages, window, resolve))
      }),
    stop: () => {
      Promise.all([nearNode.stop(), farNode.stop()]).then(() => {
        near.stop()
        far.stop()
      })
    }
  }
}

function player(
  wall: Pid<Ball>,
  payload: unknown,
  messages: number,
  window: number,
  done: () => void
): Behaviour<Ball, { sent: number; back: number }> {
  return {
    init: self => {
      const sent = Math.min(window, messages)
      for (let n = 0; n < sent; n++) self.cast(wall, { from: self.pid, payload })
      return { sent, back: 0 }
    },
    handle: ({ sent, back }, _, self) => {
      if (back + 1 === messages) {
        done()
        self.exit(self.pid, 'normal')
      }
      if (sent === messages) return { sent, back: back + 1 }
      self.cast(wall, { from: self.pid, payload })
      return { sent: sent + 1, back: back + 1 }
    }
  }
}

type CodecCost = { name: string; bytes: number; encodeUs: number; decodeUs: number }

type Codec = { encode: (value: unknown) => Buffer; decode: (bytes: Buffer) => unknown }

/** The codecs as a link uses them: self-contained values, no shared structures, copied bytes. */
function codecCosts(): CodecCost[] {
  const messages = [
    { name: 'small', value: [10, 17, small], times: 100_000 },
    {
      name: '100 events',
      value: [10, 17, { type: 'store', events: Array.from({ length: 100 }, (_, n) => anEvent(n)) }],
      times: 100
    }
  ]
  const codecs: [string, Codec][] = [
    ['msgpackr', new Packr({ useRecords: false, variableMapSize: true, copyBuffers: true })],
    ['cbor-x', new Encoder({ useRecords: false, variableMapSize: true, copyBuffers: true })]
  ]
  return messages.flatMap(({ name, value, times }) => {
    const sides = codecs.map(([library, codec]) => ({
      library,
      codec,
      bytes: codec.encode(value),
      encodeUs: [] as number[],
      decodeUs: [] as number[]
    }))
    for (let round = 0; round < codecRounds; round++) {
      for (const { codec, bytes, encodeUs, decodeUs } of round % 2 === 0 ? sides : sides.toReversed()) {
        encodeUs.push(timeUs(times, () => codec.encode(value)))
        decodeUs.push(timeUs(times, () => codec.decode(bytes)))
      }
    }
    return sides.map(({ library, bytes, encodeUs, decodeUs }) => ({
      name: `${library}: ${name}`,
      bytes: bytes.length,
      encodeUs: median(encodeUs),
      decodeUs: median(decodeUs)
    }))
  })
}

function anEvent(n: number): unknown {
  const frames = Array.from({ length: 10 }, (_, line) => ({
    filename: `src/module-${line}.ts`,
    function: `step${line}`,
    lineno: line * 7,
    in_app: line % 2 === 0
  }))
  return {
    id: Buffer.alloc(16, n),
    message: `something failed at ${n}`,
    level: 'error',
    receivedAt: 1_780_000_000_000 + n,
    tags: { server: `web-${n % 3}`, release: '1.2.3', browser: 'Firefox' },
    exception: { type: 'TypeError', value: 'x is not a function', frames }
  }
}

function timeUs(times: number, work: () => void): number {
  const startedAt = performance.now()
  for (let n = 0; n < times; n++) work()
  return ((performance.now() - startedAt) * 1000) / times
}
