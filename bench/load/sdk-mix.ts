/**
 * Events as SDKs send them, a quarter each: errors of Python with the values of variables and lines of source (27 kB),
 * of Node.js with lines of source (21 kB), and messages of both with breadcrumbs and contexts (3 and 2 kB). 1,000
 * issues drawn by Zipf's law within each kind. Shaped after captured traffic of sentry-sdk 2.68 and @sentry/node 11.12;
 * pure, with the same slots as the other mix (mix.ts).
 */
import { mixSizes, slots, zipfSample, type MixEvent } from './mix.ts'
import { randomFrom, seededRandom, shuffled, type Random } from './random.ts'

export type SdkKind = 'python error' | 'node error' | 'python message' | 'node message'

export type SdkEvent = MixEvent & { kind: SdkKind }

export type SdkMixOptions = { seed: number; count: number; projects: number; nowMs: number }

const kinds: readonly SdkKind[] = ['python error', 'node error', 'python message', 'node message']
const issuesOfKind = mixSizes.issues / kinds.length
/** Frames that make the errors as large as they should be. */
const frames = { python: 23, node: 26 } as const

export function buildSdkMix({ seed, count, projects, nowMs }: SdkMixOptions): SdkEvent[] {
  const random = seededRandom(seed)
  const ranks = shuffled(zipfSample(issuesOfKind, Math.ceil(count / kinds.length)), random)
  return Array.from({ length: count }, (_, index) => {
    const kind = kinds[index % kinds.length] ?? 'node message'
    const issue = (ranks[Math.floor(index / kinds.length)] ?? 0) * kinds.length + kinds.indexOf(kind)
    const event = shapeOf(kind, issue, seededRandom(seed * 31 + issue), new Date(nowMs).toISOString())
    return { project: issue % projects, issue, kind, json: JSON.stringify(event) }
  })
}

function shapeOf(kind: SdkKind, issue: number, random: Random, at: string): object {
  const name = nameOf(issue)
  switch (kind) {
    case 'python error':
      return { ...pythonEvent(at, random), exception: { values: [pythonError(name, random)] } }
    case 'python message':
      return { ...pythonEvent(at, random), logentry: logEntry(name), logger: 'shop.orders' }
    case 'node error':
      return { ...nodeEvent(at, random), exception: { values: [nodeError(name, random)] } }
    case 'node message':
      return { ...nodeEvent(at, random), message: `Order ${slots.number} waits for ${name}` }
  }
}

/** Grouping takes digits away, so issues must not differ in digits alone. */
function nameOf(issue: number): string {
  return `case${String(issue)
    .padStart(4, '0')
    .replace(/\d/g, digit => 'bcdfghjklm'.charAt(Number(digit)))}`
}

const nouns = ['cart', 'order', 'invoice', 'session', 'profile', 'shipment', 'report', 'catalog', 'voucher', 'payment']
const verbs = ['load', 'save', 'apply', 'resolve', 'render', 'fetch', 'merge', 'parse', 'validate', 'charge', 'reserve']

function hexOf(random: Random, digits: number): string {
  return Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('')
}

const logEntry = (name: string): object => ({
  message: `Payment of %s is waiting for ${name}`,
  formatted: `Payment of ${slots.number} is waiting for ${name}`,
  params: [slots.number]
})

function commonOf(at: string, random: Random): object {
  return {
    event_id: slots.eventId,
    timestamp: at,
    environment: randomFrom(['production', 'production', 'staging'], random),
    release: `shop@4.${Math.floor(random() * 10)}.0`,
    server_name: `web-${1 + Math.floor(random() * 6)}`,
    transaction: `/${randomFrom(nouns, random)}/${randomFrom(verbs, random)}`,
    user: { id: `u-${slots.user}`, email: `u-${slots.user}@example.com` },
    tags: { region: randomFrom(['eu-west', 'us-east'], random), plan: randomFrom(['free', 'team'], random) }
  }
}

function crumbsOf(at: string, random: Random, count: number): object[] {
  return Array.from({ length: count }, () => ({
    timestamp: at,
    type: 'http',
    category: 'httplib',
    level: 'info',
    data: { url: `http://shop.internal/api/${randomFrom(nouns, random)}/${slots.number}`, 'http.method': 'GET' }
  }))
}

function pythonEvent(at: string, random: Random): object {
  return {
    ...commonOf(at, random),
    platform: 'python',
    level: 'error',
    breadcrumbs: { values: crumbsOf(at, random, 11) },
    contexts: {
      trace: { trace_id: hexOf(random, 32), span_id: hexOf(random, 16), parent_span_id: null },
      runtime: { name: 'CPython', version: '3.11.2', build: '3.11.2 (main, Sep 14 2026, 03:00:30) [GCC 12.2.0]' }
    },
    modules: { django: '5.1.4', urllib3: '2.2.3', certifi: '2026.8.30', 'sentry-sdk': '2.68.0', redis: '5.2.0' },
    extra: { marker: slots.marker, 'sys.argv': ['/srv/shop/manage.py', 'runworker'] },
    sdk: {
      name: 'sentry.python.django',
      version: '2.68.0',
      packages: [{ name: 'pypi:sentry-sdk', version: '2.68.0' }],
      integrations: ['argv', 'atexit', 'dedupe', 'django', 'excepthook', 'logging', 'modules', 'stdlib', 'threading']
    }
  }
}

