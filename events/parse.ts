/**
 * From a request to the values in it: one event, a list, lines, or a frame of a socket. A body that cannot be read at
 * all is a refusal of the request; a line that is not JSON is a refusal of that line alone. Whether a value is an event
 * is for prepare.ts to say. What Sentry's SDKs send is read in sentry/, what OpenTelemetry's send in otlp/.
 */
import { limits } from '../schema/limits.ts'
import { isObject } from '../schema/event.ts'
import type { Refusal } from '../schema/outcomes.ts'
import type { RequestContent } from '../schema/pipeline.ts'
import { decodeBody } from './decode.ts'
import { parseJson } from './json.ts'
import type { ParsedItem, ParsedRequest } from './parsed.ts'
import { isOtlp, parseOtlp } from './otlp/requests.ts'
import { parseSentry } from './sentry/requests.ts'

/** The formats of Mesher's own routes. */
export type EventFormat = 'event' | 'array' | 'ndjson' | 'frame'

const bytesMax: Readonly<Record<EventFormat, number>> = {
  event: limits.eventBytesMax,
  array: limits.bulkBytesMax,
  ndjson: limits.bulkBytesMax,
  frame: limits.frameBytesMax
}

export function parseRequest(request: RequestContent): ParsedRequest {
  const { format } = request
  if (isOtlp(format)) return parseOtlp(request, format)
  return format === 'envelope' || format === 'store' || format === 'security'
    ? parseSentry(request, format)
    : parseEvents(request, format)
}

export function parseEvents(
  { body, encoding }: Pick<RequestContent, 'body' | 'encoding'>,
  format: EventFormat
): ParsedRequest {
  const decoded = decodeBody(body, encoding, bytesMax[format])
  if (!decoded.ok) return decoded
  if (format === 'ndjson') return parseLines(decoded.text)

  const json = parseJson(decoded.text)
  if (!json.ok) return refused(malformed('The body is not valid JSON.'))
  switch (format) {
    case 'event':
      return { ok: true, items: [{ index: 0, value: json.value, text: json.text }] }
    case 'frame':
      return { ok: true, items: [itemOfFrame(json.value, json.text)] }
    case 'array':
      return parseList(json.value)
  }
}

function parseList(list: unknown): ParsedRequest {
  if (!Array.isArray(list)) return refused(malformed('The body is not a JSON array of events.'))
  return bounded(list.map((value: unknown, index) => ({ index, value })))
}

/** Blank lines count for the number of a line, but are no events. */
function parseLines(text: string): ParsedRequest {
  const items: ParsedItem[] = []
  let number = 0
  for (let start = 0; start <= text.length && items.length <= limits.bulkEventsMax;) {
    const newline = text.indexOf('\n', start)
    const end = newline === -1 ? text.length : newline
    const line = text.slice(start, end)
    start = end + 1
    number += 1
    if (/\S/.test(line)) items.push(parseLine(line, items.length, number))
  }
  return bounded(items)
}

function parseLine(line: string, index: number, number: number): ParsedItem {
  const json = parseJson(line)
  return json.ok
    ? { index, value: json.value, text: json.text }
    : { index, error: malformed(`Line ${number} is not valid JSON.`) }
}

function bounded(items: ParsedItem[]): ParsedRequest {
  if (items.length === 0) return refused(malformed('The body holds no event; 1 to 1,000 are needed.'))
  if (items.length <= limits.bulkEventsMax) return { ok: true, items }
  return refused({
    status: 413,
    reason: 'too_large',
    detail: `A request may hold at most ${limits.bulkEventsMax} events.`
  })
}

/** A frame is an event, or `{ ref, event }`: no event has a member named `event`. */
function itemOfFrame(value: unknown, text: string): ParsedItem {
  if (!isObject(value) || !Object.hasOwn(value, 'event')) return { index: 0, value, text }
  return isRef(value.ref) ? { index: 0, value: value.event } : { index: 0, error: refRefused }
}

/** What is sent back with every reply: a little JSON of little depth, which any program can read and write. */
function isRef(ref: unknown): boolean {
  return ref === undefined || (isWithinDepth(ref, refDepthMax) && JSON.stringify(ref).length <= limits.refCharsMax)
}

const refDepthMax = 5

function isWithinDepth(value: unknown, depthMax: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depthMax > 0 && Object.values(value).every(inner => isWithinDepth(inner, depthMax - 1))
}

const refMessage = `must be JSON of at most ${limits.refCharsMax} characters, nested ${refDepthMax} deep at most`
const refRefused: Refusal = {
  status: 400,
  reason: 'invalid',
  detail: `ref: ${refMessage}`,
  errors: [{ path: 'ref', message: refMessage }]
}

/**
 * What the client calls this frame; undefined without a name, and for what cannot be one. The body is read only when it
 * can hold one.
 */
export function frameRefOf(body: Uint8Array): unknown {
  if (!Buffer.from(body.buffer, body.byteOffset, body.byteLength).includes('"ref"')) return undefined
  const decoded = decodeBody(body, '', limits.frameBytesMax)
  const json = decoded.ok ? parseJson(decoded.text) : decoded
  if (!json.ok || !isObject(json.value) || !Object.hasOwn(json.value, 'event')) return undefined
  return isRef(json.value.ref) ? json.value.ref : undefined
}

function malformed(detail: string): Refusal {
  return { status: 400, reason: 'malformed', detail, errors: [{ path: '', message: detail }] }
}

function refused(refusal: Refusal): ParsedRequest {
  return { ok: false, refusal }
}
