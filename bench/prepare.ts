/**
 * What one event of the load costs between its bytes and the row: µs of processor time by step, garbage collection
 * included, the median of all rounds. Every step runs on values made just before and not looked at yet, a batch at a
 * time, as in the server; steps take turns within a round. The whole is measured on its own too, so it includes what
 * all steps together cost in memory.
 */
import { group } from '../events/grouping/group.ts'
import { culpritOf, titleOf } from '../events/grouping/titles.ts'
import { decodeBody } from '../events/decode.ts'
import { eventIdAt, mintEventId, receivedAtOf } from '../events/event-ids.ts'
import { normalise } from '../events/normalise.ts'
import { parseEvents } from '../events/parse.ts'
import { prepareEvent } from '../events/prepare.ts'
import { isEvent } from '../events/validate.ts'
import type { IncomingEvent, NormalisedEvent } from '../schema/event.ts'
import { limits } from '../schema/limits.ts'
import type { ProjectSettings } from '../schema/pipeline.ts'
import { buildMix, slots } from './load/mix.ts'
import type { BenchOptions, BenchResult } from './support/bench.ts'
import { describeMachine, machineNow } from './support/machine.ts'
import { median, rounded } from './support/statistics.ts'
import { barChart } from './support/text.ts'

type Figures = { events: number; bytes_mean: number; us: Record<string, number>; bar: number }

/** Microseconds for the whole. */
const bar = 25
const roundsDefault = 15
const eventsCount = 4_000
/** As many as a batch of the pipeline has under load. */
const chunkEvents = 200

const project: ProjectSettings = {
  projectId: 1,
  retentionDays: 30,
  sampleRate: 1,
  rateLimitPerMinute: null,
  scrub: { enabled: true, fields: [], safeFields: [], ip: 'keep' }
}

/** To see what scrubbing costs. */
const unscrubbed: ProjectSettings['scrub'] = { ...project.scrub, enabled: false }

/** The result is kept where the compiler cannot see that nobody reads it. */
const sink: { last: unknown } = { last: null }

export async function run({ rounds = roundsDefault }: BenchOptions): Promise<BenchResult> {
  const bodies = bodiesOf(eventsCount)
  const measured = new Map<string, number[]>()
  for (let round = 0; round < rounds; round++) {
    for (const [name, step] of Object.entries(steps())) {
      measured.set(name, [...(measured.get(name) ?? []), measure(step, bodies)])
    }
  }
  const us = Object.fromEntries([...measured].map(([name, values]) => [name, rounded(median(values), 2)]))
  const bytesMean = Math.round(bodies.reduce((sum, body) => sum + body.length, 0) / bodies.length)
  return resultOf({ events: eventsCount, bytes_mean: bytesMean, us, bar })
}

/** The bodies of the load, each patched as its sender does it. */
function bodiesOf(count: number): Uint8Array[] {
  return buildMix({ seed: 1, count, projects: 5, nowMs: Date.now() }).map(({ json }, index) => {
    const digits = String(10_000 + index)
    const hex = (index * 2_654_435_761).toString(16).padStart(16, '0')
    return Buffer.from(
      json
        .replaceAll(slots.marker, hex)
        .replaceAll(slots.eventId, hex + hex)
        .replaceAll(slots.user, digits)
        .replaceAll(slots.number, digits)
    )
  })
}

type Chunk = { bodies: readonly Uint8Array[]; events: IncomingEvent[]; normalised: NormalisedEvent[] }
type Step = (chunk: Chunk) => number

function steps(): Record<string, Step> {
  const id = mintEventId()
  const receivedAt = receivedAtOf(id)
  const context = { id, receivedAt, project }
  return {
    decode: ({ bodies }) => timed(bodies, body => decodeBody(body, '', limits.eventBytesMax)),
    'decode and JSON.parse': ({ bodies }) => timed(bodies, body => parseEvents({ body, encoding: '' }, 'event')),
    validate: ({ events }) => timed(events, isEvent),
    normalise: ({ events }) => timed(events, event => normalise(event, receivedAt, unscrubbed)),
    'normalise and scrub': ({ events }) => timed(events, event => normalise(event, receivedAt, project.scrub)),
    group: ({ normalised }) => timed(normalised, group),
    'title and culprit': ({ normalised }) => timed(normalised, event => [titleOf(event), culpritOf(event)]),
    'JSON.stringify': ({ normalised }) => timed(normalised, event => JSON.stringify(event)),
    prepareEvent: ({ events }) => timed(events, event => prepareEvent(event, context)),
    whole: ({ bodies }) =>
      timed(bodies, body => {
        const request = parseEvents({ body, encoding: '' }, 'event')
        const [item] = request.ok ? request.items : []
        if (item === undefined || !('value' in item)) throw new Error('an event of the load cannot be parsed')
        const seed = eventIdAt(id, item.index)
        return prepareEvent(item.value, { id: seed, receivedAt: receivedAtOf(seed), project, text: item.text })
      })
  }
}

/** Made anew for every step, so that each finds its input as fresh from the parser as the server does. */
function chunkOf(bodies: readonly Uint8Array[]): Chunk {
  const events = () => bodies.map(body => parsed(Buffer.from(body).toString()))
  return {
    bodies,
    events: events(),
    normalised: events().map(event => normalise(event, Date.now(), project.scrub).event)
  }
}

/** Processor time of one step for all bodies, in µs an event. */
function measure(step: Step, bodies: readonly Uint8Array[]): number {
  let us = 0
  for (let start = 0; start < bodies.length; start += chunkEvents) {
    us += step(chunkOf(bodies.slice(start, start + chunkEvents)))
  }
  return us / bodies.length
}

function parsed(text: string): IncomingEvent {
  const value: unknown = JSON.parse(text)
  if (!isEvent(value)) throw new Error('an event of the load is no event')
  return value
}

function timed<Input extends object>(inputs: readonly Input[], work: (input: Input) => unknown): number {
  const before = process.cpuUsage()
  for (const input of inputs) sink.last = work(input)
  const { user, system } = process.cpuUsage(before)
  return user + system
}

function resultOf(figures: Figures): BenchResult {
  const { us, bytes_mean: bytesMean } = figures
  const chart = barChart(
    Object.entries(us).map(([label, value]) => ({ label, value, shown: `${value.toFixed(2)} µs` }))
  )
  const whole = us.whole ?? Infinity
  const text = `Preparing an event of ${bytesMean} bytes (${describeMachine(machineNow())})\n\n${chart}`
  return { figures, text, missed: whole <= bar ? [] : [`the whole takes ${whole} µs, the bar is ${bar}`] }
}
