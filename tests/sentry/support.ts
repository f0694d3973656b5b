/**
 * Shared by the tests of Sentry's protocol: a node with the project that the captures were made for, envelopes made
 * from their parts, and what is stored of them.
 */
import assert from 'node:assert'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { mintEventId } from '../../events/event-ids.ts'
import { parseRequest } from '../../events/parse.ts'
import type { ParsedRequest } from '../../events/parsed.ts'
import { prepareEvent, type Prepared } from '../../events/prepare.ts'
import type { IngestKey, IngestRequest, PreparedEvent, SentryClient } from '../../schema/pipeline.ts'
import { createProject } from '../../services/accounts/projects.ts'
import type { StoredPayloadColumns } from '../../services/events/payloads.ts'
import { parsedPayload } from '../support/payloads.ts'
import { runningNode, type TestNode, type TestNodeOptions } from '../support/running-node.ts'
import { sendRaw, type RawAnswer } from '../support/raw-http.ts'

type Test = Parameters<typeof runningNode>[0]

export const projectId = 42
export const publicKey = '0123456789abcdef0123456789abcdef'

export const captures = path.resolve('tests/sentry/captures')

/** The bytes of one request as an SDK sent it. */
export function capture(name: string): Buffer {
  return fs.readFileSync(path.join(captures, `${name}.raw.http`))
}

export function captureNames(): string[] {
  return fs
    .readdirSync(captures)
    .map(file => file.replace('.raw.http', ''))
    .sort()
}

export type SentryNode = TestNode & {
  dsn: string
  /** Sends the bytes of a capture. */
  replay: (name: string) => Promise<RawAnswer>
  /** POST to the envelope endpoint, with the key in the query. */
  send: (body: string | Uint8Array<ArrayBuffer>, headers?: Record<string, string>) => Promise<Sent>
  post: (path: string, body: string | Uint8Array<ArrayBuffer>, headers?: Record<string, string>) => Promise<Sent>
  /** What is stored of the event with this id of the client; undefined when there is none. */
  stored: (eventId: string) => Promise<StoredEvent | undefined>
}

export type Sent = { status: number; headers: Headers; text: string; body: Record<string, unknown> }
export type StoredEvent = {
  id: string
  title: string
  level: string
  release: string
  environment: string
  count: number
  payload: Record<string, unknown>
}

export async function sentryNode(t: Test, options: TestNodeOptions = {}): Promise<SentryNode> {
  const node = await runningNode(t, options)
  await createProject(node.sql, { name: 'Captured', id: projectId, key: publicKey })
  const post = (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    postTo(node.url + path, body, headers)
  return {
    ...node,
    dsn: `http://${publicKey}@127.0.0.1:${node.port}/${projectId}`,
    replay: name => sendRaw(node.port, capture(name)),
    post,
    send: (body, headers) =>
      post(`/api/${projectId}/envelope/?sentry_key=${publicKey}&sentry_version=7`, body, headers),
    stored: eventId => storedEvent(node, eventId)
  }
}

/** A project with a limit and this key. The node polls for keys at any time, so the key is set after the limit. */
export async function limitedProject(
  { sql }: TestNode,
  { name, key, ratePerMinute }: { name: string; key: string; ratePerMinute: number }
): Promise<number> {
  const { id } = await createProject(sql, { name })
  await sql`update projects set rate_limit_per_minute = ${ratePerMinute} where id = ${id}`
  await sql`update dsn_keys set public_key = ${key} where project_id = ${id}`
  return id
}

async function postTo(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string>
): Promise<Sent> {
  const response = await fetch(url, { method: 'POST', headers, body })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: text.startsWith('{') ? JSON.parse(text) : {}
  }
}

async function storedEvent({ sql }: TestNode, eventId: string): Promise<StoredEvent | undefined> {
  const [row] = await sql<(Omit<StoredEvent, 'payload'> & StoredPayloadColumns)[]>`
    select e.id, i.title, e.level, e.release, e.environment, i.event_count as count, e.payload::text as payload,
      e.packed
    from event_keys k
    join events e on e.project_id = k.project_id and e.id = k.id
    join issues i on i.project_id = e.project_id and i.id = e.issue_id
    where k.project_id = ${projectId} and k.event_id = ${eventId}`
  if (row === undefined) return undefined
  const { packed, payload, ...event } = row
  return { ...event, payload: parsedPayload({ packed, payload }) }
}

export function newEventId(): string {
  return randomBytes(16).toString('hex')
}

export type Item = { headers: Record<string, unknown>; payload: string | Uint8Array }

/** An envelope of headers and items; an item without `length` in its headers ends with its line. */
export function envelope(headers: Record<string, unknown>, ...items: Item[]): Buffer<ArrayBuffer> {
  const parts = [
    JSON.stringify(headers),
    ...items.flatMap(({ headers, payload }) => [JSON.stringify(headers), payload])
  ]
  return Buffer.concat(
    parts.flatMap((part, index) => (index === 0 ? [Buffer.from(part)] : [Buffer.from('\n'), Buffer.from(part)]))
  )
}

/** An envelope of one event. */
export function eventEnvelope(
  event: unknown,
  headers: Record<string, unknown> = { event_id: newEventId() }
): Buffer<ArrayBuffer> {
  return envelope(headers, { headers: { type: 'event' }, payload: JSON.stringify(event) })
}

const key: IngestKey = {
  keyId: publicKey,
  publicKey,
  rateLimitPerMinute: null,
  project: {
    projectId,
    retentionDays: 30,
    sampleRate: 1,
    rateLimitPerMinute: null,
    scrub: { enabled: true, fields: [], safeFields: [], ip: 'keep' }
  }
}
const nobody: SentryClient = { address: '', sdk: '', userAgent: '', release: '', environment: '' }

export type ParseOptions = {
  format?: IngestRequest['format']
  encoding?: string
  client?: Partial<SentryClient>
  receivedAt?: number
}

/** The body as the pipeline parses it, without a server. */
export function parse(
  body: string | Uint8Array,
  { format = 'envelope', encoding = '', client = {}, receivedAt = Date.now() }: ParseOptions = {}
): ParsedRequest {
  return parseRequest({
    seed: mintEventId(receivedAt),
    key,
    format,
    encoding,
    body: Buffer.from(body),
    sentry: { ...nobody, ...client }
  })
}

/** The one event in a body, as it is stored. */
export function preparedIn(body: string | Uint8Array, options: ParseOptions = {}): PreparedEvent {
  const parsed = parse(body, options)
  assert(parsed.ok, parsed.ok ? '' : parsed.refusal.detail)
  const [item] = parsed.items
  assert(item !== undefined && 'value' in item, 'there is an event')
  const receivedAt = options.receivedAt ?? Date.now()
  const result: Prepared = prepareEvent(item.value, {
    id: mintEventId(receivedAt),
    receivedAt,
    project: key.project,
    text: item.text,
    coerced: item.coerced
  })
  assert(result.kind === 'prepared', `it is ${result.kind}`)
  return result.event
}

/** What is stored of this event. */
export function payloadOf(event: unknown, options: ParseOptions = {}): Record<string, unknown> {
  return JSON.parse(preparedOf(event, options).payload)
}

export function preparedOf(event: unknown, options: ParseOptions = {}): PreparedEvent {
  return preparedIn(eventEnvelope(event, {}), options)
}
