/**
 * From a request of OTLP over HTTP to the events in it. Records that tell of an exception become events; all others are
 * accepted and counted by their kind. Pure: the same request gives the same result, so an exporter that sends it again
 * makes no event twice.
 */
import { isObject } from '../../schema/event.ts'
import { limits } from '../../schema/limits.ts'
import type { Refusal } from '../../schema/outcomes.ts'
import type { IngestRequest, OtlpFormat } from '../../schema/pipeline.ts'
import { decodeBody, unpackBody } from '../decode.ts'
import { parseJson } from '../json.ts'
import type { ParsedItem, ParsedRequest } from '../parsed.ts'
import { eventOfLog, eventsOfSpan, type Event, type Source } from './events.ts'
import { signals, type Signal, type SignalName } from './messages.ts'
import { readMessage, TooManyValues, Unreadable, type Reading } from './protobuf.ts'
import { attributesOf } from './values.ts'

type Read = { ok: true; request: Event; skipped: number } | { ok: false; refusal: Refusal }
type Taken = { events: Event[]; others: number }

const { otlpBytesMax, otlpUnpackedBytesMax, otlpRecordsMax, otlpValuesMax, otlpEventsMax } = limits

export function isOtlp(format: IngestRequest['format']): format is OtlpFormat {
  return format.startsWith('otlp_')
}

export function parseOtlp(
  { body, encoding }: Pick<IngestRequest, 'body' | 'encoding'>,
  format: OtlpFormat
): ParsedRequest {
  const signal = signals[signalOf(format)]
  const read = isJson(format) ? readJson(body, encoding) : readBinary(body, encoding, signal)
  if (!read.ok) return read
  const taken: Taken = { events: [], others: read.skipped }
  for (const [record, source] of recordsOf(read.request, signal)) {
    if (taken.others + taken.events.length > otlpRecordsMax) return { ok: false, refusal: tooMany }
    take(taken, record, source, signal)
  }
  return {
    ok: true,
    items: itemsOf(taken.events),
    rest: { eventId: null, feedback: [], counts: countsOf(taken, signal) }
  }
}

function isJson(format: OtlpFormat): format is `${SignalName}_json` {
  return format.endsWith('_json')
}

function signalOf(format: OtlpFormat): SignalName {
  switch (format) {
    case 'otlp_logs':
    case 'otlp_logs_json':
      return 'otlp_logs'
    case 'otlp_traces':
    case 'otlp_traces_json':
      return 'otlp_traces'
    case 'otlp_metrics':
    case 'otlp_metrics_json':
      return 'otlp_metrics'
  }
}

function readJson(body: Uint8Array, encoding: string): Read {
  const decoded = decodeBody(body, encoding, otlpBytesMax, otlpUnpackedBytesMax)
  if (!decoded.ok) return decoded
  const json = parseJson(decoded.text)
  return json.ok && isObject(json.value)
    ? { ok: true, request: json.value, skipped: 0 }
    : { ok: false, refusal: malformed('The body is not a JSON object.') }
}

function readBinary(body: Uint8Array, encoding: string, { request }: Signal): Read {
  const unpacked = unpackBody(body, encoding, otlpBytesMax, otlpUnpackedBytesMax)
  if (!unpacked.ok) return unpacked
  const reading: Reading = { left: otlpValuesMax, skipped: 0, word: 'exception' }
  try {
    return { ok: true, request: readMessage(unpacked.bytes, request, reading), skipped: reading.skipped }
  } catch (error) {
    if (error instanceof TooManyValues) return { ok: false, refusal: tooMany }
    if (error instanceof Unreadable) return { ok: false, refusal: malformed('The body is not a message of OTLP.') }
    throw error
  }
}

function* recordsOf(request: Event, { resources, scopes, records }: Signal): Generator<[unknown, Source]> {
  for (const ofResource of objectsIn(request[resources])) {
    const resource = attributesOf(isObject(ofResource.resource) ? ofResource.resource.attributes : undefined)
    for (const ofScope of objectsIn(ofResource[scopes])) {
      const source = { resource, scope: scopeOf(ofScope.scope) }
      for (const record of listIn(ofScope[records])) yield [record, source]
    }
  }
}

function take(taken: Taken, record: unknown, source: Source, { item }: Signal): void {
  const events = isObject(record) ? eventsIn(record, source, item) : []
  if (events.length === 0) taken.others += 1
  else taken.events.push(...events)
}

function eventsIn(record: Event, source: Source, item: Signal['item']): Event[] {
  switch (item) {
    case 'otel_log': {
      const event = eventOfLog(record, source)
      return event === null ? [] : [event]
    }
    case 'otel_span':
      return eventsOfSpan(record, source)
    case 'otel_metric':
      return []
  }
}

function scopeOf(scope: unknown): Source['scope'] {
  const { name, version } = isObject(scope) ? scope : {}
  return { name: typeof name === 'string' ? name : '', version: typeof version === 'string' ? version : '' }
}

/** What is beyond the limit of one request is refused by itself: the answer says how many. */
function itemsOf(events: readonly Event[]): ParsedItem[] {
  return events.map((value, index) =>
    index < otlpEventsMax ? { index, value, coerced: [] } : { index, error: beyondEvents }
  )
}

function countsOf({ others }: Taken, { item }: Signal) {
  return others === 0 ? [] : [{ outcome: 'ignored' as const, reason: item, count: others }]
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function objectsIn(value: unknown): Event[] {
  return listIn(value).filter(isObject)
}

const tooMany: Refusal = {
  status: 413,
  reason: 'too_large',
  detail: `A request may hold at most ${otlpRecordsMax} records and ${otlpValuesMax} values.`
}
const beyondEvents: Refusal = {
  status: 413,
  reason: 'too_large',
  detail: `A request may hold at most ${otlpEventsMax} exceptions.`
}

function malformed(detail: string): Refusal {
  return { status: 400, reason: 'malformed', detail }
}
