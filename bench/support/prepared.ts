/** Prepared batches of the usual mix, for benchmarks of the write path alone: as the processor would hand them over. */
import { createHash, randomBytes } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import * as v from 'valibot'
import { facetsOf } from '../../events/facets.ts'
import { stackNamesOf } from '../../events/stack-names.ts'
import { levels, type PreparedBatch, type PreparedEvent } from '../../schema/pipeline.ts'
import { buildMix, slots, type MixEvent } from '../load/mix.ts'

const mixCount = 20_000

const bodySchema = v.object({
  event_id: v.optional(v.string()),
  timestamp: v.string(),
  level: v.picklist(levels),
  platform: v.string(),
  environment: v.string(),
  release: v.string(),
  server_name: v.string(),
  transaction: v.string(),
  logger: v.string(),
  exception: v.object({
    values: v.tupleWithRest(
      [
        v.object({
          type: v.string(),
          value: v.string(),
          stacktrace: v.object({
            frames: v.array(v.object({ filename: v.string(), function: v.string(), in_app: v.boolean() }))
          })
        })
      ],
      v.unknown()
    )
  }),
  tags: v.record(v.string(), v.string())
})

type Template = { event: PreparedEvent; json: string; hasEventId: boolean }

/** Returns a function that makes the next batch of a size; ids, users and numbers differ each time. */
export function preparedMix(): (size: number) => PreparedBatch {
  const templates = buildMix({ seed: 7, count: mixCount, projects: 5, nowMs: Date.now() }).map(templateOf)
  let sequence = 0
  return size => {
    const events = Array.from({ length: size }, () => {
      const template = templates[sequence % templates.length]
      if (!template) throw new RangeError('the mix is empty')
      return eventOf(template, sequence++)
    })
    return { id: uuidv7(), events, sampledOut: [], quarantined: [] }
  }
}

function templateOf({ project, issue, json }: MixEvent): Template {
  const body = v.parse(bodySchema, JSON.parse(json))
  const [exception] = body.exception.values
  const message = `${exception.type}: ${exception.value}`
  const event: PreparedEvent = {
    id: '',
    projectId: project + 1,
    retentionDays: 30,
    receivedAt: 0,
    occurredAt: Date.parse(body.timestamp),
    eventId: null,
    level: body.level,
    environment: body.environment,
    release: body.release,
    platform: body.platform,
    message,
    title: message,
    culprit: body.transaction,
    userHash: '',
    user: '',
    tags: body.tags,
    facets: facetsOf({
      ...body,
      exception: { values: [exception] },
      sdk: undefined,
      request: undefined,
      contexts: undefined
    }),
    stack: stackNamesOf({ exception: { values: [exception] }, stacktrace: undefined, threads: undefined }),
    fingerprint: createHash('sha256').update(String(issue)).digest('hex'),
    grouping: {
      rule: 'exception',
      version: 'mesher:1',
      components: [exception.type, ...exception.stacktrace.frames.map(frame => `${frame.filename} ${frame.function}`)]
    },
    payload: ''
  }
  return { event, json, hasEventId: body.event_id !== undefined }
}

function eventOf({ event, json, hasEventId }: Template, sequence: number): PreparedEvent {
  const user = String(Math.floor(Math.random() * 10_000)).padStart(5, '0')
  const number = String(sequence % 100_000).padStart(5, '0')
  const id = uuidv7()
  const eventId = randomBytes(16).toString('hex')
  const message = event.message.replace(slots.number, number)
  return {
    ...event,
    id,
    receivedAt: parseInt(id.slice(0, 8) + id.slice(9, 13), 16),
    eventId: hasEventId ? eventId : null,
    user: `u-${user}`,
    userNames: { email: `u-${user}@example.com`, username: '' },
    userHash: user.padStart(16, '0'),
    message,
    title: message,
    payload: json
      .replaceAll(slots.user, user)
      .replaceAll(slots.number, number)
      .replace(slots.eventId, eventId)
      .replace(slots.marker, id.slice(0, 16))
  }
}
