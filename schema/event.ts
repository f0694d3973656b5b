/**
 * The event as clients send it, in one schema: what is 400 when it does not hold, and the types of what holds. `null`
 * means the same as absent, everywhere. What is merely too long or too much is not an error: events/ cuts it and notes
 * it. The objects are loose: what they have beside the named members is kept as given (at the top it is dropped with a
 * note). `dist`, `logentry`, `threads`, `csp` and `debug_meta` are what SDKs of other makers send beside the documented
 * fields.
 */
import * as v from 'valibot'
import { isoTimeMs } from './iso-time.ts'
import { limits } from './limits.ts'
import { isLevelName } from './level-names.ts'
import { levels, type Level } from './pipeline.ts'

/** 32 hex digits, or a UUID. */
export const eventIdForm = /^(?:[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i

/** True for JSON's objects, false for its lists. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** True when somebody could read something in it. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && /\S/.test(value)
}

const text = v.string('must be a string')
const flag = v.boolean('must be true or false')
const number = v.pipe(v.number('must be a number'), v.finite('must be a finite number'))
const textOrNumber = v.union([text, number], 'must be a string or a number')

/** By its usual names, or by what a logger calls it. */
const level = v.union(
  [v.picklist([...levels, 'log', 'critical']), v.custom<string | number>(isLevelName)],
  `must be one of ${levels.join(', ')}`
)

const anyObject = v.custom<Record<string, unknown>>(isObject, 'must be an object')

/** An object (valibot alone takes lists for objects too) with these members and any others. */
function loose<const Members extends v.ObjectEntries>(members: Members) {
  return v.pipe(anyObject, v.looseObject(members))
}

/**
 * A list, or an object in its place. By `lazy` and not by `union`, so that errors name the wrong member and not just
 * the whole; asked without an input, as for documentation, it is the union.
 */
function listOr<List extends v.GenericSchema, Other extends v.GenericSchema>(list: List, other: Other) {
  const either = v.union([list, other])
  return v.lazy((input: unknown) => (input === undefined ? either : isObject(input) ? other : list))
}

/** A list of these, or `{ values: [...] }`. */
function listed<Item extends v.GenericSchema>(item: Item) {
  const list = v.array(item, 'must be a list')
  return listOr(list, loose({ values: v.nullable(list) }))
}

export const frameSchema = loose({
  filename: v.nullish(text),
  function: v.nullish(text),
  module: v.nullish(text),
  lineno: v.nullish(number),
  colno: v.nullish(number),
  abs_path: v.nullish(text),
  in_app: v.nullish(flag),
  context_line: v.nullish(text),
  pre_context: v.nullish(v.array(text, 'must be a list')),
  post_context: v.nullish(v.array(text, 'must be a list')),
  vars: v.nullish(anyObject)
})

const frameList = v.array(frameSchema, 'must be a list of frames')
/** Oldest frame first. */
export const stacktraceSchema = listOr(frameList, loose({ frames: v.nullish(frameList) }))

const exceptionMembers = {
  type: v.nullish(text),
  value: v.nullish(text),
  module: v.nullish(text),
  stacktrace: v.nullish(stacktraceSchema),
  mechanism: v.nullish(anyObject)
}
/** Frames alone say where it went wrong: an Objective-C exception may have nothing else. */
const saysSomething = ({ type, value, stacktrace }: Saying): boolean =>
  type != null || value != null || hasFrames(stacktrace)
type Saying = { type?: unknown; value?: unknown; stacktrace?: unknown }
const nameless = 'is required, or a value or frames'

export function hasFrames(stacktrace: unknown): boolean {
  const frames = isObject(stacktrace) ? stacktrace.frames : stacktrace
  return Array.isArray(frames) && frames.length > 0
}
export const exceptionSchema = v.pipe(
  loose(exceptionMembers),
  v.forward(v.partialCheck([['type'], ['value'], ['stacktrace']], saysSomething, nameless), ['type'])
)
const loneException = v.pipe(
  loose({ ...exceptionMembers, values: v.optional(v.never()) }),
  v.forward(v.partialCheck([['type'], ['value'], ['stacktrace']], saysSomething, nameless), ['type'])
)
const exceptionList = v.array(exceptionSchema, 'must be an exception or a list of them')
const exceptionValues = loose({ values: v.nullable(v.array(exceptionSchema, 'must be a list')) })
const exceptionForms = v.union([exceptionList, exceptionValues, loneException])
/** One exception, or a list of them in either form. */
const exceptions = v.lazy((input: unknown) => {
  if (input === undefined) return exceptionForms
  if (!isObject(input)) return exceptionList
  return 'values' in input ? exceptionValues : loneException
})

export const breadcrumbSchema = loose({
  timestamp: v.nullish(textOrNumber),
  type: v.nullish(text),
  category: v.nullish(text),
  level: v.nullish(text),
  message: v.nullish(text),
  data: v.nullish(anyObject)
})

const threadSchema = loose({
  crashed: v.nullish(flag),
  current: v.nullish(flag),
  stacktrace: v.nullish(stacktraceSchema)
})

const tagValue = v.nullish(v.union([text, v.number(), flag], 'must be a string, a number, true or false'))
/** Not `record`, which passes over members named like those of every object. */
const tagObject = v.pipe(
  anyObject,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    let wrong = 0
    for (const [key, value] of Object.entries(dataset.value)) {
      if (v.is(tagValue, value)) continue
      if (++wrong > limits.fieldErrorsMax) return
      addIssue({
        message: 'must be a string, a number, true or false',
        path: [{ type: 'object', origin: 'value', input: dataset.value, key, value }]
      })
    }
  })
)
const tagPairs = v.array(
  v.pipe(
    v.array(v.unknown(), 'must be a pair of name and value'),
    v.length(2, 'must be a pair of name and value'),
    v.tuple([text, tagValue])
  ),
  'must be an object or a list of pairs'
)