function nodeEvent(at: string, random: Random): object {
  return {
    ...commonOf(at, random),
    platform: 'node',
    level: 'error',
    breadcrumbs: crumbsOf(at, random, 5),
    contexts: {
      trace: { trace_id: hexOf(random, 32), span_id: hexOf(random, 16) },
      runtime: { name: 'node', version: 'v20.20.2' },
      app: { app_start_time: at, app_memory: 97_251_328 },
      os: { kernel_version: '6.1.0-18-amd64', name: 'Linux', version: '6.1.76', build: '1 SMP PREEMPT_DYNAMIC' },
      device: { boot_time: at, arch: 'x64', memory_size: 25_180_798_976, processor_count: 2 },
      culture: { locale: 'en-US', timezone: 'UTC' }
    },
    extra: { marker: slots.marker },
    sdk: {
      name: 'sentry.javascript.node',
      version: '11.12.0',
      integrations: ['InboundFilters', 'FunctionToString', 'LinkedErrors', 'RequestData', 'Console', 'Http', 'Context'],
      packages: [{ name: 'npm:@sentry/node', version: '11.12.0' }]
    }
  }
}

function pythonError(name: string, random: Random): object {
  const all = Array.from({ length: frames.python }, (_, depth) => pythonFrame(random, depth))
  return {
    module: 'shop.errors',
    type: 'PaymentRefused',
    value: `order ${slots.number} was refused by the bank`,
    mechanism: { type: 'django', handled: false },
    stacktrace: { frames: [...all, { ...pythonFrame(random, 1), function: `charge_${name}`, in_app: true }] }
  }
}

function pythonFrame(random: Random, depth: number): object {
  const [noun, verb, other] = [randomFrom(nouns, random), randomFrom(verbs, random), randomFrom(nouns, random)]
  const id = Math.floor(random() * 1e6)
  const line = (): string =>
    randomFrom(
      [
        `        if self.${randomFrom(nouns, random)}.${randomFrom(verbs, random)}(${other}_id) is None:`,
        `            ${randomFrom(nouns, random)} = ${randomFrom(verbs, random)}_${noun}(request, ${other}, limit=20)`,
        `        logger.info("${randomFrom(verbs, random)} ${noun} of %s", ${other}.id)`,
        '',
        `        return ${randomFrom(nouns, random)}_service.${verb}(${noun}, **kwargs)`
      ],
      random
    )
  return {
    filename: `shop/${noun}/${verb}.py`,
    abs_path: `/srv/shop/releases/current/shop/${noun}/${verb}.py`,
    function: `${verb}_${other}`,
    module: `shop.${noun}.${verb}`,
    lineno: 1 + (id % 900),
    in_app: depth % 3 === 0,
    pre_context: [line(), line(), line(), line(), line()],
    context_line: line(),
    post_context: [line(), line(), line(), line(), line()],
    vars: {
      self: `<shop.${noun}.${verb}.Service object at 0x7f${hexOf(random, 10)}>`,
      request: `<WSGIRequest: POST '/api/${noun}/${id}/${verb}'>`,
      [`${other}_id`]: String(id),
      [noun]: {
        id: String(id + 1),
        state: "'open'",
        items: ['<Item 1>', '<Item 2>'],
        total: `Decimal('${id % 991}.90')`
      },
      kwargs: {}
    }
  }
}

function nodeError(name: string, random: Random): object {
  const all = Array.from({ length: frames.node }, (_, depth) => nodeFrame(random, depth))
  return {
    type: 'PaymentError',
    value: `order ${slots.number} was refused by the bank`,
    mechanism: { type: 'generic', handled: true },
    stacktrace: { frames: [...all, { ...nodeFrame(random, 1), function: name, in_app: true }] }
  }
}

function nodeFrame(random: Random, depth: number): object {
  const [noun, verb, other] = [randomFrom(nouns, random), randomFrom(verbs, random), randomFrom(nouns, random)]
  const id = Math.floor(random() * 1e6)
  const line = (): string =>
    randomFrom(
      [
        `    const ${randomFrom(nouns, random)} = await this.${other}Store.${randomFrom(verbs, random)}(${noun}.id)`,
        `    if (${randomFrom(nouns, random)} === undefined) throw new Error('no ${noun} ${id % 97}')`,
        `  async ${randomFrom(verbs, random)}(${noun}, { limit = ${id % 89} } = {}) {`,
        '  }',
        `    return ${other}.map(each => ${verb}(each, ${randomFrom(nouns, random)}))`
      ],
      random
    )
  return {
    filename: `/srv/shop/dist/${noun}/${verb}.js`,
    module: `${noun}.${verb}`,
    function: `${verb}${other}`,
    lineno: 1 + (id % 900),
    colno: 1 + (id % 80),
    in_app: depth % 3 === 0,
    pre_context: [line(), line(), line(), line(), line()],
    context_line: line(),
    post_context: [line(), line(), line(), line(), line()]
  }
}
