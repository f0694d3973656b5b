/**
 * The envelope of Sentry's protocol: a line of headers, then items, each a line of headers and a payload. Works on
 * bytes, because lengths count bytes and payloads may hold anything; nothing of a payload is copied or looked at. Lines
 * of headers, items and the whole are bounded. What is found before the first mistake is kept, and the mistake told.
 */
import { isObject } from '../../schema/event.ts'
import { limits } from '../../schema/limits.ts'
import { textStart } from '../decode.ts'
import { parseJson } from '../json.ts'

export type EnvelopeItem = { type: string; headers: Record<string, unknown>; payload: Buffer }

export type Envelope = {
  headers: Record<string, unknown>
  items: EnvelopeItem[]
  /** What is wrong with the bytes after the last item; null when all is well. */
  mistake: Mistake | null
}

export type Mistake = { status: 400 | 413; detail: string }

type Line = { text: string; next: number }
type Found = { item: EnvelopeItem; next: number }

const newline = 10

export function readEnvelope(body: Uint8Array): Envelope {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const first = lineAt(bytes, textStart(bytes))
  const headers = first === null ? null : objectIn(first.text)
  if (first === null || headers === null) {
    return {
      headers: {},
      items: [],
      mistake: malformed('The body does not begin with the headers of an envelope, one line of JSON.')
    }
  }

  const envelope: Envelope = { headers, items: [], mistake: null }
  let at = first.next
  while (at < bytes.length) {
    // Stray newlines between items.
    if (bytes[at] === newline) {
      at += 1
      continue
    }
    const found = itemAt(bytes, at, envelope.items.length)
    if ('detail' in found) return { ...envelope, mistake: found }
    envelope.items.push(found.item)
    at = found.next
  }
  return envelope
}

/** The headers of an envelope whose bytes may be cut off anywhere after them; null when there are none. */
export function readEnvelopeHeaders(bytes: Buffer): Record<string, unknown> | null {
  const line = lineAt(bytes, textStart(bytes))
  return line === null ? null : objectIn(line.text)
}

function itemAt(bytes: Buffer, at: number, before: number): Found | Mistake {
  if (before >= limits.envelopeItemsMax) {
    return { status: 413, detail: `An envelope may hold at most ${limits.envelopeItemsMax} items.` }
  }
  const line = lineAt(bytes, at)
  const headers = line === null ? null : objectIn(line.text)
  if (line === null || headers === null) {
    return malformed(
      `The headers of item ${before + 1} are not one line of JSON of at most ${limits.envelopeHeaderBytesMax} bytes.`
    )
  }

  const type = typeof headers.type === 'string' ? headers.type : ''
  const start = Math.min(line.next, bytes.length)
  if (headers.length == null) {
    const end = endOfLine(bytes, start)
    return { item: { type, headers, payload: bytes.subarray(start, end) }, next: end + 1 }
  }
  const end = endOf(bytes, start, headers.length)
  if (end === null) return malformed(`Item ${before + 1} is not as long as its headers say.`)
  return { item: { type, headers, payload: bytes.subarray(start, end) }, next: end + 1 }
}

/** Null unless the payload of this length ends with a newline or with the envelope. */
function endOf(bytes: Buffer, start: number, length: unknown): number | null {
  if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 0) return null
  const end = start + length
  if (end > bytes.length) return null
  return end === bytes.length || bytes[end] === newline ? end : null
}

/** Null when the line is too long for headers. */
function lineAt(bytes: Buffer, start: number): Line | null {
  const end = endOfLine(bytes, start)
  if (end - start > limits.envelopeHeaderBytesMax) return null
  return { text: bytes.toString('utf8', start, end), next: end + 1 }
}

function endOfLine(bytes: Buffer, start: number): number {
  const end = bytes.indexOf(newline, start)
  return end === -1 ? bytes.length : end
}

/** What the SDKs of JavaScript, PHP and Ruby write before every event. */
const plainEventHeaders = '{"type":"event"}'

function objectIn(text: string): Record<string, unknown> | null {
  if (text === plainEventHeaders) return { type: 'event' }
  const json = parseJson(text)
  return json.ok && isObject(json.value) ? json.value : null
}

function malformed(detail: string): Mistake {
  return { status: 400, detail }
}
