/** What tests of events share: a project, an id, functions that prepare with both, and random events. */
import assert from 'node:assert'
import fc from 'fast-check'
import { mintEventId, receivedAtOf } from '../../events/event-ids.ts'
import { prepareEvent, type Prepared } from '../../events/prepare.ts'
import type { FieldError } from '../../schema/outcomes.ts'
import type { PreparedEvent, ProjectSettings } from '../../schema/pipeline.ts'

export const receivedAt = Date.UTC(2026, 10, 23, 12)
export const eventId = mintEventId(receivedAt)

export const project: ProjectSettings = {
  projectId: 7,
  retentionDays: 30,
  sampleRate: 1,
  rateLimitPerMinute: null,
  scrub: { enabled: true, fields: [], safeFields: [], ip: 'keep' }
}

export function prepare(value: unknown, settings: Partial<ProjectSettings> = {}, id = eventId): Prepared {
  return prepareEvent(value, { id, receivedAt: receivedAtOf(id), project: { ...project, ...settings } })
}

/** The prepared event; fails when there is none. */
export function prepared(value: unknown, settings: Partial<ProjectSettings> = {}): PreparedEvent {
  const result = prepare(value, settings)
  assert(result.kind === 'prepared', JSON.stringify(result))
  return result.event
}

/** What is stored of an event. */
export function payload(value: unknown, settings: Partial<ProjectSettings> = {}): Record<string, unknown> {
  return JSON.parse(prepared(value, settings).payload)
}

/** Paths of the members that were found wrong. */
export function wrongPaths(value: unknown): string[] {
  return errorsOf(value).map(({ path }) => path)
}

export function errorsOf(value: unknown): FieldError[] {
  const result = prepare(value)
  assert(result.kind === 'invalid', `${JSON.stringify(value)} was taken for an event`)
  return result.errors
}

/** As it comes from a client: through the text, so that `__proto__` is a member and numbers may be infinite. */
export function parsed(json: string): unknown {
  return JSON.parse(json)
}

/** `depth` objects and lists in each other, the outermost an object. */
export function nested(depth: number): unknown {
  let value: unknown = 'bottom'
  for (let level = depth; level > 0; level--) value = level % 2 === 1 ? { in: value } : [value]
  return value
}

const anything = fc.jsonValue({ maxDepth: 2 })
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 4, nil: undefined })
const text = fc.oneof(
  { weight: 6, arbitrary: fc.string({ maxLength: 12 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
  { weight: 3, arbitrary: fc.constantFrom('', ' ', 'a\nb', '\0', '\ud800', 'app.js', 'main', 'order 5 failed') },
  { weight: 1, arbitrary: fc.constant('x'.repeat(9_000)) }
)
const list = <T>(item: fc.Arbitrary<T>) =>
  fc.oneof(fc.array(item, { maxLength: 4 }), fc.record({ values: fc.array(item, { maxLength: 4 }) }))
const dictionary = fc.dictionary(fc.oneof(text, fc.constantFrom('password', '__proto__', 'url', 'api-key')), anything, {
  maxKeys: 4
})

const frame = fc.record(
  {
    filename: text,
    function: text,
    module: text,
    lineno: fc.integer(),
    in_app: fc.boolean(),
    vars: dictionary,
    pre_context: fc.array(text, { maxLength: 2 })
  },
  { requiredKeys: [] }
)
const frames = fc.oneof(fc.array(frame, { maxLength: 5 }), fc.record({ frames: fc.array(frame, { maxLength: 5 }) }))
const exception = fc.record(
  { type: text, value: text, module: text, stacktrace: frames, mechanism: dictionary },
  { requiredKeys: ['type'] }
)

/** Events of every form that the schema lets through. */
export const validEvent = fc
  .record({
    message: fc.string({ minLength: 1 }).map(message => `m${message}`),
    level: maybe(
      fc.constantFrom('fatal', 'error', 'warning', 'info', 'debug', 'log', 'critical', 'WARN', 'crit', 30, '3')
    ),
    timestamp: maybe(
      fc.oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom('2026-11-23T11:59:59.123Z', '2026-11-23', '2026-11-23T12:00:00+02:00')
      )
    ),
    event_id: maybe(
      fc.oneof(
        fc.uuid(),
        fc.uuid().map(id => id.replaceAll('-', '').toUpperCase())
      )
    ),
    platform: maybe(text),
    environment: maybe(text),
    release: maybe(text),
    transaction: maybe(text),
    logger: maybe(text),
    exception: maybe(fc.oneof(exception, list(exception))),
    stacktrace: maybe(frames),
    breadcrumbs: maybe(list(fc.record({ timestamp: text, message: text, data: dictionary }, { requiredKeys: [] }))),
    tags: maybe(
      fc.oneof(
        fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)), { maxKeys: 60 }),
        fc.array(fc.tuple(text, fc.oneof(text, fc.integer())), { maxLength: 60 })
      )
    ),
    user: maybe(
      fc.record(
        { id: fc.oneof(text, fc.integer()), email: text, ip_address: text, other: anything },
        { requiredKeys: [] }
      )
    ),
    request: maybe(dictionary),
    extra: maybe(dictionary),
    contexts: maybe(dictionary),
    fingerprint: maybe(fc.array(text, { maxLength: 3 })),
    logentry: maybe(
      fc.record({ message: text, formatted: text, params: fc.array(anything, { maxLength: 2 }) }, { requiredKeys: [] })
    ),
    threads: maybe(
      list(fc.record({ crashed: fc.boolean(), current: fc.boolean(), stacktrace: frames }, { requiredKeys: [] }))
    ),
    csp: maybe(dictionary),
    unknown: maybe(anything)
  })
  .map(throughJson)

/** Valid events in which one place holds something else: most of them are no events. */
export const nearlyEvent = fc
  .tuple(validEvent, fc.array(fc.nat(), { minLength: 1, maxLength: 6 }), anything)
  .map(([event, way, value]) => {
    const changed = structuredClone(event)
    put(changed, way, value)
    return throughJson(changed)
  })

function put(target: unknown, [step = 0, ...rest]: readonly number[], value: unknown): void {
  if (typeof target !== 'object' || target === null) return
  const keys = Object.keys(target)
  const key = keys[step % Math.max(1, keys.length)]
  if (key === undefined) return
  const inner: unknown = Reflect.get(target, key)
  if (rest.length === 0 || typeof inner !== 'object' || inner === null) Reflect.set(target, key, value)
  else put(inner, rest, value)
}

function throughJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
