/**
 * Records of OpenTelemetry that tell of an exception, as events. Attributes that have a place in an event go there and
 * stay among the others; those of the resource are in the context `otel`, those of record and span in `extra`.
 */
import { hash } from 'node:crypto'
import type { Level } from '../../schema/pipeline.ts'
import { limits } from '../../schema/limits.ts'
import { thrownIn } from './exceptions.ts'
import { attributesOf, textIn, valueOf, type Attributes } from './values.ts'

export type Event = Record<string, unknown>

/** What a resource and a scope say of all their records. */
export type Source = { resource: Attributes; scope: { name: string; version: string } }

/** A record, or an event of a span, with what its span says. */
type Told = {
  source: Source
  /** Of the record or of the event within the span. */
  attributes: Attributes
  span: Attributes
  time: string
  level: Level
  trace: Record<string, string>
  transaction: string | undefined
  message: string | undefined
}

const noTime = /^0*$/
const hexId = /^(?!0*$)[0-9a-f]{16,32}$/i

/** Null when the log record tells of no exception. */
export function eventOfLog(record: Event, source: Source): Event | null {
  const attributes = attributesOf(record.attributes)
  const body = valueOf(record.body)
  return eventOf({
    source,
    attributes,
    span: new Map(),
    time: timeOf(record.timeUnixNano, record.observedTimeUnixNano),
    level: levelOf(record.severityNumber),
    trace: traceOf(record),
    transaction: undefined,
    message: typeof body === 'string' && body !== '' ? body : undefined
  })
}

/** One for each event of the span that tells of an exception. */
export function eventsOfSpan(record: Event, source: Source): Event[] {
  if (!Array.isArray(record.events)) return []
  const span = attributesOf(record.attributes)
  const name = typeof record.name === 'string' ? record.name : undefined
  return record.events.flatMap((event: unknown) => {
    if (typeof event !== 'object' || event === null || !('name' in event) || event.name !== 'exception') return []
    const { timeUnixNano, attributes } = event as { timeUnixNano?: unknown; attributes?: unknown }
    const made = eventOf({
      source,
      attributes: attributesOf(attributes),
      span,
      time: timeOf(timeUnixNano),
      level: 'error',
      trace: { ...traceOf(record), ...(name !== undefined && { description: name }) },
      transaction: isEntry(record.kind) ? name : undefined,
      message: undefined
    })
    return made === null ? [] : [made]
  })
}

function eventOf({ source, attributes, span, time, level, trace, transaction, message }: Told): Event | null {
  const { resource, scope } = source
  const language = textIn(resource, 'telemetry.sdk.language')
  const thrown = thrownIn(attributes, language)
  if (thrown === null) return null
  const all = new Map([...span, ...attributes])
  const { values, platform, unread } = thrown
  return {
    event_id: idOf(time, trace, attributes),
    timestamp: secondsOf(time),
    level,
    platform,
    message,
    exception: { values },
    release: textIn(resource, 'service.version'),
    environment: textIn(resource, 'deployment.environment.name', 'deployment.environment'),
    server_name: textIn(resource, 'host.name', 'service.instance.id'),
    logger: scope.name || undefined,
    transaction: textIn(all, 'http.route') ?? transaction,
    tags: tagsOf(resource),
    user: userOf(all),
    request: requestOf(all),
    contexts: contextsOf(source, trace),
    extra: { ...Object.fromEntries([...all].filter(([name]) => !name.startsWith('exception.'))), ...stackOf(unread) },
    sdk: {
      name: `opentelemetry.${language ?? 'unknown'}`,
      version: textIn(resource, 'telemetry.sdk.version') ?? 'unknown'
    }
  }
}

function stackOf(text: string | undefined): Event {
  return text === undefined ? {} : { 'exception.stacktrace': text.slice(0, limits.eventBytesMax / 8) }
}

/**
 * An exporter that got no answer sends its records again: the same record has the same id. Null without a time, as then
 * nothing tells two records from each other.
 */