/** Of these at least one says what happened. */
const telling = [['message'], ['exception'], ['logentry'], ['threads'], ['csp']] as const

export const eventSchema = v.pipe(
  loose({
    message: v.nullish(text),
    level: v.nullish(level),
    timestamp: v.nullish(
      v.union(
        [
          v.pipe(
            text,
            v.check(value => isoTimeMs(value) !== null, 'must be an ISO 8601 time')
          ),
          number
        ],
        'must be an ISO 8601 time or seconds since 1970'
      )
    ),
    event_id: v.nullish(v.pipe(text, v.regex(eventIdForm, 'must be 32 hex digits or a UUID'))),
    platform: v.nullish(text),
    environment: v.nullish(text),
    release: v.nullish(text),
    dist: v.nullish(text),
    server_name: v.nullish(text),
    transaction: v.nullish(text),
    logger: v.nullish(text),
    exception: v.nullish(exceptions),
    stacktrace: v.nullish(stacktraceSchema),
    breadcrumbs: v.nullish(listed(breadcrumbSchema)),
    tags: v.nullish(listOr(tagPairs, tagObject)),
    user: v.nullish(
      loose({
        id: v.nullish(textOrNumber),
        email: v.nullish(text),
        username: v.nullish(text),
        ip_address: v.nullish(text)
      })
    ),
    request: v.nullish(anyObject),
    contexts: v.nullish(anyObject),
    extra: v.nullish(anyObject),
    modules: v.nullish(anyObject),
    sdk: v.nullish(anyObject),
    fingerprint: v.nullish(v.array(text, 'must be a list of strings')),
    logentry: v.nullish(
      loose({
        message: v.nullish(text),
        formatted: v.nullish(text),
        params: v.nullish(v.custom<object>(value => typeof value === 'object', 'must be a list or an object'))
      })
    ),
    threads: v.nullish(listed(threadSchema)),
    csp: v.nullish(anyObject),
    debug_meta: v.nullish(anyObject)
  }),
  v.forward(v.partialCheck(telling, saysWhatHappened, 'is required, or an exception'), ['message'])
)

type Listed<Item> = Item[] | { values?: Item[] | null | undefined }
type Telling = {
  message?: string | null | undefined
  exception?: Listed<object> | object | null | undefined
  logentry?: { message?: string | null | undefined; formatted?: string | null | undefined } | null | undefined
  threads?: Listed<object> | null | undefined
  csp?: object | null | undefined
}

/** An event needs a message, or something else that tells what happened. */
export function saysWhatHappened({ message, exception, logentry, threads, csp }: Telling): boolean {
  if (isText(message)) return true
  if (exception != null && !isEmptyList(exception)) return true
  return (
    isText(logentry?.formatted) ||
    isText(logentry?.message) ||
    csp != null ||
    (threads != null && !isEmptyList(threads))
  )
}

function isEmptyList(value: object): boolean {
  if (Array.isArray(value)) return value.length === 0
  if (!('values' in value)) return false
  return value.values == null || (Array.isArray(value.values) && value.values.length === 0)
}

export type IncomingEvent = v.InferOutput<typeof eventSchema>
export type IncomingException = v.InferOutput<typeof exceptionSchema>
export type IncomingStacktrace = v.InferOutput<typeof stacktraceSchema>
export type IncomingThread = v.InferOutput<typeof threadSchema>
export type Frame = v.InferOutput<typeof frameSchema>
export type Breadcrumb = v.InferOutput<typeof breadcrumbSchema>
export type User = NonNullable<IncomingEvent['user']>
export type LogEntry = NonNullable<IncomingEvent['logentry']>

/** What was cut, dropped or replaced on the way in. */
export type Note = { path: string; message: string }

export type Stacktrace = { frames: Frame[]; [member: string]: unknown }
export type Exception = {
  type?: string | null | undefined
  value?: string | null | undefined
  module?: string | null | undefined
  stacktrace?: Stacktrace | null | undefined
  mechanism?: Record<string, unknown> | null | undefined
  [member: string]: unknown
}
export type Thread = {
  crashed?: boolean | null | undefined
  current?: boolean | null | undefined
  stacktrace?: Stacktrace | null | undefined
  [member: string]: unknown
}

/**
 * The one form in which events are grouped and stored. What is absent is undefined, so that every event has one shape.
 */
export type NormalisedEvent = {
  event_id: string | undefined
  timestamp: string
  level: Level
  platform: string | undefined
  environment: string | undefined
  release: string | undefined
  dist: string | undefined
  server_name: string | undefined
  transaction: string | undefined
  logger: string | undefined
  message: string | undefined
  logentry: LogEntry | undefined
  exception: { values: Exception[] } | undefined
  stacktrace: Stacktrace | undefined
  threads: { values: Thread[] } | undefined
  csp: Record<string, unknown> | undefined
  breadcrumbs: Breadcrumb[] | undefined
  tags: Record<string, string> | undefined
  user: User | undefined
  request: Record<string, unknown> | undefined
  contexts: Record<string, unknown> | undefined
  extra: Record<string, unknown> | undefined
  modules: Record<string, unknown> | undefined
  sdk: Record<string, unknown> | undefined
  debug_meta: Record<string, unknown> | undefined
  fingerprint: string[] | undefined
  notes: Note[] | undefined
}
