/**
 * From a request of Sentry's protocol to the events in it and what else is to be stored or counted. The first event of
 * an envelope is the event; feedback is kept; everything else is counted and passed over unread. An envelope that
 * breaks off keeps what was whole in it if that was an event, and is refused otherwise. Pure: the same request gives
 * the same result.
 */
import { isObject } from '../../schema/event.ts'
import { limits } from '../../schema/limits.ts'
import type { Refusal } from '../../schema/outcomes.ts'
import type { EnvelopeRest, ItemCount, PreparedFeedback, RequestContent, SentryClient } from '../../schema/pipeline.ts'
import { lenientText, unpackBody } from '../decode.ts'
import { receivedAtOf } from '../event-ids.ts'
import { parseJson } from '../json.ts'
import { listNotes, note, startNotes } from '../notes.ts'
import type { ParsedItem, ParsedRequest } from '../parsed.ts'
import { keyInDsn, plainKey } from './dsn.ts'
import { readEnvelope, type EnvelopeItem } from './envelope.ts'
import { coerceEvent } from './event.ts'
import { reportOf, type About } from './feedback.ts'
import { plainId } from './ids.ts'
import { clientReportCounts, ignored } from './item-counts.ts'
import { securityEvents } from './security.ts'
import { storeText } from './store.ts'
import { clockShiftMs } from './times.ts'

type Format = 'envelope' | 'store' | 'security'

/** What is known of a request before its items are looked at. */
type Request = About & { client: SentryClient; shiftMs: number }

/** What the items of an envelope have come to so far. */
type Taken = { event: ParsedItem | null; feedback: PreparedFeedback[]; counts: ItemCount[]; eventId: string | null }

const nobody: SentryClient = { address: '', sdk: '', userAgent: '', release: '', environment: '' }
/** Bodies of up to a mebibyte may unpack to anything within the limit, larger ones to this many times their size. */
const unpackedFactor = 200
const unpackedBytesMin = 1024 * 1024

export function parseSentry(request: RequestContent, format: Format): ParsedRequest {
  switch (format) {
    case 'envelope':
      return parseEnvelope(request)
    case 'store':
      return parseStore(request)
    case 'security':
      return parseSecurity(request)
  }
}

function parseEnvelope(request: RequestContent): ParsedRequest {
  const { body, encoding, key } = request
  const unpackedMax = Math.min(
    limits.envelopeUnpackedBytesMax,
    Math.max(unpackedBytesMin, body.byteLength * unpackedFactor)
  )
  const unpacked = unpackBody(body, encoding, limits.envelopeBytesMax, unpackedMax)
  if (!unpacked.ok) return unpacked

  const { headers, items, mistake } = readEnvelope(unpacked.bytes)
  const keyInside = keyInDsn(headers.dsn)
  if (keyInside !== '' && plainKey(keyInside) !== key.publicKey) {
    return refused(403, 'The DSN in the envelope has another key than the request.')
  }

  const about = requestOf(request, headers.sent_at)
  const taken: Taken = { event: null, feedback: [], counts: [], eventId: plainId(headers.event_id) }
  for (const item of items) {
    const refusal = takeItem(taken, item, about)
    if (refusal !== null) return { ok: false, refusal }
  }
  if (mistake !== null && taken.event === null) return refused(mistake.status, mistake.detail)
  return { ok: true, items: taken.event === null ? [] : [taken.event], rest: restOf(taken) }
}

function requestOf({ seed, key, sentry = nobody }: RequestContent, sentAt: unknown): Request {
  const receivedAt = receivedAtOf(seed)
  return { projectId: key.project.projectId, receivedAt, client: sentry, shiftMs: clockShiftMs(sentAt, receivedAt) }
}

/** A refusal is for the whole envelope. */
function takeItem(taken: Taken, { type, headers, payload }: EnvelopeItem, request: Request): Refusal | null {
  switch (type) {
    case 'event':
      if (taken.event !== null) break
      return takeEvent(taken, payload, request)
    case 'feedback':
    case 'user_report': {
      const feedback = payload.length > limits.eventBytesMax ? null : reportOf(type, payload, taken.eventId, request)
      if (feedback === null) break
      taken.feedback.push(feedback)
      return null
    }
    case 'client_report': {
      const counts = clientReportCounts(payload)
      if (counts.length === 0) break
      taken.counts.push(...counts)
      return null
    }
  }
  taken.counts.push(ignored(type, headers))
  return null
}

function takeEvent(taken: Taken, payload: Buffer, request: Request): Refusal | null {
  if (payload.length > limits.eventBytesMax) {
    return refusal(413, `An event may have at most ${limits.eventBytesMax} bytes.`)
  }
  const text = lenientText(payload)
  const json = parseJson(text)
  if (!json.ok || !isObject(json.value)) return refusal(400, 'The event is not a JSON object.')
  if (json.value.type === 'transaction') {
    taken.counts.push(ignored('transaction', {}))
    return null
  }
  taken.event = itemOf(json.value, json.text, taken.eventId, request)
  taken.eventId ??= plainId(json.value.event_id)
  return null
}

function itemOf(
  value: Record<string, unknown>,
  text: string,
  eventId: string | null,
  { client, shiftMs }: Request,
  index = 0
): ParsedItem {
  const notes = startNotes()
  const event = coerceEvent(value, eventId, client, { notes, shiftMs })
  if (shiftMs !== 0) {
    note(
      notes,
      'timestamp',
      `moved by ${Math.round(shiftMs / 1000)} s, as the sender's clock is wrong; it was ${shownTime(value.timestamp)}`
    )
  }
  return { index, value: event, text: event === value ? text : undefined, coerced: listNotes(notes) ?? [] }
}

function shownTime(timestamp: unknown): string {
  return typeof timestamp === 'string' || typeof timestamp === 'number' ? String(timestamp).slice(0, 40) : 'not given'
}

/** One event and nothing else. Without an id of its own it is told the one it was given. */
function parseStore(request: RequestContent): ParsedRequest {
  const text = storeText(request.body, request.encoding)
  if (!text.ok) return text
  const taken: Taken = { event: null, feedback: [], counts: [], eventId: null }
  const refusal = takeEvent(taken, Buffer.from(text.text), requestOf(request, null))
  if (refusal !== null) return { ok: false, refusal }
  return { ok: true, items: taken.event === null ? [] : [taken.event], rest: restOf(taken) }
}

function parseSecurity(request: RequestContent): ParsedRequest {
  const unpacked = unpackBody(request.body, request.encoding, limits.eventBytesMax)
  if (!unpacked.ok) return unpacked
  const about = requestOf(request, null)
  const reports = securityEvents(unpacked.bytes, about.client)
  if (reports === null) return refused(400, 'The body is no security report.')
  const items = reports.events.map((event, index) => itemOf(event, '', null, about, index))
  return {
    ok: true,
    items,
    rest: {
      eventId: null,
      feedback: [],
      counts: reports.others === 0 ? [] : [{ outcome: 'ignored', reason: 'report', count: reports.others }]
    }
  }
}

function restOf({ eventId, feedback, counts }: Taken): EnvelopeRest {
  return { eventId, feedback, counts }
}

function refusal(status: 400 | 403 | 413, detail: string): Refusal {
  const reason = status === 413 ? 'too_large' : status === 403 ? 'unauthorized' : 'malformed'
  return { status, reason, detail }
}

function refused(status: 400 | 403 | 413, detail: string): ParsedRequest {
  return { ok: false, refusal: refusal(status, detail) }
}