function idOf(time: string, trace: Record<string, string>, attributes: Attributes): string | undefined {
  if (time === '') return undefined
  const parts = [time, trace.trace_id ?? '', trace.span_id ?? '', ...[...attributes].flat().map(String)]
  return hash('sha256', parts.map(part => `${part.length}:${part}`).join(''), 'hex').slice(0, 32)
}

/** Nanoseconds since 1970 as digits, '' for none. */
function timeOf(...times: readonly unknown[]): string {
  const time = times.map(time => (typeof time === 'number' ? String(time) : time)).find(isTime)
  return time ?? ''
}

function isTime(time: unknown): time is string {
  return typeof time === 'string' && /^\d{1,20}$/.test(time) && !noTime.test(time)
}

function secondsOf(time: string): number | undefined {
  return time === '' ? undefined : Number(BigInt(time) / 1_000_000n) / 1000
}

/** By the ranges of severity numbers: trace 1, debug 5, info 9, warning 13, error 17, fatal 21. */
function levelOf(severity: unknown): Level {
  if (typeof severity !== 'number' || !(severity >= 1)) return 'error'
  if (severity < 9) return 'debug'
  if (severity < 13) return 'info'
  if (severity < 17) return 'warning'
  return severity < 21 ? 'error' : 'fatal'
}

function traceOf({ traceId, spanId, parentSpanId }: Event): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ trace_id: traceId, span_id: spanId, parent_span_id: parentSpanId }).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string' && hexId.test(entry[1])
    )
  )
}

/** The spans in which a service was called (server 2, consumer 5) are named by what was asked for. */
function isEntry(kind: unknown): boolean {
  return kind === 2 || kind === 5 || kind === 'SPAN_KIND_SERVER' || kind === 'SPAN_KIND_CONSUMER'
}

function tagsOf(resource: Attributes): Event {
  const names = ['service.name', 'service.namespace'] as const
  return Object.fromEntries(
    names.flatMap(name => {
      const value = textIn(resource, name)
      return value === undefined ? [] : [[name, value.slice(0, limits.tagValueCharsMax)]]
    })
  )
}

function userOf(all: Attributes): Event | undefined {
  return someOf({
    id: textIn(all, 'enduser.id', 'user.id'),
    email: textIn(all, 'user.email'),
    username: textIn(all, 'user.name'),
    ip_address: textIn(all, 'client.address', 'http.client_ip')
  })
}

function requestOf(all: Attributes): Event | undefined {
  const agent = textIn(all, 'user_agent.original', 'http.user_agent')
  return someOf({
    method: textIn(all, 'http.request.method', 'http.method'),
    url: textIn(all, 'url.full', 'http.url') ?? urlOf(all),
    headers: agent === undefined ? undefined : { 'User-Agent': agent }
  })
}

/** What servers say of the address in parts. */
function urlOf(all: Attributes): string | undefined {
  const [path, host] = [textIn(all, 'url.path', 'http.target'), textIn(all, 'server.address', 'http.host')]
  if (path === undefined || host === undefined) return path
  return `${textIn(all, 'url.scheme', 'http.scheme') ?? 'http'}://${host}${path}`
}

function contextsOf({ resource, scope }: Source, trace: Record<string, string>): Event {
  const runtime = someOf({
    name: textIn(resource, 'process.runtime.name'),
    version: textIn(resource, 'process.runtime.version')
  })
  const os = someOf({ name: textIn(resource, 'os.name', 'os.type'), version: textIn(resource, 'os.version') })
  return {
    trace: someOf(trace),
    runtime,
    os,
    otel: { resource: Object.fromEntries(resource), scope: someOf(scope) }
  }
}

/** Without the members that are not known; undefined when nothing is. */
function someOf(members: Event): Event | undefined {
  const known = Object.entries(members).filter(([, value]) => value !== undefined && value !== '')
  return known.length === 0 ? undefined : Object.fromEntries(known)
}
