/**
 * What events of nearly a megabyte, twenty a second, do to everybody else: how long the event loop of the server is
 * held up, how long /livez takes, and how much memory it needs. Bar: the event loop's delay stays under 100 ms at the
 * 99th percentile, and no event is refused.
 */
import * as v from 'valibot'
import { createHistogram, record, summaryMs, type LatencySummary } from './load/histogram.ts'
import type { BenchOptions, BenchResult } from './support/bench.ts'
import { memoryOf } from './support/cpu.ts'
import { benchKeys, openDatabases } from './support/databases.ts'
import { describeMachine, machineNow } from './support/machine.ts'
import { mesher } from './support/sides.ts'
import { tableOf } from './support/text.ts'

type Measured = { events: LatencySummary; livez: LatencySummary; loopP99Ms: number; peakMb: number; refused: number }

const barMs = 100
const secondsDefault = 30
const everyMs = 50
const probeEveryMs = 100

export async function run({ seconds = secondsDefault }: BenchOptions): Promise<BenchResult> {
  const databases = await openDatabases()
  try {
    const measured = await databases.withFresh(async databaseUrl => {
      const server = await mesher.start(databaseUrl)
      try {
        return await measure(server, seconds * 1_000)
      } finally {
        await server.stop()
      }
    })
    return resultOf(measured)
  } finally {
    await databases.close()
  }
}

async function measure({ url, pid }: { url: string; pid: number }, durationMs: number): Promise<Measured> {
  const [events, livez] = [createHistogram(), createHistogram()]
  const headers = { 'x-mesher-key': benchKeys[0] ?? '', 'content-type': 'application/json' }
  let [refused, number, peakMb] = [0, 0, 0]
  // What was measured before is forgotten by being asked for.
  await loopP99MsOf(url)
  const untilMs = performance.now() + durationMs
  await Promise.all([
    everyUntil(untilMs, everyMs, async () => {
      const body = largeEvent(number++)
      const startedMs = performance.now()
      const response = await fetch(`${url}/api/v1/events`, { method: 'POST', headers, body })
      await response.arrayBuffer()
      if (response.status !== 202) refused += 1
      record(events, (performance.now() - startedMs) * 1_000)
    }),
    everyUntil(untilMs, probeEveryMs, async () => {
      peakMb = Math.max(peakMb, memoryOf(pid).rssMb)
      const startedMs = performance.now()
      await (await fetch(`${url}/livez`)).arrayBuffer()
      record(livez, (performance.now() - startedMs) * 1_000)
    })
  ])
  const loopP99Ms = await loopP99MsOf(url)
  return { events: summaryMs(events), livez: summaryMs(livez), loopP99Ms, peakMb: Math.round(peakMb), refused }
}

/** Begins one every so often, however long each takes. */
async function everyUntil(untilMs: number, pauseMs: number, work: () => Promise<void>): Promise<void> {
  const begun: Promise<void>[] = []
  for (let next = performance.now(); next < untilMs; next += pauseMs) {
    begun.push(work())
    await new Promise(resolve => setTimeout(resolve, Math.max(0, next + pauseMs - performance.now())))
  }
  await Promise.all(begun)
}

async function loopP99MsOf(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const [, seconds] = /^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(text) ?? []
  return Math.round(Number(v.parse(v.string(), seconds)) * 1_000)
}

/** 890 kB: what is kept of an event is less than a megabyte. */
function largeEvent(number: number): string {
  const text = 'value of some length '.repeat(46)
  return JSON.stringify({
    message: `large ${number}`,
    extra: Object.fromEntries(Array.from({ length: 900 }, (_, index) => [`key ${index}`, `${text}${index}`])),
    exception: {
      type: 'Large',
      value: `number ${number}`,
      stacktrace: {
        frames: Array.from({ length: 50 }, (_, index) => ({ filename: `file${index}.js`, function: `work${index}` }))
      }
    }
  })
}

function resultOf(measured: Measured): BenchResult {
  const { events, livez, loopP99Ms, peakMb, refused } = measured
  const head = ['events p50, p99 ms', 'refused', '/livez p50, p99 ms', 'event loop p99, ms', 'memory, MB']
  const row = [
    `${events.p50}, ${events.p99}`,
    String(refused),
    `${livez.p50}, ${livez.p99}`,
    String(loopP99Ms),
    String(peakMb)
  ]
  return {
    figures: { large: measured, machine: machineNow() },
    text: `${tableOf(head, [row])}\n${describeMachine(machineNow())}`,
    missed: [
      ...(loopP99Ms > barMs ? [`the event loop was held up for ${loopP99Ms} ms at p99, more than ${barMs}`] : []),
      ...(refused > 0 ? [`${refused} events were refused`] : [])
    ]
  }
}
