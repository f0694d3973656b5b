/**
 * HTTP requests as bytes, made once before the load starts. A sender copies the next one into memory of its own and
 * patches marker, event_id, user and number at their places: no text is built while the load runs.
 */
import { gzipSync } from 'node:zlib'
import { mixSizes, slots, type MixEvent } from './mix.ts'
import { cycle, scattered } from './random.ts'

/** Places of what changes, counted from the first byte of the request; none where the event has no such slot. */
type PreparedRequest = {
  bytes: Buffer
  marker: number
  eventIds: number[]
  users: number[]
  numbers: number[]
  /** The lines before `Content-Length`, where the body is sent compressed; `bytes` are the body alone then. */
  gzipHead: string | undefined
}

/** `bodyBytesMean` is of the bodies before they are compressed. */
export type RequestPool = { requests: PreparedRequest[]; bytesMax: number; run: number; bodyBytesMean: number }

export type PoolOptions = {
  /** An event of a `kind` that begins with "python" is compressed, as sentry-sdk does it. */
  mix: (MixEvent & { kind?: string })[]
  host: string
  /** The DSN keys of the projects, in the order of the mix. */
  keys: readonly string[]
  /** Below 2^24; two loads into the same database differ in it, so that no marker and no event_id repeats. */
  run: number
  /** The ids of the projects, in the same order: the events go as envelopes. */
  envelopesTo?: readonly number[] | undefined
}

export function buildRequests({ mix, host, keys, run, envelopesTo }: PoolOptions): RequestPool {
  let bodyBytes = 0
  const requests = mix.map(event => {
    const body = Buffer.from(envelopesTo === undefined ? event.json : envelopeOf(event.json))
    bodyBytes += body.length
    const key = cycle(keys, event.project)
    const target =
      envelopesTo === undefined
        ? `POST /api/v1/events HTTP/1.1\r\nHost: ${host}\r\nX-Mesher-Key: ${key}\r\nContent-Type: application/json\r\n`
        : `POST /api/${cycle(envelopesTo, event.project)}/envelope/?sentry_version=7&sentry_key=${key}` +
          `&sentry_client=sentry.javascript.node%2F11.12.0 HTTP/1.1\r\nHost: ${host}\r\n`
    if (event.kind?.startsWith('python')) return prepared(body, 0, `${target}Content-Encoding: gzip\r\n`)
    const head = `${target}Content-Length: ${body.length}\r\n\r\n`
    return prepared(Buffer.concat([Buffer.from(head), body]), head.length)
  })
  const bytesMax = requests.reduce((max, request) => Math.max(max, request.bytes.length), 0) + headBytesMax
  return { requests, bytesMax, run, bodyBytesMean: bodyBytes / requests.length }
}

/** What a compressed body may need beside its own bytes. */
const headBytesMax = 1_024

/** As the SDK of Node.js wraps it. */
function envelopeOf(json: string): string {
  const headers = {
    event_id: slots.eventId,
    sent_at: new Date().toISOString(),
    sdk: { name: 'sentry.javascript.node', version: '11.12.0' }
  }
  return `${JSON.stringify(headers)}\n{"type":"event"}\n${json}`
}

/** The name by which the event with this sequence number is found in the database: 16 hex digits. */
export function markerOf(run: number, sequence: number): string {
  return run.toString(16).padStart(6, '0') + sequence.toString(16).padStart(10, '0')
}

/** Writes request `sequence` into `target` and says how long it is. */
export function writeRequest(pool: RequestPool, sequence: number, target: Buffer): number {
  const request = cycle(pool.requests, sequence)
  patch(pool, request, sequence, target)
  if (request.gzipHead === undefined) return request.bytes.length
  // sentry-sdk takes level 9; level 1 spares the load's processor and costs the server as much to unpack.
  const body = gzipSync(target.subarray(0, request.bytes.length), { level: 1 })
  const headBytes = target.write(`${request.gzipHead}Content-Length: ${body.length}\r\n\r\n`)
  return headBytes + body.copy(target, headBytes)
}

function patch(pool: RequestPool, request: PreparedRequest, sequence: number, target: Buffer): void {
  const mixed = scattered(sequence)
  request.bytes.copy(target)

  writeHex(target, request.marker, pool.run, 6)
  writeHex(target, request.marker + 6, sequence, 10)
  for (const at of request.eventIds) {
    // The scattered digits come first: real ids are random, and sequential ones would spare the database's index.
    writeHex(target, at, mixed, 8)
    writeHex(target, at + 8, pool.run, 8)
    writeHex(target, at + 16, sequence, 16)
  }
  for (const at of request.users) writeDecimal(target, at, mixed % mixSizes.users, 5)
  for (const at of request.numbers) writeDecimal(target, at, (mixed >>> 12) % 100_000, 5)
}

function prepared(bytes: Buffer, headBytes: number, gzipHead?: string): PreparedRequest {
  const marker = bytes.indexOf(slots.marker, headBytes)
  if (marker < 0) throw new Error('an event of the mix has no marker')
  return {
    bytes,
    marker,
    eventIds: placesOf(bytes, slots.eventId, headBytes),
    users: placesOf(bytes, slots.user, headBytes),
    numbers: placesOf(bytes, slots.number, headBytes),
    gzipHead
  }
}

function placesOf(bytes: Buffer, slot: string, from: number): number[] {
  const places: number[] = []
  for (let at = bytes.indexOf(slot, from); at >= 0; at = bytes.indexOf(slot, at + slot.length)) places.push(at)
  return places
}

function writeHex(target: Buffer, at: number, value: number, digits: number): void {
  let rest = value
  for (let i = at + digits - 1; i >= at; i--) {
    const digit = rest % 16
    target[i] = digit < 10 ? 48 + digit : 87 + digit
    rest = Math.floor(rest / 16)
  }
}

function writeDecimal(target: Buffer, at: number, value: number, digits: number): void {
  let rest = value
  for (let i = at + digits - 1; i >= at; i--) {
    target[i] = 48 + (rest % 10)
    rest = Math.floor(rest / 10)
  }
}
