/**
 * The events that load is made of, the same for a given seed: projects × issues drawn by Zipf's law, releases,
 * environments, users, stack traces of 8 to 12 frames, tags, breadcrumbs, messages with changing numbers; 1.5 KB on
 * average, every second one with an `event_id` of its own. Pure: generating knows nothing of HTTP.
 *
 * What differs from one sending of an event to the next (marker, event_id, user, number) has a fixed width and stands
 * in the text as one of `slots`, so that a sender patches bytes in place instead of building events.
 */
import { cycle, randomFrom, seededRandom, shuffled, type Random } from './random.ts'

/** The variety of the mix, as the benchmark is described. */
export const mixSizes = { issues: 1_000, releases: 10, users: 10_000 } as const

/** Stand-ins of fixed width; each is looked up in the finished text. */
export const slots = {
  marker: 'mmmmmmmmmmmmmmmm',
  eventId: 'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee',
  user: 'uuuuu',
  number: 'nnnnn'
} as const

export type MixOptions = { seed: number; count: number; projects: number; nowMs: number; asSdks?: boolean }

/** One event of the mix: which project it goes to, which issue it belongs to, its JSON text with `slots` in it. */
export type MixEvent = { project: number; issue: number; json: string }

type Frame = { filename: string; function: string; lineno: number; in_app: boolean }
type IssueShape = {
  type: string
  template: string
  transaction: string
  level: string
  frames: Frame[]
  logger: string
}

const sdk = { name: 'sentry.javascript.node', version: '11.12.0' }
const environments = ['production', 'staging', 'development']
const nouns = [
  'cart',
  'order',
  'invoice',
  'session',
  'profile',
  'shipment',
  'report',
  'catalog',
  'voucher',
  'payment',
  'account',
  'search'
]
const verbs = [
  'load',
  'save',
  'apply',
  'resolve',
  'render',
  'fetch',
  'merge',
  'parse',
  'validate',
  'charge',
  'reserve',
  'sync'
]
const layers = ['handlers', 'services', 'models', 'jobs', 'clients', 'views']
const libraries = ['express/lib/router', 'pg-pool/lib', 'undici/lib/core', 'react-dom/server', 'bullmq/dist/worker']
const errorTypes = [
  'TypeError',
  'RangeError',
  'TimeoutError',
  'ConnectionError',
  'ValidationError',
  'NotFoundError',
  'PermissionError',
  'StateError'
]
const templates = [
  'Timed out after nnnnn ms waiting for {verb}{Noun}',
  "Cannot read properties of undefined (reading '{noun}') at row nnnnn",
  '{Noun} nnnnn does not exist or was removed',
  'Refused to {verb} {noun} nnnnn: the größe of the request is out of range',
  'Connection to {noun}-db lost while it had nnnnn queries waiting',
  'Unexpected state of {noun} nnnnn: expected "open"'
]

/** `count` events in an order that mixes issues, every issue being there when `count` is large enough for its share. */
export function buildMix({ seed, count, projects, nowMs, asSdks = false }: MixOptions): MixEvent[] {
  const random = seededRandom(seed)
  const shapes = Array.from({ length: mixSizes.issues }, (_, issue) =>
    shapeOfIssue(seededRandom(seed * 31 + issue), issue)
  )
  const drawn = shuffled(zipfSample(mixSizes.issues, count), random)

  return drawn.map((issue, index) => {
    const shape = shapes[issue]
    if (!shape) throw new RangeError(`no issue ${issue}`)
    const event = eventOf(shape, random, nowMs)
    return {
      project: issue % projects,
      issue,
      json: JSON.stringify(
        asSdks
          ? { event_id: slots.eventId, ...event, sdk }
          : index % 2 === 0
            ? { event_id: slots.eventId, ...event }
            : event
      )
    }
  })
}

/** `count` ranks below `ranks`, each as often as Zipf's law (s = 1) says, without noise: evenly spaced quantiles. */
export function zipfSample(ranks: number, count: number): number[] {
  const weights = Array.from({ length: ranks }, (_, rank) => 1 / (rank + 1))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const sample: number[] = []
  let rank = 0
  let reached = (weights[0] ?? 0) / total

  for (let i = 0; i < count; i++) {
    const quantile = (i + 0.5) / count
    while (quantile > reached && rank < ranks - 1) reached += (weights[++rank] ?? 0) / total
    sample.push(rank)
  }
  return sample
}

function shapeOfIssue(random: Random, issue: number): IssueShape {
  const noun = randomFrom(nouns, random)
  const verb = randomFrom(verbs, random)
  const Noun = noun.charAt(0).toUpperCase() + noun.slice(1)
  const template = randomFrom(templates, random)
    .replaceAll('{noun}', noun)
    .replaceAll('{Noun}', Noun)
    .replaceAll('{verb}', verb)
  const library = randomFrom(libraries, random)
  const frames = Array.from({ length: 8 + Math.floor(random() * 5) }, (_, depth) =>
    frameOf(random, issue, depth, library)
  )

  return {
    type: randomFrom(errorTypes, random),
    template,
    transaction: `/${layers[issue % layers.length]}/${noun}/${verb}`,
    level: issue % 10 === 0 ? 'warning' : issue % 97 === 0 ? 'fatal' : 'error',
    frames,
    logger: `app.${noun}`
  }
}

/** The first frames are the framework's; one of the application's carries the issue's number, so issues stay apart. */
function frameOf(random: Random, issue: number, depth: number, library: string): Frame {
  const noun = randomFrom(nouns, random)
  const verb = randomFrom(verbs, random)
  const layer = randomFrom(layers, random)
  const inApp = depth >= 3
  return {
    filename: inApp ? `src/${layer}/${noun}.ts` : `${library}/${noun}.js`,
    function: depth === 4 ? `${verb}Case${wordOf(issue)}` : `${verb}One`,
    lineno: 1 + Math.floor(random() * 900),
    in_app: inApp
  }
}

/** A number as letters: grouping takes digits away, so issues must not differ in digits alone. */
function wordOf(issue: number): string {
  return issue
    .toString()
    .padStart(3, '0')
    .replace(/\d/g, digit => 'bcdfghjklm'.charAt(Number(digit)))
}

function eventOf(shape: IssueShape, random: Random, nowMs: number): object {
  const release = Math.floor(random() ** 2 * mixSizes.releases)
  const at = new Date(nowMs - Math.floor(random() * 2_000)).toISOString()
  return {
    timestamp: at,
    level: shape.level,
    platform: 'node',
    environment: cycle(environments, Math.floor(random() ** 2 * environments.length)),
    release: `shop@4.${release}.0`,
    server_name: `web-${1 + Math.floor(random() * 6)}`,
    transaction: shape.transaction,
    logger: shape.logger,
    exception: { values: [{ type: shape.type, value: shape.template, stacktrace: { frames: shape.frames } }] },
    tags: {
      region: randomFrom(['eu-west', 'us-east', 'ap-south'], random),
      browser: randomFrom(['Firefox', 'Chrome', 'Safari'], random),
      tenant: `t${Math.floor(random() * 50)}`,
      plan: randomFrom(['free', 'team', 'business'], random),
      runtime: 'node 20'
    },
    user: { id: `u-${slots.user}`, email: `u-${slots.user}@example.com` },
    breadcrumbs: [{ timestamp: at, category: 'http', message: `GET ${shape.transaction}/${slots.number}` }],
    extra: { marker: slots.marker, attempt: Math.floor(random() * 3) }
  }
}
